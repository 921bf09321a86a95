"""One custom resource as it is declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pydantic import Field

from ...api.kinds import ADOPT, Kind
from ...api.models import SPECS, Spec
from ...api.models.base import Shape
from ...schema.values import DnsLabel, DnsSubdomain, LabelValue, QualifiedName
from ...settings.metadata import Annotations

_KINDS: Mapping[type[Spec], Kind] = {spec: kind for kind, spec in SPECS.items()}


class Metadata(Shape):
    """The part of `metadata` that content may give."""

    name: DnsSubdomain
    """Name of the custom resource; also the object's name in Forail, unless `spec.name` gives one."""
    namespace: DnsLabel | None = None
    """Namespace; left out, the content's default."""
    labels: dict[QualifiedName, LabelValue] = Field(default_factory=dict[str, str])
    """Labels."""
    annotations: Annotations = Field(default_factory=dict[str, str])
    """Annotations."""


@dataclass(frozen=True, eq=False, slots=True)
class Resource:
    """A custom resource. Two are equal only if they are the same object."""

    name: str
    """`metadata.name`."""
    spec: Spec
    """One of the nine models; it decides the kind."""
    namespace: str = ""
    """`metadata.namespace`; empty, the catalog's default."""
    source: str = ""
    """Where it was declared, for errors; empty, its kind and name."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """`metadata.labels`."""
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """`metadata.annotations`."""

    kind: Kind = field(init=False)
    """Its kind."""
    forail_name: str = field(init=False)
    """Its name in Forail, by which others refer to it."""
    backend: str | None = field(init=False)
    """Name of the ForailInstance that it is routed to; None for the operator's own Forail."""

    def __post_init__(self) -> None:
        # Asked for by every check, many times.
        object.__setattr__(self, "kind", _KINDS[type(self.spec)])
        object.__setattr__(self, "forail_name", getattr(self.spec, "name", None) or self.name)
        object.__setattr__(self, "backend", getattr(self.spec, "forail_instance", None) or None)

    @property
    def adopts(self) -> bool:
        """Whether it may take over an object that exists in Forail."""
        return self.annotations.get(ADOPT) == "true"

    @property
    def described(self) -> str:
        """Where it was declared, or what it is."""
        return self.source or f"{self.kind} {self.name}"

    @property
    def state_name(self) -> str:
        """What tells it from others of its kind in Pulumi's state: namespace and name."""
        return f"{self.namespace}-{self.name}"

    def placed(self, default_namespace: str) -> Resource:
        """With a namespace."""
        return self if self.namespace else replace(self, namespace=default_namespace)
