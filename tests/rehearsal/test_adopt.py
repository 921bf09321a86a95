"""A Helm release's data becomes a stack's: nothing that holds data is replaced or deleted, at first or later."""

from collections.abc import Generator, Mapping

import pytest

from components.helm import release as commands
from tests.rehearsal.chart_release import DATABASE_CLAIM, REDIS_CLAIM, SECRET, Release
from tests.rehearsal.dev_stack import CHECKOUT
from tests.rehearsal.refused import refused
from tests.rehearsal.rehearsed import Cluster, Rehearse, Rehearsed, eventually

# Another name than the chart's own, so that no label is right by chance.
RELEASE = Release("tower", "taken-over")
CORE = f"/api/v1/namespaces/{RELEASE.namespace}"
HOLD_DATA = (
    f"{CORE}/persistentvolumeclaims/{DATABASE_CLAIM}",
    f"{CORE}/persistentvolumeclaims/{REDIS_CLAIM}",
    f"{CORE}/secrets/{SECRET}",
)
"""What the release has that must not be lost."""
GROUPS = {
    "ingress": "apis/networking.k8s.io/v1/ingresses",
    "service": "api/v1/services",
    "deployment": "apis/apps/v1/deployments",
    "statefulset": "apis/apps/v1/statefulsets",
    "job": "apis/batch/v1/jobs",
    "configmap": "api/v1/configmaps",
    "networkpolicy": "apis/networking.k8s.io/v1/networkpolicies",
    "rolebinding": "apis/rbac.authorization.k8s.io/v1/rolebindings",
    "role": "apis/rbac.authorization.k8s.io/v1/roles",
    "serviceaccount": "api/v1/serviceaccounts",
}
"""Where the API keeps each kind that the command names."""


def held(cluster: Cluster) -> dict[str, object]:
    """Uid and content of everything that holds the release's data."""
    found = {path: cluster.api.get(path) or {} for path in HOLD_DATA}
    return {path: (item["metadata"]["uid"], item.get("data"), item.get("spec")) for path, item in found.items()}


def of_helm(cluster: Cluster) -> list[str]:
    """The paths of what Helm's release still has, of the kinds that are to be removed."""
    found: list[str] = []
    for kind in commands.STATELESS:
        prefix, _, plural = GROUPS[kind].rpartition("/")
        path = f"/{prefix}/namespaces/{RELEASE.namespace}/{plural}"
        items = cluster.api.items(f"{path}?labelSelector={commands.selector(RELEASE.name)}")
        found += [f"{path}/{item['metadata']['name']}" for item in items]
    return found


def specs(cluster: Cluster) -> dict[str, object]:
    """Uid and generation, which a change of its spec raises, of each of these."""
    found = {path: (cluster.api.get(path) or {})["metadata"] for path in of_helm(cluster)}
    return {path: (item["uid"], item.get("generation")) for path, item in found.items()}


def end(cluster: Cluster) -> None:
    """What the command of `commands.end` does."""
    for path in of_helm(cluster):
        cluster.api.request("DELETE", path, params={"propagationPolicy": "Background"})
    eventually("the release's pods have ended", lambda: not cluster.api.items(f"{CORE}/pods"))


@pytest.fixture(scope="module")
def release(control_plane: Cluster) -> Generator[None]:
    """A release that runs; the last test ends it."""
    api = control_plane.api
    api.create("/api/v1/namespaces", {"metadata": {"name": RELEASE.namespace}})
    for path, item in RELEASE.objects():
        api.create(f"{path}?fieldManager=helm", item)
    database = f"/apis/apps/v1/namespaces/{RELEASE.namespace}/statefulsets/forail-postgres"
    eventually("the release's database is ready", lambda: (api.get(database) or {})["status"].get("readyReplicas"))
    yield
    api.delete(f"/api/v1/namespaces/{RELEASE.namespace}")


def taking_over(rehearse: Rehearse, adopt: Mapping[str, str], namespace: str) -> Rehearsed:
    """A stack that takes over a release."""
    config: Mapping[str, object] = {
        "adopt": adopt,
        "namespace": {"name": namespace},
        "operator": {"enabled": False},
        "content": {"files": []},
    }
    return rehearse(CHECKOUT, config_overrides=config, strict=True)


@pytest.mark.usefixtures("release")
def test_what_is_not_the_releases_is_refused_by_the_preview(rehearse: Rehearse) -> None:
    other = taking_over(rehearse, {"release": "forail"}, RELEASE.namespace)
    assert f"The claim {DATABASE_CLAIM} is not of the Helm release forail" in refused(other, "preview")
    nowhere = taking_over(rehearse, {"release": RELEASE.name}, "elsewhere")
    assert f"resource 'elsewhere/{DATABASE_CLAIM}' does not exist" in refused(nowhere, "preview")


@pytest.mark.usefixtures("release")
def test_while_the_release_runs_a_preview_is_told_and_an_up_changes_nothing_of_it(
    rehearse: Rehearse, control_plane: Cluster
) -> None:
    stack = taking_over(rehearse, {"release": RELEASE.name}, RELEASE.namespace)
    data, objects = held(control_plane), specs(control_plane)
    assert set(stack.preview()) == {"create"}
    assert "already exists" in refused(stack, "up")
    assert (held(control_plane), specs(control_plane)) == (data, objects)


@pytest.mark.usefixtures("release")
def test_a_release_is_taken_over_with_its_data(rehearse: Rehearse, control_plane: Cluster) -> None:
    stack = taking_over(rehearse, {"release": RELEASE.name}, RELEASE.namespace)
    data = held(control_plane)
    assert len(of_helm(control_plane)) > 20
    end(control_plane)
    assert held(control_plane) == data
    assert set(stack.preview()) == {"create"}
    stack.up()
    assert held(control_plane) == data
    database = control_plane.api.get(f"{CORE}/pods/forail-postgres-0") or {}
    mounted = [volume.get("persistentVolumeClaim", {}).get("claimName") for volume in database["spec"]["volumes"]]
    assert DATABASE_CLAIM in mounted
    claims = {item["metadata"]["name"] for item in control_plane.api.items(f"{CORE}/persistentvolumeclaims")}
    assert "forail-postgres" not in claims
    stack.up(expect_no_changes=True)
    stack.refresh(expect_no_changes=True)
    stack.destroy(protected=True)
    assert held(control_plane) == data
