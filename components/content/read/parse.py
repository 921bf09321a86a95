"""From a document to a custom resource, or to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from pydantic import ValidationError

from ...api.kinds import API_VERSION, GROUP, Kind
from ...api.models import SPECS
from ...api.models.base import Shape
from ...schema.shape import Path
from ...schema.suggestions import nearest
from ..problems import Problem, quoted
from ..refusals import empty, nulls, refusals
from .documents import Document
from .resource import Metadata, Resource

_Model = TypeVar("_Model", bound=Shape)
_KINDS = {kind.value: kind for kind in Kind}
_LISTED = ", ".join(Kind)
_KEYS = ("apiVersion", "kind", "metadata", "spec")


@dataclass(frozen=True)
class ParsedManifest:
    """What one document gave."""

    resource: Resource | None = None
    """The resource, where nothing is wrong with its form."""
    problems: Sequence[Problem] = ()
    """What is wrong."""
    meant: tuple[Kind, str] | None = None
    """Kind and name in Forail of a broken one: who refers to it is not to blame."""


def parse(document: Document, default_namespace: str = "") -> ParsedManifest:
    """The resource that `document` declares, or its problems; without a namespace it gets the default one."""
    data = document.data
    if not isinstance(data, dict):
        return ParsedManifest(
            problems=[Problem(document.source, (), "is not a manifest: give apiVersion, kind, metadata, spec")]
        )
    manifest = cast("Mapping[object, object]", data)
    kind = _kind(manifest)
    if not isinstance(kind, Kind):
        return ParsedManifest(problems=[Problem(document.source, ("kind",), kind)])
    return _Parse(document.source, kind, manifest).run(default_namespace)


class _Parse:
    def __init__(self, source: str, kind: Kind, manifest: Mapping[object, object]) -> None:
        self._source, self._kind, self._manifest = source, kind, manifest
        self._problems: list[Problem] = []

    def run(self, default_namespace: str) -> ParsedManifest:
        self._envelope()
        metadata = self._part("metadata", Metadata)
        spec = self._part("spec", SPECS[self._kind])
        if self._problems or metadata is None or spec is None:
            return ParsedManifest(None, self._problems, (self._kind, self._meant()))
        resource = Resource(
            name=metadata.name,
            spec=spec,
            namespace=metadata.namespace or default_namespace,
            source=self._source,
            labels=metadata.labels,
            annotations=metadata.annotations,
        )
        return ParsedManifest(resource)

    def _envelope(self) -> None:
        if self._manifest.get("apiVersion") != API_VERSION:
            self._report(("apiVersion",), f"must be {API_VERSION}")
        for key in self._manifest:
            if key == "status":
                self._report(("status",), "is written only by the operator: remove it")
            elif key not in _KEYS:
                near = nearest(str(key), _KEYS)
                fix = f"did you mean {near}?" if near else f"a manifest takes {', '.join(_KEYS)}"
                self._report((str(key),), f"is not part of a manifest: {fix}")

    def _part(self, part: str, model: type[_Model]) -> _Model | None:
        given = self._manifest.get(part)
        if not isinstance(given, dict):
            what = "is missing" if given is None else "must be a mapping"
            self._report((part,), f"{what}: docs/content.md has an example of every kind")
            return None
        kind = self._kind if part == "spec" else None
        without_value = list(nulls(cast("object", given)))
        for path in without_value:
            self._report((part, *path), empty(model, path))
        try:
            return model.model_validate(given)
        except ValidationError as error:
            for path, message in refusals(model, cast("object", given), error, kind):
                if path not in without_value:
                    self._report((part, *path), message)
            return None

    def _report(self, path: Path, message: str) -> None:
        self._problems.append(Problem(self._source, path, message))

    def _meant(self) -> str:
        for part in ("spec", "metadata"):
            inner = self._manifest.get(part)
            name = cast("Mapping[object, object]", inner).get("name") if isinstance(inner, dict) else None
            if isinstance(name, str) and name:
                return name
        return ""


def _kind(manifest: Mapping[object, object]) -> Kind | str:
    """The kind, or what is wrong with it."""
    given = manifest.get("kind")
    if not isinstance(given, str):
        return f"is missing: give one of {_LISTED}"
    if given == "List" or (given.endswith("List") and given.removesuffix("List") in _KINDS):
        return "is a list: write each of its items as a document of its own, with a line '---' between them"
    if given == "Secret":
        return (
            "is a Secret, which files of content must not hold: keep the value in the stack's secret "
            "configuration, and name it with secretConfig where it is used"
        )
    version = manifest.get("apiVersion")
    if given in _KINDS:
        return _KINDS[given]
    if isinstance(version, str) and version.partition("/")[0] != GROUP:
        return f"is {quoted(given)} of another API: content holds {_LISTED}"
    near = nearest(given, list(Kind))
    return f"is {quoted(given)}, which does not exist: " + (f"did you mean {near}?" if near else f"give {_LISTED}")
