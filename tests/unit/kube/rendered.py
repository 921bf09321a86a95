"""What arguments become on the wire."""

from __future__ import annotations

from typing import Any

from pulumi_kubernetes.apps.v1 import Deployment, DeploymentSpecArgs
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

from components.kube.metadata import Scope
from components.kube.pod import Pod
from tests.unit.engine import run

SCOPE = Scope(namespace="here", application="forail", part_of="forail-platform")


def pod_template(pod: Pod, scope: Scope = SCOPE) -> dict[str, Any]:
    """The pod template as the engine sees it."""

    def program() -> None:
        selector = LabelSelectorArgs(match_labels=scope.selector(pod.component))
        Deployment(
            "it",
            metadata=ObjectMetaArgs(name="it"),
            spec=DeploymentSpecArgs(selector=selector, template=pod.template(scope)),
        )

    return run(program).one("Deployment", "it").inputs["spec"]["template"]
