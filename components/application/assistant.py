"""The optional AI assistant: its API, the model server, and the Job that fetches the models."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pulumi

from ..from_settings import Storage, pod_options
from ..kube.claim import claim_name
from ..kube.container import Container, ImageRef, Probe, Probes
from ..kube.environment import Env, SecretRef, joined, texts
from ..kube.files import File, FileSet
from ..kube.job import HashedJob, HashedJobArgs
from ..kube.metadata import Scope
from ..kube.mounts import ClaimMount, ScratchMount
from ..kube.outbound import Outbound
from ..kube.pod import Pod, PodOptions
from ..kube.workload import Rollout, Workload, WorkloadArgs
from ..settings.assistant import AssistantSettings, OllamaSettings

NAME, PORT = "forail-assistant", 8100
OLLAMA_NAME, OLLAMA_PORT = "forail-assistant-ollama", 11434
SCRIPT = "/etc/forail/assistant/pull-model.sh"
# A model of some gigabytes on a slow line.
DEADLINE_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class AssistantArgs:
    """What the assistant and its model server are made from."""

    scope: Scope
    """Namespace and labels."""
    storage: Storage
    """How claims are made."""
    settings: AssistantSettings
    """`assistant`."""
    image: ImageRef
    """Assistant image."""
    ollama_image: ImageRef
    """Ollama image."""
    chat_token: SecretRef
    """What clients of the chat must present."""
    outbound: Outbound
    """How Ollama reaches the registry of models."""


class Assistant(pulumi.ComponentResource):
    """The assistant and its model server.

    Creates: two claims, Deployments and Services `forail-assistant` and `forail-assistant-ollama`, and the model Job.
    Leaves its Ingress to the exposure.
    """

    address: pulumi.Output[str]
    """Name of the Service, known once it answers."""
    applied: pulumi.Output[str]
    """Changes with what its pods run."""

    def __init__(self, name: str, args: AssistantArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:application:Assistant", name, None, opts)
        ollama = self._ollama(f"{name}-ollama", args, args.settings.ollama)
        models = self._models(
            f"{name}-models", args, pulumi.Output.concat("http://", ollama.address, f":{OLLAMA_PORT}")
        )
        workload = self._assistant(name, args, ollama.address, models)
        self.address = workload.address
        self.applied = pulumi.Output.concat(workload.applied, " ", ollama.applied)
        self.register_outputs({"address": self.address})

    def _ollama(self, name: str, args: AssistantArgs, settings: OllamaSettings) -> Workload:
        storage = args.storage.claim(settings.storage, "assistant-ollama", "forail-assistant-ollama-models")
        claim = claim_name(f"{name}-models", storage, self)
        options = pod_options(settings)
        if settings.gpu.enabled:
            limits = {**options.resources.get("limits", {}), "nvidia.com/gpu": str(settings.gpu.count)}
            options = replace(options, resources={**options.resources, "limits": limits})
        check = Probe(path="/", port=OLLAMA_PORT)
        container = Container(
            name="ollama",
            image=args.ollama_image,
            env=texts(OLLAMA_HOST=f"0.0.0.0:{OLLAMA_PORT}"),
            ports={"http": OLLAMA_PORT},
            mounts=(ClaimMount("models", claim, "/root/.ollama"),),
            probes=Probes.same(check, startup_failures=60),
        )
        container = args.outbound.given_to(container)
        return self._workload(name, args, OLLAMA_NAME, "assistant-ollama", container, OLLAMA_PORT, options)

    def _models(self, name: str, args: AssistantArgs, address: pulumi.Output[str]) -> pulumi.Resource:
        files = FileSet(
            name,
            (File("assistant/pull-model.sh", SCRIPT),),
            args.scope,
            "assistant-models",
            parent=self,
            executable=True,
        )
        container = Container(
            name="pull",
            image=args.ollama_image,
            command=("sh", SCRIPT),
            env=texts(OLLAMA_HOST=address, OLLAMA_MODEL=args.settings.model, HOME="/tmp"),
            mounts=(*files.mounts, ScratchMount("home", "/tmp")),
            resources={"requests": {"memory": "64Mi", "cpu": "50m"}, "limits": {"memory": "256Mi", "cpu": "500m"}},
        )
        made = HashedJob(
            name,
            HashedJobArgs(
                scope=args.scope,
                object_name="forail-assistant-models",
                pod=Pod(
                    component="assistant-models",
                    containers=(container,),
                    options=pod_options(args.settings).placement,
                    restart_policy="Never",
                ),
                retries=3,
                deadline_seconds=DEADLINE_SECONDS,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        return made.job

    def _assistant(
        self, name: str, args: AssistantArgs, ollama: pulumi.Output[str], models: pulumi.Resource
    ) -> Workload:
        storage = args.storage.claim(args.settings.storage, "assistant", "forail-assistant-data")
        claim = claim_name(f"{name}-data", storage, self)
        check = Probe(path="/api/v1/health", port=PORT)
        container = Container(
            name="assistant",
            image=args.image,
            env=joined(
                texts(
                    FORAIL_ASSISTANT_OLLAMA_BASE_URL=pulumi.Output.concat("http://", ollama, f":{OLLAMA_PORT}"),
                    FORAIL_ASSISTANT_OLLAMA_MODEL=args.settings.model,
                    FORAIL_ASSISTANT_LOG_LEVEL=args.settings.log_level.value,
                ),
                (Env("FORAIL_ASSISTANT_CHAT_TOKEN", secret=args.chat_token),),
            ),
            ports={"http": PORT},
            mounts=(ClaimMount("data", claim, "/data"),),
            # The first start indexes the documentation: five minutes.
            probes=Probes(
                startup=Probe(path=check.path, port=PORT, initial_delay=30, period=10, failures=30),
                readiness=check,
                liveness=Probe(path=check.path, port=PORT, period=60),
            ),
        )
        options = pod_options(args.settings)
        return self._workload(name, args, NAME, "assistant", container, PORT, options, after=(models,))

    def _workload(
        self,
        name: str,
        args: AssistantArgs,
        object_name: str,
        component: str,
        container: Container,
        port: int,
        options: PodOptions,
        after: tuple[pulumi.Resource, ...] = (),
    ) -> Workload:
        return Workload(
            name,
            WorkloadArgs(
                scope=args.scope,
                object_name=object_name,
                pod=Pod(component=component, containers=(container,), options=options),
                service_ports={"http": port},
                rollout=Rollout.RECREATE,
                ready_within="20m",
                # No value flows from the model Job; without its models the assistant answers every chat with an error.
                after=after,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
