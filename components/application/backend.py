"""What web, task, the init Job and backups share: images, credentials, files and the variables made from them."""

from __future__ import annotations

from dataclasses import dataclass

from ..data.credentials import Credentials
from ..data.postgres import DatabaseConnection
from ..data.redis import RedisConnection
from ..kube.container import ImageRef
from ..kube.environment import Env, texts
from ..kube.files import File, FileSet
from ..kube.metadata import Scope
from ..kube.mounts import Mount, ScratchMount
from ..settings.forail import Tenancy, TenantIsolation
from ..settings.images import ImageName, ImagesSettings
from ..settings.opa import OpaSettings
from ..settings.secrets import SecretName
from ..settings.task import Nodes

SINGLE_NODE = "forail-node"
"""Name of the one task node where there is one replica; its pod's host name too, which receptor takes as its id."""
RUN_DIRECTORY = "/var/run/awx-receptor"


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
    settings_files: FileSet
    """Django settings."""
    receptor_files: FileSet
    """receptor.conf, which the application reads too."""
    nodes: Nodes
    """One task node or several."""

    @property
    def env(self) -> tuple[Env, ...]:
        """Variables that the settings file reads in every pod."""
        secrets = self.credentials
        return (
            *self.database.env,
            *self.redis.env,
            Env("FORAIL_SECRET_KEY", secret=secrets.ref(SecretName.SECRET_KEY)),
            Env("FORAIL_BROADCAST_WEBSOCKET_SECRET", secret=secrets.ref(SecretName.BROADCAST_WEBSOCKET_SECRET)),
            *texts(
                FORAIL_JOB_EXECUTION_ENVIRONMENT=self.images.reference(ImageName.EXECUTION_ENVIRONMENT),
                FORAIL_CONTROL_PLANE_EXECUTION_ENVIRONMENT=self.images.reference(
                    ImageName.CONTROL_PLANE_EXECUTION_ENVIRONMENT
                ),
            ),
            Env("MY_POD_NAMESPACE", field="metadata.namespace"),
        )

    @property
    def mounts(self) -> tuple[Mount, ...]:
        """Files that the application reads in every pod, and the folder of receptor's socket."""
        return (
            *self.settings_files.mounts,
            *self.receptor_files.mounts,
            *self.database.ca,
            ScratchMount("receptor-run", RUN_DIRECTORY),
        )


def policy_env(opa: OpaSettings, address: str) -> tuple[Env, ...]:
    """Whether and where the application asks for policy decisions."""
    return texts(OPA_ENFORCEMENT=opa.enforcement.value, OPA_SERVER_URL=address if opa.enabled else None)


def tenancy_env(tenancy: Tenancy) -> tuple[Env, ...]:
    """Tenancy flags; none where it is disabled, so that the application's own setting stays editable."""
    if tenancy.isolation is TenantIsolation.DISABLED:
        return ()
    return texts(
        TENANCY_ENABLED="true",
        TENANCY_RLS_ENABLED="true",
        TENANCY_STRICT_ISOLATION_ENABLED=_flag(tenancy.isolation is TenantIsolation.STRICT),
        TENANCY_RATE_LIMITING_ENABLED=_flag(tenancy.rate_limiting),
    )


def node_env(nodes: Nodes) -> Env:
    """The name of the node that a pod is or sends its work to."""
    if nodes is Nodes.ONE:
        return Env("FORAIL_NODE_NAME", SINGLE_NODE)
    return Env("FORAIL_NODE_NAME", field="metadata.name")


def _flag(value: bool) -> str:
    return "true" if value else "false"
