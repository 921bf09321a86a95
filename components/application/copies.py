"""Copies of dumps in a store outside the cluster: the containers that bring them there and back.

A pod that needs a dump from the store gets one more init container:

    Copies.fetch(dump: str, folder: Mount) -> Container

`dump` is a file's name such as `forail-20260131T013000Z.sql.gz`, or `newest`; `folder` is where it is put, with its
companions. It ends with 0 once the dump lies there and matches its checksum, and otherwise says why in its last line.
A folder that holds the same dump already is fine. The container's name is `fetch`, so a pod has one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import Secret

from ..kube.container import Container, ImageRef
from ..kube.environment import Env, Kept, SecretRef, joined, texts
from ..kube.files import File, FileSet
from ..kube.metadata import Scope
from ..kube.mounts import Mount, ScratchMount
from ..kube.outbound import Outbound
from ..kube.secret import encoded
from ..settings.copies import CopiesSettings
from ..settings.stores import STORES, OptionKind

NEWEST = "newest"
"""In place of a dump's name: the newest in the store that is not of the future."""
COPY, FETCH = "/usr/local/bin/copy.sh", "/usr/local/bin/fetch.sh"
FILES = (
    File("backup/copy.sh", COPY),
    File("backup/fetch.sh", FETCH),
    File("backup/store.sh", "/usr/local/bin/store.sh"),
)
# What rclone and the scripts write beside the dumps: lists and messages.
_SCRATCH = ScratchMount("copies-scratch", "/tmp")


@dataclass(frozen=True, kw_only=True)
class CopiesArgs:
    """Which store, and how it is reached."""

    scope: Scope
    """Namespace and labels."""
    settings: CopiesSettings
    """`backups.copies`."""
    image: ImageRef
    """rclone."""
    secrets: Mapping[str, pulumi.Output[str]]
    """`copiesSecrets`: options that are secrets, by rclone's names."""
    outbound: Outbound
    """How rclone reaches the store."""


class Copies(pulumi.ComponentResource):
    """What reaches the store.

    Creates: a ConfigMap with copy.sh and fetch.sh, and where the stack gives them a Secret with its credentials.
    Leaves the bucket, its rights and its lifecycle rules to you.
    """

    def __init__(self, name: str, args: CopiesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:application:Copies", name, None, opts)
        self._args = args
        self._files = FileSet(name, FILES, args.scope, "backup", parent=self, executable=True)
        self._env = joined(self._options(), self._secrets(self._refs(name)))
        self.register_outputs({})

    def copy(self, folder: Mount) -> Container:
        """Copies what `folder` holds and the store lacks, and deletes there what is too old."""
        settings = self._args.settings
        kept = texts(
            COPIES_RETENTION_DAYS=str(settings.retention_days), COPIES_RETENTION_COUNT=str(settings.retention_count)
        )
        return self._container("copy", (COPY,), joined(self._env, kept, texts(BACKUP_DIR=folder.path)), folder)

    def fetch(self, dump: str, folder: Mount) -> Container:
        """Brings `dump`, a file's name or NEWEST, with its companions into `folder`."""
        return self._container("fetch", (FETCH, dump, folder.path), self._env, folder)

    def _container(self, name: str, command: tuple[str, ...], env: tuple[Env, ...], folder: Mount) -> Container:
        container = Container(
            name=name,
            image=self._args.image,
            command=command,
            env=env,
            mounts=(*self._files.mounts, folder, _SCRATCH),
            resources=self._args.settings.resources.model_dump(exclude_none=True),
        )
        return self._args.outbound.given_to(container)

    def _options(self) -> tuple[Env, ...]:
        """rclone reads a remote called `store` from variables, so no file holds it."""
        settings = self._args.settings
        options = {_variable(name): value for name, value in sorted(settings.all_options.items())}
        return (
            *texts(COPIES_PATH=settings.path, RCLONE_CONFIG_STORE_TYPE=settings.type),
            *(Env(name, value) for name, value in options.items()),
        )

    def _refs(self, name: str) -> dict[str, SecretRef]:
        existing, given = self._args.settings.existing_secret, self._args.secrets
        if existing is not None:
            kept = Kept("backups.copies.existingSecret", existing.secret_name)
            return {option: SecretRef(existing.secret_name, key, kept) for option, key in existing.keys.items()}
        if not given:
            return {}
        made = Secret(
            name,
            metadata=self._args.scope.meta("secrets"),
            type="Opaque",
            data={option: pulumi.Output.secret(value).apply(encoded) for option, value in sorted(given.items())},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return {option: SecretRef(made.metadata.name, option) for option in given}

    def _secrets(self, refs: Mapping[str, SecretRef]) -> Iterator[Env]:
        """Passwords come under another name, and their options in a list: the script gives rclone its own form."""
        kinds = STORES[self._args.settings.type]
        passwords = [option for option in sorted(refs) if kinds[option] is OptionKind.PASSWORD]
        for option, ref in sorted(refs.items()):
            yield Env(f"STORE_CLEAR_{option.upper()}" if option in passwords else _variable(option), secret=ref)
        if passwords:
            yield Env("STORE_OBSCURED", " ".join(option.upper() for option in passwords))


def _variable(option: str) -> str:
    return f"RCLONE_CONFIG_STORE_{option.upper()}"
