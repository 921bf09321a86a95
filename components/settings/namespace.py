"""`namespace`: where the platform runs."""

from __future__ import annotations

from typing import Self

from pydantic import StrictBool, model_validator

from ..schema.section import Section
from ..schema.values import DnsLabel
from ..schema.words import ConflictError


class NamespaceSettings(Section):
    """A namespace, created by the stack or existing."""

    name: DnsLabel
    """Name of the namespace; `default` and `kube-*` are refused."""
    create: StrictBool = True
    """Create it; `false` uses one that exists, and does not change its labels."""

    @model_validator(mode="after")
    def _not_of_the_cluster(self) -> Self:
        if self.name == "default" or self.name.startswith("kube-"):
            raise ConflictError("name", "belongs to the cluster, as default and kube-* do: choose another")
        return self
