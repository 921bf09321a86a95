"""The optional AI assistant: its API, the model server, and the Job that fetches the models."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.batch.v1 import Job, JobSpecArgs

from ..edge.exposure import Route, ingress_for
from ..kube.claim import claim_name
from ..kube.container import Container, ImageRef, Probe, Probes
from ..kube.environment import Env, SecretRef, joined, texts
from ..kube.files import File, FileSet
from ..kube.metadata import Scope
from ..kube.mounts import ClaimMount, ScratchMount
from ..kube.pod import Pod
from ..kube.workload import Rollout, Workload, WorkloadArgs
from ..placement import Storage, amounts, extra_env, placement
from ..settings.assistant import AssistantSettings, OllamaSettings
from ..settings.exposure import ExposureSettings

NAME, PORT = "forail-assistant", 8100
OLLAMA_NAME, OLLAMA_PORT = "forail-assistant-ollama", 11434
SCRIPT = "/etc/forail/assistant/pull-model.sh"


@dataclass(frozen=True, kw_only=True)
class AssistantArgs:
    """The assistant."""

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
    exposure: ExposureSettings
    """Public hosts, for `assistant.ingress`."""
    tls_secret: pulumi.Input[str] | None
    """Secret with the certificate."""


class Assistant(pulumi.ComponentResource):
    """The assistant and its model server.

    Creates: two claims, Deployments and Services `forail-assistant` and `forail-assistant-ollama`, the model Job, and
    an Ingress `forail-assistant` where `assistant.ingress` asks for one.
    """

    def __init__(self, name: str, args: AssistantArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:platform:Assistant", name, None, opts)
        ollama = self._ollama(args, args.settings.ollama)
        models = self._models(args, pulumi.Output.concat("http://", ollama.address, f":{OLLAMA_PORT}"))
        assistant = self._assistant(args, ollama.address, models)
        if args.settings.ingress is not None:
            ingress_for(
                NAME,
                args.scope,
                args.exposure,
                (Route(args.settings.ingress.path, assistant.address, PORT),),
                args.tls_secret,
                args.settings.ingress.annotations,
                parent=self,
            )
        self.register_outputs({"address": assistant.address})

    def _ollama(self, args: AssistantArgs, settings: OllamaSettings) -> Workload:
        claim = claim_name(
            args.storage.claim(settings.storage, "assistant-ollama", "forail-assistant-ollama-models"), self
        )
        resources = {kind: dict(values) for kind, values in amounts(settings.resources).items()}
        if settings.gpu.enabled:
            resources.setdefault("limits", {})["nvidia.com/gpu"] = str(settings.gpu.count)
        check = Probe(path="/", port=OLLAMA_PORT)
        container = Container(
            name="ollama",
            image=args.ollama_image,
            env=joined(texts(OLLAMA_HOST=f"0.0.0.0:{OLLAMA_PORT}"), extra_env(settings)),
            ports={"http": OLLAMA_PORT},
            mounts=(ClaimMount("models", claim, "/root/.ollama"),),
            probes=Probes.same(check, startup_failures=60),
            resources=resources,
        )
        return self._workload(args, OLLAMA_NAME, "assistant-ollama", container, OLLAMA_PORT, settings)

    def _models(self, args: AssistantArgs, address: pulumi.Output[str]) -> Job:
        files = FileSet(
            "forail-assistant-models",
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
        pod = Pod(
            component="assistant-models",
            containers=(container,),
            placement=placement(args.settings),
            restart_policy="Never",
        )
        identity = "\0".join((args.settings.model, args.ollama_image.reference, *files.texts.values()))
        return Job(
            "forail-assistant-models",
            metadata=args.scope.meta(
                "assistant-models",
                f"forail-assistant-models-{hashlib.sha256(identity.encode()).hexdigest()[:8]}",
                annotations={"pulumi.com/replaceUnready": "true"},
            ),
            spec=JobSpecArgs(backoff_limit=3, active_deadline_seconds=3600, template=pod.template(args.scope)),
            opts=pulumi.ResourceOptions(parent=self, custom_timeouts=pulumi.CustomTimeouts(create="65m", update="65m")),
        )

    def _assistant(self, args: AssistantArgs, ollama: pulumi.Output[str], models: Job) -> Workload:
        claim = claim_name(args.storage.claim(args.settings.storage, "assistant", "forail-assistant-data"), self)
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
                extra_env(args.settings),
            ),
            ports={"http": PORT},
            mounts=(ClaimMount("data", claim, "/data"),),
            # The first start indexes the documentation: five minutes.
            probes=Probes(
                startup=Probe(path=check.path, port=PORT, initial_delay=30, period=10, failures=30),
                readiness=check,
                liveness=Probe(path=check.path, port=PORT, period=60),
            ),
            resources=amounts(args.settings.resources),
        )
        return self._workload(args, NAME, "assistant", container, PORT, args.settings, after=(models,))

    def _workload(
        self,
        args: AssistantArgs,
        name: str,
        component: str,
        container: Container,
        port: int,
        settings: AssistantSettings | OllamaSettings,
        after: tuple[pulumi.Resource, ...] = (),
    ) -> Workload:
        return Workload(
            name,
            WorkloadArgs(
                scope=args.scope,
                object_name=name,
                pod=Pod(component=component, containers=(container,), placement=placement(settings)),
                service_ports={"http": port},
                rollout=Rollout.RECREATE,
                ready_within="20m",
                # No value flows from the model Job; without its models the assistant answers every chat with an error.
                after=after,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
