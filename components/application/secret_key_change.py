"""A new epoch of the encryption key: the step of the init Job that stores everything under it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pulumi

from ..data.claims import SharedClaim, same_node
from ..kube.container import Container
from ..kube.environment import joined, texts
from ..kube.files import File, FileSet
from . import backups
from .access import QuiesceAccess, QuiesceAccessArgs, quiesce_seconds
from .backend import Backend
from .backups import Backups

NAME = "forail-secret-key"
FOLDER = "/etc/forail/secret-key"
FILES = tuple(
    File(source, f"{FOLDER}/{Path(source).name}")
    for source in (
        "secret_key/rotate.sh",
        "secret_key/reencrypt.sh",
        "secret_key/reencrypt.py",
        "restore/scale.py",
        "restore/steps.sh",
    )
)
# In which the script ends what it started, finds out which key the database has (two starts of the application), and
# brings web and task back.
GRACE_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class SecretKeyChangeArgs:
    """How the key is changed."""

    backend: Backend
    """Image, connections, and the keys of former epochs."""
    backups: Backups
    """backup.sh: a dump under the former key comes first."""
    claim: SharedClaim
    """Where dumps are."""
    task_grace_seconds: int
    """How long a task pod may take to end."""


class SecretKeyChange(pulumi.ComponentResource):
    """The change of the stored secrets from a former epoch's key to the current one.

    Creates: configuration, and QuiesceAccess `forail-secret-key`. Both stay as long as there are former epochs: the
    step runs with each init Job, and does nothing where the database has the current key.
    """

    step: Container
    """What the init Job runs after the migrations."""
    service_account: pulumi.Output[str]
    """The account of the Job's pod."""
    same_node: str | None
    """Label of pods that must share a node with it."""
    seconds: int
    """How much longer the Job may take."""

    def __init__(self, name: str, args: SecretKeyChangeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:application:SecretKeyChange", name, None, opts)
        child, backend = pulumi.ResourceOptions(parent=self), args.backend
        files = FileSet(name, FILES, backend.scope, "init", parent=self, executable=True)
        access = QuiesceAccessArgs(scope=backend.scope, object_name=NAME)
        self.service_account = QuiesceAccess(name, access, child).service_account
        self.same_node = same_node(args.claim)
        quiesce = quiesce_seconds(args.task_grace_seconds)
        self.seconds = quiesce + backups.DEADLINE_SECONDS
        own = (
            *args.backups.env,
            *texts(
                FORAIL_ROTATION_QUIESCE_SECONDS=str(quiesce),
                FORAIL_ROTATION_BACKUP="/usr/local/bin/backup.sh",
            ),
        )
        self.step = Container(
            name="secret-key",
            image=backend.image,
            command=("bash", f"{FOLDER}/rotate.sh"),
            env=joined(backend.env_with(own), backend.former_keys),
            mounts=(*backend.mounts, *files.mounts, *args.backups.files.mounts, args.claim.mount),
        )
        self.register_outputs({})
