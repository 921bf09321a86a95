"""Redis: broker of events, channel layer and cache."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from ..from_settings import Storage, pod_options
from ..kube.claim import claim_name
from ..kube.container import Container, ImageRef, Probe, Probes, Security
from ..kube.environment import Env, SecretRef, joined, texts
from ..kube.files import File, FileSet
from ..kube.metadata import Scope
from ..kube.mounts import ClaimMount, ScratchMount
from ..kube.pod import Pod
from ..kube.workload import Rollout, Workload, WorkloadArgs
from ..settings.redis import RedisSettings

NAME = "forail-redis"
PORT = 6379
# The image's redis user; as root without capabilities it could not write files another uid left on the claim.
USER, GROUP = 999, 1000
RUNTIME_DIRECTORY = "/run/redis"


@dataclass(frozen=True, kw_only=True)
class RedisConnection:
    """How to reach Redis."""

    host: pulumi.Input[str]
    """Host name, known once it answers."""
    password: SecretRef
    """Its password."""

    @property
    def env(self) -> tuple[Env, ...]:
        """Variables for whoever connects."""
        return (
            *texts(REDIS_HOST=self.host, REDIS_PORT=str(PORT)),
            Env("REDIS_PASSWORD", secret=self.password),
        )


@dataclass(frozen=True, kw_only=True)
class RedisArgs:
    """What Redis is made from."""

    scope: Scope
    """Namespace and labels."""
    storage: Storage
    """How claims are made."""
    settings: RedisSettings
    """`redis`."""
    image: ImageRef
    """Redis image."""
    password: SecretRef
    """What its clients must present."""


def probe(question: str) -> Probe:
    """Whether Redis answers (`live`) and has loaded its data (`ready`)."""
    return Probe(command=("sh", "/etc/forail/redis/probe.sh", question))


class Redis(pulumi.ComponentResource):
    """Redis with a password and an append-only file.

    Creates: configuration, claim, Deployment and Service `forail-redis`.
    """

    connection: RedisConnection
    """How the platform connects."""

    def __init__(self, name: str, args: RedisArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:data:Redis", name, None, opts)
        files = FileSet(
            name,
            (
                File("redis/redis.conf", "/etc/redis/redis.conf"),
                File("redis/start.sh", "/etc/forail/redis/start.sh"),
                File("redis/probe.sh", "/etc/forail/redis/probe.sh"),
            ),
            args.scope,
            "redis",
            parent=self,
            executable=True,
        )
        claim = claim_name(name, args.storage.claim(args.settings.storage, "redis", NAME), self)
        container = Container(
            name="redis",
            image=args.image,
            command=("sh", "/etc/forail/redis/start.sh"),
            env=joined(
                (Env("REDIS_PASSWORD", secret=args.password), Env("REDISCLI_AUTH", secret=args.password)),
                texts(REDIS_RUNTIME_DIR=RUNTIME_DIRECTORY),
            ),
            ports={"redis": PORT},
            mounts=(
                *files.mounts,
                ClaimMount("data", claim, "/data"),
                ScratchMount("runtime", RUNTIME_DIRECTORY, in_memory=True),
            ),
            probes=Probes.of(probe("ready"), probe("live"), startup_failures=150),
            security=Security(user=USER, group=GROUP, read_only_root=True),
        )
        workload = Workload(
            name,
            WorkloadArgs(
                scope=args.scope,
                object_name=NAME,
                pod=Pod(
                    component="redis",
                    containers=(container,),
                    options=pod_options(args.settings),
                    file_group=GROUP,
                ),
                service_ports={"redis": PORT},
                rollout=Rollout.RECREATE,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.connection = RedisConnection(host=workload.address, password=args.password)
        self.register_outputs({"host": workload.address})
