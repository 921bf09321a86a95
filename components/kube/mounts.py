"""What a pod mounts: files of a ConfigMap or Secret, claims, scratch space, a folder of the node."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import pulumi
from pulumi_kubernetes.core.v1 import (
    ConfigMapVolumeSourceArgs,
    EmptyDirVolumeSourceArgs,
    HostPathVolumeSourceArgs,
    KeyToPathArgs,
    PersistentVolumeClaimVolumeSourceArgs,
    SecretVolumeSourceArgs,
    VolumeArgs,
    VolumeMountArgs,
)

if TYPE_CHECKING:
    from .container import Container

READ_ONLY_FILE = 0o444
EXECUTABLE_FILE = 0o555
# Root and the pod's file group.
SECRET_FILE = 0o440


@dataclass(frozen=True)
class FileMount:
    """One key of a ConfigMap as a file. `subPath` mounts are not updated in place: a change needs a new pod."""

    volume: str
    config_map: pulumi.Input[str]
    key: str
    path: str
    content: str
    """The file's text; a Job's name covers it."""
    executable: bool = False

    def source(self) -> VolumeArgs:
        """The pod's volume."""
        mode = EXECUTABLE_FILE if self.executable else READ_ONLY_FILE
        return VolumeArgs(
            name=self.volume, config_map=ConfigMapVolumeSourceArgs(name=self.config_map, default_mode=mode)
        )

    def mount(self) -> VolumeMountArgs:
        """The container's mount."""
        return VolumeMountArgs(name=self.volume, mount_path=self.path, sub_path=self.key, read_only=True)


@dataclass(frozen=True)
class ClaimMount:
    """A PersistentVolumeClaim."""

    volume: str
    claim: pulumi.Input[str]
    path: str
    read_only: bool = False

    def source(self) -> VolumeArgs:
        """The pod's volume."""
        return VolumeArgs(
            name=self.volume,
            persistent_volume_claim=PersistentVolumeClaimVolumeSourceArgs(claim_name=self.claim),
        )

    def mount(self) -> VolumeMountArgs:
        """The container's mount."""
        return VolumeMountArgs(name=self.volume, mount_path=self.path, read_only=self.read_only or None)


@dataclass(frozen=True)
class TemplateMount:
    """A claim that a StatefulSet's template names: each pod gets its own."""

    volume: str
    path: str

    def source(self) -> None:
        """The StatefulSet adds the volume itself."""

    def mount(self) -> VolumeMountArgs:
        """The container's mount."""
        return VolumeMountArgs(name=self.volume, mount_path=self.path)


@dataclass(frozen=True)
class ScratchMount:
    """Space that lives as long as the pod; in memory for what must not touch a disk."""

    volume: str
    path: str
    in_memory: bool = False
    size: str | None = None
    """Bytes, such as `10Gi`: a pod that uses more is evicted. None, as much as the node has."""

    def source(self) -> VolumeArgs:
        """The pod's volume."""
        medium = "Memory" if self.in_memory else None
        return VolumeArgs(name=self.volume, empty_dir=EmptyDirVolumeSourceArgs(medium=medium, size_limit=self.size))

    def mount(self) -> VolumeMountArgs:
        """The container's mount."""
        return VolumeMountArgs(name=self.volume, mount_path=self.path)


class Holder(StrEnum):
    """What keeps keys."""

    CONFIG_MAP = "ConfigMap"
    SECRET = "Secret"


@dataclass(frozen=True)
class KeyMount:
    """One key of an object that exists, as the only file of a folder. Without the object or the key no pod starts."""

    volume: str
    holder: Holder
    name: str
    """Name of the object."""
    key: str
    file: str
    """Name of the file."""
    path: str
    """The folder."""
    said: str
    """Where the stack file names the object."""

    def source(self) -> VolumeArgs:
        """The pod's volume."""
        items = [KeyToPathArgs(key=self.key, path=self.file)]
        if self.holder is Holder.SECRET:
            secret = SecretVolumeSourceArgs(secret_name=self.name, items=items, default_mode=READ_ONLY_FILE)
            return VolumeArgs(name=self.volume, secret=secret)
        config_map = ConfigMapVolumeSourceArgs(name=self.name, items=items, default_mode=READ_ONLY_FILE)
        return VolumeArgs(name=self.volume, config_map=config_map)

    def mount(self) -> VolumeMountArgs:
        """The container's mount."""
        return VolumeMountArgs(name=self.volume, mount_path=self.path, read_only=True)


@dataclass(frozen=True)
class PreparedMount:
    """Scratch space that a container fills before any other of the pod starts; the pod brings that container itself."""

    volume: str
    path: str
    by: Container
    """Mounts the same volume as a `ScratchMount`."""

    def source(self) -> VolumeArgs:
        """The pod's volume."""
        return ScratchMount(self.volume, self.path).source()

    def mount(self) -> VolumeMountArgs:
        """The container's mount."""
        return VolumeMountArgs(name=self.volume, mount_path=self.path, read_only=True)


@dataclass(frozen=True)
class SecretMount:
    """A Secret as a folder, with a file for each key. The kubelet renews it in place; needs the pod's `file_group`."""

    volume: str
    secret: pulumi.Input[str]
    path: str

    def source(self) -> VolumeArgs:
        """The pod's volume."""
        return VolumeArgs(
            name=self.volume, secret=SecretVolumeSourceArgs(secret_name=self.secret, default_mode=SECRET_FILE)
        )

    def mount(self) -> VolumeMountArgs:
        """The container's mount."""
        return VolumeMountArgs(name=self.volume, mount_path=self.path, read_only=True)


@dataclass(frozen=True)
class NodeFolderMount:
    """A folder of the node (hostPath)."""

    volume: str
    path: str

    def source(self) -> VolumeArgs:
        """The pod's volume."""
        return VolumeArgs(name=self.volume, host_path=HostPathVolumeSourceArgs(path=self.path, type="Directory"))

    def mount(self) -> VolumeMountArgs:
        """The container's mount."""
        return VolumeMountArgs(name=self.volume, mount_path=self.path)


Mount = FileMount | ClaimMount | TemplateMount | ScratchMount | KeyMount | PreparedMount | SecretMount | NodeFolderMount


def _meaning(mount: Mount) -> tuple[object, ...]:
    match mount:
        case FileMount(config_map=config_map, executable=executable):
            return FileMount, config_map, executable
        case ClaimMount(claim=claim):
            return ClaimMount, claim
        case ScratchMount(in_memory=in_memory, size=size):
            return ScratchMount, in_memory, size
        case KeyMount(holder=holder, name=name, key=key, file=file):
            return KeyMount, holder, name, key, file
        case PreparedMount():
            return ScratchMount, False, None
        case SecretMount(secret=secret):
            return SecretMount, secret
        case NodeFolderMount(path=path):
            return NodeFolderMount, path
        case TemplateMount():
            return (TemplateMount,)


def volumes(mounts: Iterable[Mount]) -> list[VolumeArgs]:
    """Each volume once, in the order of its first mount; raises ValueError where one name means two things."""
    sources: dict[str, VolumeArgs] = {}
    meanings: dict[str, tuple[object, ...]] = {}
    for mount in mounts:
        if meanings.setdefault(mount.volume, _meaning(mount)) != _meaning(mount):
            raise ValueError(f"volume {mount.volume} is defined twice, differently")
        source = mount.source()
        if source is not None:
            sources.setdefault(mount.volume, source)
    return list(sources.values())
