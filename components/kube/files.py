"""The files that pods mount, as ConfigMaps whose names change with their content."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_kubernetes.core.v1 import ConfigMap

from .metadata import Scope
from .mounts import FileMount

FOLDER = Path(__file__).resolve().parent.parent / "files"


def text(path: str) -> str:
    """The text of a file under `components/files/`."""
    return (FOLDER / path).read_text(encoding="utf-8")


@dataclass(frozen=True)
class File:
    """A file under `components/files/` and where pods see it."""

    source: str
    path: str

    @property
    def key(self) -> str:
        """Its key in the ConfigMap."""
        return Path(self.source).name


class FileSet:
    """One ConfigMap with files that change together for the same readers."""

    def __init__(
        self,
        name: str,
        files: tuple[File, ...],
        scope: Scope,
        component: str,
        *,
        parent: pulumi.Resource,
        executable: bool = False,
        content: dict[str, str] | None = None,
    ) -> None:
        """`content` gives the text of a key that has no file here, such as a CA certificate."""
        self._name, self._files, self._executable = name, files, executable
        given = content or {}
        self._texts = {file.key: given[file.key] if file.key in given else text(file.source) for file in files}
        config_map = ConfigMap(
            name,
            metadata=scope.meta(component),
            data=self._texts,
            opts=pulumi.ResourceOptions(parent=parent),
        )
        self._config_map = config_map.metadata.name

    @property
    def mounts(self) -> tuple[FileMount, ...]:
        """Every file at its path."""
        return tuple(
            # Not the bare name: a claim template of that name would take the volume's place.
            FileMount(
                f"{self._name}-files", self._config_map, file.key, file.path, self._texts[file.key], self._executable
            )
            for file in self._files
        )
