"""What every pod with the backend image shares: images, credentials, files and the variables made from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pulumi

from ..data.credentials import Credentials
from ..data.postgres import DatabaseConnection
from ..data.redis import RedisConnection
from ..kube.container import ImageRef
from ..kube.environment import Env, joined, texts
from ..kube.files import File, FileSet, text
from ..kube.metadata import Scope
from ..kube.mounts import Mount, ScratchMount
from ..settings.exposure import ExposureSettings
from ..settings.forail import PlatformLogLevel, Tenancy, TenantIsolation
from ..settings.images import ImageName, ImagesSettings
from ..settings.opa import OpaSettings
from ..settings.secrets import SecretName
from ..settings.task import Nodes
from .log_level import receptor
from .outbound import ApplicationOutbound

SINGLE_NODE = "forail-node"
"""Name of the one task node where there is one replica; its pod's host name too, which receptor takes as its id."""
RUN_DIRECTORY = "/var/run/awx-receptor"
# What a process may have of its own, and why no other process misses it. The backend hands registered settings to every
# process through Redis for a minute, so a variable that becomes one must be in `Backend.env` and never here.
_PROCESS = "who the process is; the backend reads it in that process only"
_INIT = "what only the init Job applies; it becomes rows, not settings"
_RESTORE = "read only by the scripts of a restore"
_ROTATION = "read only by the script that changes the encryption key"
_WEB_REPORTS = "read only by the API's processes, which write it to the database; the settings file never reads it"
OWN: Mapping[str, str] = {
    "FORAIL_NODE_NAME": "the node's name, CLUSTER_HOST_ID: no registered setting, each process reads its own file",
    "MY_POD_IP": _PROCESS,
    "AWX_COMPONENT": _PROCESS,
    "FORAIL_NODE_TYPE": _PROCESS,
    "SYSTEM_TASK_ABS_CPU": _PROCESS,
    "SYSTEM_TASK_ABS_MEM": _PROCESS,
    "FORAIL_SINGLE_NODE_NAME": _INIT,
    "FORAIL_ADMIN_USER": _INIT,
    "FORAIL_ADMIN_EMAIL": _INIT,
    "FORAIL_ADMIN_PASSWORD": _INIT,
    "FORAIL_ADMIN_PASSWORD_POLICY": _INIT,
    "FORAIL_PAT": _INIT,
    "FORAIL_TOKENS": _INIT,
    "FORAIL_TOKEN_VALUES": _INIT,
    "FORAIL_MONITORING_TOKEN": _INIT,
    "FORAIL_PRELOAD_DATA": _INIT,
    "FORAIL_JOB_POD": _INIT,
    "BACKUP_RETENTION_DAYS": "read only by backup.sh",
    "BACKUP_KEY_PASSPHRASE": "read only by backup.sh",
    "FORAIL_ROTATION_QUIESCE_SECONDS": _ROTATION,
    "FORAIL_ROTATION_BACKUP": _ROTATION,
    "FORAIL_RESTORE_ID": _RESTORE,
    "FORAIL_RESTORE_FROM": _RESTORE,
    "FORAIL_RESTORE_IMAGE": _RESTORE,
    "FORAIL_RESTORE_KEY_HOLDER": _RESTORE,
    "FORAIL_RESTORE_ATTEMPTS": _RESTORE,
    "FORAIL_RESTORE_QUIESCE_SECONDS": _RESTORE,
    "FORAIL_RESTORE_SUPERUSER": _RESTORE,
    "FORAIL_RESTORE_SUPERUSER_PASSWORD": _RESTORE,
    "FORAIL_RESTORE_JOB": _RESTORE,
    "OTEL_ENABLED": _WEB_REPORTS,
    "OTEL_EXPORTER_ENDPOINT": _WEB_REPORTS,
    "OTEL_SERVICE_NAME": _WEB_REPORTS,
    "OTEL_TRACES_SAMPLER": _WEB_REPORTS,
    "OTEL_TRACES_SAMPLER_ARG": _WEB_REPORTS,
}


SETTINGS_FILES = (
    File("settings/settings.py", "/etc/tower/settings.py"),
    File("settings/forail.py", "/etc/tower/conf.d/forail.py"),
)
RECEPTOR_FILES = (File("receptor/receptor.conf", "/etc/receptor/receptor.conf"),)


@dataclass(frozen=True, kw_only=True)
class Backend:
    """Everything a pod with the backend image needs to start the application."""

    scope: Scope
    """Namespace and labels."""
    image: ImageRef
    """Backend image."""
    images: ImagesSettings
    """For the execution environments."""
    database: DatabaseConnection
    """Database."""
    redis: RedisConnection
    """Redis."""
    credentials: Credentials
    """Secrets."""
    exposure: ExposureSettings
    """Origins and scheme."""
    allowed_hosts: tuple[str, ...]
    """Host headers that the API answers; the settings file adds loopback."""
    decisions: tuple[Env, ...]
    """Policy, tenancy, and what the stack gives by the backend's own names."""
    settings_files: FileSet
    """Django settings."""
    receptor_files: FileSet
    """receptor.conf, which the application reads too."""
    nodes: Nodes
    """One task node or several, as `task.replicas` says."""
    outbound: ApplicationOutbound
    """How the pods and their jobs reach the outside."""

    @property
    def env(self) -> tuple[Env, ...]:
        """The same in every pod that loads Django: all that the settings file reads, but for the node's name.

        A pod that lacked one would switch it off for all, through Redis. So a change of any of them, such as
        `exposure.host`, restarts web and task and runs the init Job again (docs/decisions/0004-init-job.md).
        """
        return joined(self.database.env, self.redis.env, self.env_apart)

    @property
    def env_apart(self) -> tuple[Env, ...]:
        """The same without the platform's database and Redis: for a process that brings its own and must reach neither.

        Into that Redis it would write the settings of its own database, and every process of the platform reads them.
        """
        secrets = self.credentials
        return joined(
            (
                Env("FORAIL_SECRET_KEY", secret=secrets.ref(SecretName.SECRET_KEY)),
                Env("FORAIL_BROADCAST_WEBSOCKET_SECRET", secret=secrets.ref(SecretName.BROADCAST_WEBSOCKET_SECRET)),
                Env("MY_POD_NAMESPACE", field="metadata.namespace"),
            ),
            texts(
                FORAIL_JOB_EXECUTION_ENVIRONMENT=self.images.reference(ImageName.EXECUTION_ENVIRONMENT),
                FORAIL_CONTROL_PLANE_EXECUTION_ENVIRONMENT=self.images.reference(
                    ImageName.CONTROL_PLANE_EXECUTION_ENVIRONMENT
                ),
            ),
            exposure_env(self.exposure, self.allowed_hosts),
            self.decisions,
            self.outbound.env,
        )

    def env_with(self, own: Iterable[Env]) -> tuple[Env, ...]:
        """The variables of one pod that loads Django: the shared ones and its `own`.

        Raises ValueError for an own variable that `OWN` gives no reason for.
        """
        own = tuple(own)
        unexplained = sorted({variable.name for variable in own} - OWN.keys())
        if unexplained:
            raise ValueError(f"differ between pods without a reason in OWN: {', '.join(unexplained)}")
        return joined(self.env, own)

    @property
    def former_keys(self) -> tuple[Env, ...]:
        """Encryption keys of former epochs, for the scripts that meet what was stored under one; the newest first."""
        former = self.credentials.former(SecretName.SECRET_KEY)
        return tuple(
            Env(f"FORAIL_SECRET_KEY_FORMER_{number}", secret=ref) for number, ref in enumerate(former, start=1)
        )

    @property
    def mounts(self) -> tuple[Mount, ...]:
        """Files that the application reads in every pod, and the folder of receptor's socket."""
        return (
            *self.settings_files.mounts,
            *self.receptor_files.mounts,
            *self.database.ca,
            ScratchMount("receptor-run", RUN_DIRECTORY),
            *self.outbound.merged.mounts,
        )

    @property
    def mounts_apart(self) -> tuple[Mount, ...]:
        """The same without what only the platform's database needs."""
        return tuple(mount for mount in self.mounts if mount not in self.database.ca)


def exposure_env(exposure: ExposureSettings, allowed_hosts: Iterable[str]) -> tuple[Env, ...]:
    """All that Django is told of how clients come: by which hosts, from pages of which origins, whether by HTTPS."""
    return texts(
        FORAIL_ALLOWED_HOSTS=",".join(allowed_hosts),
        FORAIL_CSRF_TRUSTED_ORIGINS=",".join(exposure.origins),
        FORAIL_COOKIE_SECURE="true" if exposure.scheme == "https" else "false",
    )


def policy_env(opa: OpaSettings, address: str) -> tuple[Env, ...]:
    """Whether and where the application asks for policy decisions."""
    return texts(OPA_ENFORCEMENT=opa.enforcement.value, OPA_SERVER_URL=address if opa.enabled else None)


def tenancy_env(tenancy: Tenancy) -> tuple[Env, ...]:
    """How tenants are kept apart; nothing where it is disabled, so that the application's settings stay editable."""
    if tenancy.isolation is TenantIsolation.DISABLED:
        return ()
    # Not TENANCY_ENABLED: web would write a variable of that name into the database, where it outlives the setting.
    return texts(FORAIL_TENANCY_ISOLATION=tenancy.isolation.value)


def receptor_files(name: str, level: PlatformLogLevel | None, scope: Scope, parent: pulumi.Resource) -> FileSet:
    """receptor.conf, with `forail.logLevel` where there is one."""
    content = {file.key: receptor(text(file.source), level) for file in RECEPTOR_FILES}
    return FileSet(name, RECEPTOR_FILES, scope, "receptor", parent=parent, content=content)


def node_env(nodes: Nodes) -> Env:
    """The name of the node that a pod is or sends its work to."""
    if nodes is Nodes.ONE:
        return Env("FORAIL_NODE_NAME", SINGLE_NODE)
    return Env("FORAIL_NODE_NAME", field="metadata.name")
