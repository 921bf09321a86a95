"""The operator's release: typed resources, or upstream's chart with the same values."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from components.settings.operator import OperatorSettings
from tests.unit.deployment import Deployment
from tests.unit.leaks import leaks
from tests.unit.operator.released import IMAGE, NAMESPACE, TOKEN, URL, released
from tests.unit.pod_security import violations
from tests.unit.pods import Pod, pods

OPERATOR = "Deployment/forail-operator"
CHART = {"source": "oci://registry.example.com/charts/forail-operator", "version": "1.2.3"}
EXISTING = {"secretName": "vault-token", "key": "pat"}


def pod(settings: dict[str, Any] | None = None, **changes: Any) -> Pod:
    """The operator's pod."""
    return pods(released(settings, **changes))[OPERATOR]


def test_the_token_becomes_a_secret_in_its_namespace() -> None:
    deployment = released()
    secret = deployment.one("Secret", "forail-operator-credentials")
    assert secret.inputs["metadata"]["name"] == "forail-operator-credentials"
    assert secret.inputs["metadata"]["namespace"] == NAMESPACE
    assert base64.b64decode(secret.inputs["data"]["token"]).decode() == TOKEN
    assert pods(deployment)[OPERATOR].env["FORAIL_TOKEN"] == "secret:forail-operator-credentials/token"
    assert not leaks(deployment, TOKEN)


def test_an_existing_secret_is_used_and_none_is_made() -> None:
    deployment = released({"existingSecret": EXISTING}, token=None)
    assert not deployment.all("Secret")
    assert pods(deployment)[OPERATOR].env["FORAIL_TOKEN"] == "secret:vault-token/pat"


def test_it_rolls_when_the_token_changes_and_not_otherwise() -> None:
    assert pod(identity="token-1/token").text == pod(identity="token-1/token").text
    # The value cannot be seen: what tells them apart is which Secret holds it.
    assert pod(identity="token-1/token").text == pod(identity="token-1/token", token=f"{TOKEN}other").text
    before, after = pod(identity="token-1/token"), pod(identity="token-2/token")
    assert before.template["metadata"]["annotations"] != after.template["metadata"]["annotations"]
    assert before.spec == after.spec


def test_the_url_reaches_it_with_what_belongs_to_it() -> None:
    env = pod({"url": "https://10.0.0.1:8443", "hostHeader": "forail.lan", "insecureSkipVerify": True}).env
    assert env["FORAIL_URL"] == URL, "the component is told the address; the root decides on it"
    assert (env["FORAIL_HOST_HEADER"], env["FORAIL_INSECURE"]) == ("forail.lan", "true")
    plain = pod().env
    assert plain["FORAIL_INSECURE"] == "false"
    assert "FORAIL_HOST_HEADER" not in plain
    assert "SECRET_NAMESPACES" not in plain


def test_it_is_locked_down() -> None:
    found = pod()
    assert not violations(found, "restricted")
    security = found.container().security
    assert (security["runAsUser"], security["runAsGroup"], security["readOnlyRootFilesystem"]) == (65532, 65532, True)
    assert "volumes" not in found.spec


def test_probes_and_ports_are_those_of_its_flags() -> None:
    container = pod().container().raw
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    flags = dict(flag.removeprefix("--").split("=") for flag in container["args"])
    assert flags["metrics-bind-address"] == f":{ports['metrics']}" == ":8080"
    assert flags["health-probe-bind-address"] == f":{ports['probe']}" == ":8081"
    for kind, path in (("startup", "/readyz"), ("readiness", "/readyz"), ("liveness", "/healthz")):
        assert container[f"{kind}Probe"]["httpGet"] == {"path": path, "port": 8081}


def test_settings_reach_the_pod() -> None:
    amounts = {"requests": {"memory": "99Mi", "cpu": "9m"}, "limits": {"memory": "999Mi", "cpu": "1"}}
    found = pod({"resources": amounts, "nodeSelector": {"pool": "a"}, "extraEnv": {"HTTPS_PROXY": "http://proxy"}})
    assert found.container().raw["resources"] == amounts
    assert found.spec["nodeSelector"] == {"pool": "a"}
    assert found.env["HTTPS_PROXY"] == "http://proxy"
    assert found.spec["imagePullSecrets"] == [{"name": "mirror"}]


def test_it_starts_after_the_definitions() -> None:
    deployment = released()
    assert deployment.depends_on(
        deployment.one("Deployment", "forail-operator"), deployment.one("ConfigMap", "definition")
    )


def chart(settings: dict[str, Any] | None = None, **changes: Any) -> Deployment:
    """What it registers when upstream's chart is asked for."""
    return released({"chart": CHART, **(settings or {})}, **changes)


def values(deployment: Deployment) -> dict[str, Any]:
    """The chart's values."""
    return deployment.one("Release", "forail-operator").inputs["values"]


def test_a_chart_is_one_release_and_nothing_typed() -> None:
    deployment = chart()
    made = {item.label for item in deployment.objects} - {"Namespace/operator", "ConfigMap/definition"}
    assert made == {"Release/forail-operator", "Secret/forail-operator-credentials"}
    release = deployment.one("Release", "forail-operator")
    assert release.inputs["chart"] == CHART["source"]
    assert release.inputs["version"] == CHART["version"]
    assert release.inputs["namespace"] == NAMESPACE
    assert release.inputs["name"] == "forail-operator"
    assert deployment.depends_on(release, deployment.one("ConfigMap", "definition"))


def test_a_charts_repository_goes_with_it() -> None:
    named = {"source": "forail-operator", "repository": "https://charts.example.com", "version": "1.2.3"}
    inputs = chart({"chart": named}).one("Release", "forail-operator").inputs
    assert inputs["repositoryOpts"] == {"repo": "https://charts.example.com"}
    assert inputs["chart"] == "forail-operator"


def test_a_chart_leaves_the_definitions_to_the_stack() -> None:
    deployment = chart()
    assert deployment.one("Release", "forail-operator").inputs["skipCrds"] is True
    assert values(deployment)["crds"] == {"install": False}


def test_a_chart_gets_the_same_values() -> None:
    settings = {"url": "https://10.0.0.1", "hostHeader": "forail.lan", "insecureSkipVerify": True, "replicas": 2}
    found = values(chart(settings, secret_namespaces=("team-a",)))
    typed = released(settings, secret_namespaces=("team-a",))
    container, env = pods(typed)[OPERATOR].container().raw, pods(typed)[OPERATOR].env
    assert f"{found['image']['repository']}:{found['image']['tag']}" == container["image"]
    assert found["image"]["pullPolicy"] == container["imagePullPolicy"]
    assert found["forail"]["url"] == env["FORAIL_URL"]
    assert found["forail"]["hostHeader"] == env["FORAIL_HOST_HEADER"]
    assert found["forail"]["insecureSkipVerify"] is (env["FORAIL_INSECURE"] == "true")
    assert ",".join(found["secretNamespaces"]) == env["SECRET_NAMESPACES"]
    assert found["replicas"] == typed.one("Deployment", "forail-operator").inputs["spec"]["replicas"]
    assert found["leaderElection"] is ("--leader-elect=true" in container["args"])
    assert found["resources"] == container["resources"]
    assert found["imagePullSecrets"] == pods(typed)[OPERATOR].spec["imagePullSecrets"]
    assert {found["metrics"]["port"], found["probe"]["port"]} == {port["containerPort"] for port in container["ports"]}


def test_a_chart_can_take_over_from_typed_resources_and_they_from_it() -> None:
    """What replaces the other is made first, so no name may be the same."""
    typed = {item.object_name for item in released().all("ServiceAccount")}
    assert values(chart())["serviceAccount"]["name"] not in typed


def test_a_charts_token_is_named_and_never_a_value() -> None:
    deployment = chart()
    # The chart's pods roll when the name does, so it follows the token.
    assert re.fullmatch(r"forail-operator-credentials-[0-9a-f]{8}", values(deployment)["forail"]["existingSecret"])
    assert "token" not in values(deployment)["forail"]
    assert not leaks(deployment, TOKEN)
    kept = chart({"existingSecret": {"secretName": "vault-token", "key": "token"}}, token=None)
    assert values(kept)["forail"]["existingSecret"] == "vault-token"
    assert not kept.all("Secret")


@pytest.mark.parametrize("reference", [f"{IMAGE}:2026.07.1", f"{IMAGE}@sha256:{'5' * 64}"], ids=["tag", "digest"])
def test_a_chart_puts_the_image_together_again(reference: str) -> None:
    image = values(chart(reference=reference))["image"]
    assert f"{image['repository']}:{image['tag']}" == reference
    assert "/" not in image["tag"]


def test_its_numbers_are_the_images() -> None:
    """65532 is distroless' nonroot user; 8080 and 8081 are controller-runtime's and the vendor's chart's."""
    container = pod().container()
    assert (container.security["runAsUser"], container.security["runAsGroup"]) == (65532, 65532)
    assert {port["name"]: port["containerPort"] for port in container.raw["ports"]} == {"metrics": 8080, "probe": 8081}
    assert {"--metrics-bind-address=:8080", "--health-probe-bind-address=:8081"} <= set(container.raw["args"])
    asked = {kind: container.raw[f"{kind}Probe"]["httpGet"] for kind in ("startup", "readiness", "liveness")}
    assert asked == {
        "startup": {"path": "/readyz", "port": 8081},
        "readiness": {"path": "/readyz", "port": 8081},
        "liveness": {"path": "/healthz", "port": 8081},
    }


def test_its_amounts_are_those_of_the_vendors_chart() -> None:
    defaults = OperatorSettings().resources
    assert (defaults.requests.memory, defaults.requests.cpu) == ("64Mi", "50m")
    assert (defaults.limits.memory, defaults.limits.cpu) == ("256Mi", "500m")
