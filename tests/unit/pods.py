"""The pod templates of a deployment, and what their containers see."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.unit.deployment import Deployment, Registered

LONG_RUNNING = frozenset({"Deployment", "StatefulSet"})
MERGES_CAS = "trust"
# Other kinds have keys called `template` and `jobTemplate`, too.
MAKES_PODS = LONG_RUNNING | {"Job", "CronJob"}


@dataclass(frozen=True)
class Container:
    """One container of a pod template."""

    raw: dict[str, Any]

    @property
    def name(self) -> str:
        """Its name."""
        return self.raw["name"]

    @property
    def security(self) -> dict[str, Any]:
        """Its security context."""
        return self.raw.get("securityContext", {})

    @property
    def mounts(self) -> dict[str, dict[str, Any]]:
        """Its mounts, by path."""
        return {mount["mountPath"]: mount for mount in self.raw.get("volumeMounts", [])}

    @property
    def env(self) -> dict[str, str]:
        """Its variables: a text as it is, a secret as `secret:<name>/<key>`, a field as `field:<path>`."""
        return {variable["name"]: _shown(variable) for variable in self.raw.get("env", [])}


def _shown(variable: dict[str, Any]) -> str:
    source = variable.get("valueFrom")
    if source is None:
        return variable.get("value", "")
    if "secretKeyRef" in source:
        return f"secret:{source['secretKeyRef']['name']}/{source['secretKeyRef']['key']}"
    return f"field:{source['fieldRef']['fieldPath']}"


@dataclass(frozen=True)
class Pod:
    """One pod template."""

    owner: Registered
    template: dict[str, Any]

    @property
    def label(self) -> str:
        """Kind and name of what makes the pods."""
        return self.owner.label

    @property
    def spec(self) -> dict[str, Any]:
        """The pod's spec."""
        return self.template["spec"]

    @property
    def labels(self) -> dict[str, str]:
        """The pod's labels."""
        return self.template["metadata"]["labels"]

    @property
    def runs_on(self) -> bool:
        """Whether the containers keep running."""
        return self.owner.kind in LONG_RUNNING

    @cached_property
    def main(self) -> list[Container]:
        """Its containers without those that run before."""
        return [Container(raw) for raw in self.spec["containers"]]

    @cached_property
    def containers(self) -> list[Container]:
        """Every container, those that run before first."""
        return [*(Container(raw) for raw in self.spec.get("initContainers", [])), *self.main]

    def container(self, name: str | None = None) -> Container:
        """The container `name`; without a name the only one beside what merges CAs for it."""
        found = [each for each in self.containers if (each.name != MERGES_CAS if name is None else each.name == name)]
        assert len(found) == 1, f"{self.label} has {[container.name for container in self.containers]}"
        return found[0]

    @property
    def env(self) -> dict[str, str]:
        """The variables of its only container."""
        return self.container().env

    @property
    def text(self) -> str:
        """The whole template; two are equal where no pod would roll."""
        return json.dumps(self.template, sort_keys=True)


def pods(deployment: Deployment) -> dict[str, Pod]:
    """Every pod template, by kind and name of its owner."""
    found: dict[str, Pod] = {}
    for resource in deployment.objects:
        if resource.kind in MAKES_PODS:
            spec = resource.inputs["spec"]
            spec = spec.get("jobTemplate", {}).get("spec", spec)
            found[resource.label] = Pod(resource, spec["template"])
    return found
