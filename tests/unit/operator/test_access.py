"""What the operator may do: exactly what its version needs, for its Secret cache covers exactly what it may read."""

from __future__ import annotations

import pytest

from components.api.kinds import GROUP, Kind
from components.operator.access import reads_secrets_cluster_wide
from tests.unit.deployment import Deployment
from tests.unit.operator.released import NAMESPACE, released
from tests.unit.pods import pods

SECRETS = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list", "watch"]}
DIGEST = f"sha256:{'5' * 64}"


@pytest.mark.parametrize(
    ("version", "cluster_wide"),
    [
        ("2026.06.0", True),
        ("2026.06.1", True),
        ("v2026.06.1", True),
        ("2026.6.1", True),
        ("2026.06", True),
        ("2026.06.1-rc1", True),
        ("2025.12.9", True),
        ("2026.07.0", False),
        ("2026.07.1", False),
        ("2026.7.0", False),
        ("2026.10.0", False),
        ("2027.01.0", False),
        ("2026.07.0-rc1", False),
        (DIGEST, False),
        ("main", False),
        ("sha-2026abc", False),
        ("20260601", False),
    ],
)
def test_versions_before_2026_07_read_every_secret(version: str, cluster_wide: bool) -> None:
    assert reads_secrets_cluster_wide(version) is cluster_wide


def cluster_rules(deployment: Deployment) -> list[dict[str, list[str]]]:
    """The rules of the ClusterRole."""
    (role,) = deployment.all("ClusterRole")
    return role.inputs["rules"]


def readable(deployment: Deployment) -> set[str]:
    """Namespaces whose Secrets the operator may read."""
    bindings = {item.inputs["metadata"]["namespace"]: item for item in deployment.all("RoleBinding")}
    roles = {item.inputs["metadata"]["namespace"]: item for item in deployment.all("Role")}
    assert set(bindings) == set(roles)
    for namespace, role in roles.items():
        assert role.inputs["rules"] == [SECRETS]
        binding = bindings[namespace].inputs
        assert binding["roleRef"] == {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "Role",
            "name": role.inputs["metadata"]["name"],
        }
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "forail-operator", "namespace": NAMESPACE}]
    return set(roles)


def cached(deployment: Deployment) -> set[str]:
    """Namespaces that the operator's Secret cache covers: its own and those it is told."""
    env = pods(deployment)["Deployment/forail-operator"].env
    assert env["POD_NAMESPACE"] == "field:metadata.namespace"
    return {NAMESPACE, *filter(None, env.get("SECRET_NAMESPACES", "").split(","))}


@pytest.mark.parametrize("namespaces", [(), ("team-a",), ("team-a", "vault")], ids=len)
@pytest.mark.parametrize("version", ["2026.07.0", "2026.07.1", DIGEST])
def test_it_reads_the_secrets_of_its_cache_and_no_others(version: str, namespaces: tuple[str, ...]) -> None:
    deployment = released(version=version, secret_namespaces=namespaces)
    assert readable(deployment) == cached(deployment) == {NAMESPACE, *namespaces}
    assert SECRETS not in cluster_rules(deployment)


@pytest.mark.parametrize("version", ["2026.06.0", "2026.06.1"])
def test_older_ones_read_every_secret_or_exit(version: str) -> None:
    deployment = released(version=version, secret_namespaces=("team-a",))
    assert SECRETS in cluster_rules(deployment)
    assert not deployment.all("Role") + deployment.all("RoleBinding")


@pytest.mark.parametrize("version", ["2026.06.1", "2026.07.1"])
def test_custom_resources_are_watched_and_written_back(version: str) -> None:
    plurals = [kind.plural for kind in Kind]
    found = {tuple(rule["resources"]): rule["verbs"] for rule in cluster_rules(released(version=version))}
    assert len(plurals) == 9
    assert {"get", "list", "watch", "update"} == set(found[tuple(plurals)])
    assert found[tuple(f"{plural}/status" for plural in plurals)] == ["update"]
    assert found[tuple(f"{plural}/finalizers" for plural in plurals)] == ["update"]
    groups = {rule["apiGroups"][0] for rule in cluster_rules(released(version=version))}
    assert groups <= {GROUP, ""}
    assert "*" not in str(found)


def test_the_account_holds_the_cluster_role_and_has_no_token_of_its_own() -> None:
    deployment = released()
    binding = deployment.one("ClusterRoleBinding", "forail-operator").inputs
    assert binding["roleRef"]["name"] == deployment.all("ClusterRole")[0].inputs["metadata"]["name"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "forail-operator", "namespace": NAMESPACE}]
    assert deployment.one("ServiceAccount", "forail-operator").inputs["automountServiceAccountToken"] is False
    pod = pods(deployment)["Deployment/forail-operator"].spec
    assert (pod["serviceAccountName"], pod["automountServiceAccountToken"]) == ("forail-operator", True)


@pytest.mark.parametrize(("replicas", "elect"), [(1, False), (2, True)])
def test_several_elect_a_leader_and_one_does_not(replicas: int, elect: bool) -> None:
    deployment = released({"replicas": replicas})
    roles = {item.name: item.inputs for item in deployment.all("Role") if "leader-election" in item.name}
    assert (list(roles) == [f"forail-operator-leader-election-{NAMESPACE}"]) is elect
    for role in roles.values():
        assert role["metadata"]["namespace"] == NAMESPACE
        assert {resource for rule in role["rules"] for resource in rule["resources"]} == {"leases", "events"}
    # Every controller of the cluster keeps a lease somewhere.
    assert not {"leases", "events"} & {name for rule in cluster_rules(deployment) for name in rule["resources"]}
    container = pods(deployment)["Deployment/forail-operator"].container().raw
    assert ("--leader-elect=true" in container["args"]) is elect
    assert deployment.one("Deployment", "forail-operator").inputs["spec"]["replicas"] == replicas


def test_pods_wait_for_every_right() -> None:
    deployment = released({"replicas": 2}, secret_namespaces=("team-a",))
    workload = deployment.one("Deployment", "forail-operator")
    rights = [
        item for kind in ("ClusterRoleBinding", "RoleBinding", "Role", "ClusterRole") for item in deployment.all(kind)
    ]
    assert len(rights) == 8
    assert not [item.label for item in rights if not deployment.depends_on(workload, item)]
