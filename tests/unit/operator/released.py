"""The operator's component by itself, without the platform that it talks to."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi_kubernetes.core.v1 import ConfigMap, Namespace
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.kube.container import ImageRef
from components.kube.metadata import Scope
from components.kube.outbound import Outbound
from components.operator.release import Operator, OperatorArgs
from components.settings.operator import OperatorSettings
from tests.unit.deployment import Deployment
from tests.unit.engine import run

NAMESPACE = "automation-operator"
IMAGE = "registry.example.com:5000/team/forail-operator"
TOKEN = "PlantedSecretValue0token"
URL = "http://forail-web.automation.svc.cluster.local:8013"


def released(
    settings: dict[str, Any] | None = None,
    *,
    version: str = "2026.07.1",
    reference: str | None = None,
    secret_namespaces: tuple[str, ...] = (),
    token: str | None = TOKEN,
    identity: str = "token-1/token",
) -> Deployment:
    """What the component registers; `settings` is `operator` of a stack file."""
    given = OperatorSettings.model_validate({"namespace": {"name": NAMESPACE}, **(settings or {})})

    def program() -> None:
        namespace = Namespace("operator", metadata=ObjectMetaArgs(name=NAMESPACE)).metadata.name
        definition = ConfigMap("definition", metadata=ObjectMetaArgs(name="definition", namespace=namespace))
        Operator(
            "forail-operator",
            OperatorArgs(
                scope=Scope(
                    namespace=namespace,
                    application="forail-operator",
                    part_of="forail-platform",
                    labels={"team": "automation"},
                    annotations={"example.com/owner": "automation"},
                    pull_secrets=("mirror",),
                ),
                settings=given,
                image=ImageRef(reference or f"{IMAGE}:{version}", version, "Always"),
                url=URL,
                token=None if token is None else pulumi.Output.secret(token),
                token_identity=identity,
                secret_namespaces=secret_namespaces,
                after=(definition,),
                outbound=Outbound(),
            ),
        )

    return run(program)
