"""Several Forails behind one operator."""

import pytest

from components.api.kinds import Kind
from rehearsal.kubernetes.objects import KubeObject, at, condition
from tests.rehearsal.operator.objects import Content
from tests.rehearsal.operator.scene import TOKEN, Core, Scene
from tests.rehearsal.rehearsed import eventually

OTHER = "c" * 40


def instance(url: str, name: str = "token") -> KubeObject:
    return {"url": url, "tokenSecretRef": {"name": name, "key": "token"}}


@pytest.fixture
def second(scene: Scene) -> Core:
    core = Core(scene.objects, scene.objects.namespace("second"))
    core.install(OTHER)
    return core


def test_a_routed_resource_goes_to_its_instance(content: Content, second: Core) -> None:
    content.secret("token", token=OTHER)
    content.apply(Kind.FORAIL_INSTANCE, "second", instance(second.url))
    healthy = content.synced(Kind.FORAIL_INSTANCE, "second")
    assert at(healthy, "status", "serverVersion") == "2026.07.1"
    content.apply(Kind.ORGANIZATION, "there", {"forailInstance": "second"})
    content.synced(Kind.ORGANIZATION, "there")

    content.apply(Kind.PROJECT, "here", {"organization": "there", "scmUrl": "https://git.test/site.git"})
    content.apply(
        Kind.PROJECT,
        "there",
        {"organization": "there", "scmUrl": "https://git.test/site.git", "forailInstance": "second"},
    )

    content.synced(Kind.PROJECT, "there")
    content.failed(Kind.PROJECT, "here", 'organization "there" not found in Forail')


def test_a_healthy_instance_may_have_a_wrong_token(content: Content, second: Core) -> None:
    content.secret("token", token=TOKEN)
    content.apply(Kind.FORAIL_INSTANCE, "second", instance(second.url))
    content.apply(Kind.ORGANIZATION, "there", {"forailInstance": "second"})
    content.failed(Kind.ORGANIZATION, "there", ": 401: ")
    assert (condition(content.synced(Kind.FORAIL_INSTANCE, "second"), "Ready") or {})["reason"] == "Healthy"

    content.secret("token", token=OTHER)

    content.synced(Kind.ORGANIZATION, "there")


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://forail.invalid", "lookup forail.invalid: no such host"),
        ("https://forail-eu.example", "lookup forail-eu.example: no such host"),
        ("http://forail-web.nowhere.svc:8013", "no such host"),
        ("ftp://forail.test", 'unsupported protocol scheme "ftp"'),
    ],
)
def test_an_instance_that_does_not_answer(content: Content, url: str, text: str) -> None:
    content.secret("token", token=OTHER)
    content.apply(Kind.FORAIL_INSTANCE, "far", instance(url))
    content.apply(Kind.PROJECT, "far", {"organization": "Default", "forailInstance": "far"})

    failed = content.failed(Kind.FORAIL_INSTANCE, "far", text)
    routed = content.failed(Kind.PROJECT, "far", text)

    assert (condition(failed, "Ready") or {})["reason"] == "Unreachable"
    assert "reachable" not in failed["status"]
    assert (condition(routed, "Synced") or {})["reason"] == "ResolveError"


def test_a_wrong_port_and_a_core_without_pods_do_not_answer(content: Content, second: Core) -> None:
    content.secret("token", token=OTHER)
    content.apply(Kind.FORAIL_INSTANCE, "port", instance(second.url.replace("8013", "80")))
    content.failed(Kind.FORAIL_INSTANCE, "port", "i/o timeout")
    content.apply(Kind.FORAIL_INSTANCE, "down", instance(second.url))
    content.synced(Kind.FORAIL_INSTANCE, "down")

    second.objects.delete(f"/apis/apps/v1/namespaces/{second.namespace}/deployments/forail-web")

    content.failed(Kind.FORAIL_INSTANCE, "down", "connection refused")


def test_an_instance_without_its_secret_cannot_be_resolved(content: Content) -> None:
    content.apply(Kind.FORAIL_INSTANCE, "bare", instance("https://forail.outside.test", "absent"))
    failed = content.failed(Kind.FORAIL_INSTANCE, "bare", 'Secret "absent" not found')
    assert (condition(failed, "Ready") or {})["reason"] == "Resolve"

    content.secret("absent", other="x")
    content.failed(Kind.FORAIL_INSTANCE, "bare", 'token key "token" not present')
    content.secret("absent", token="x")

    content.synced(Kind.FORAIL_INSTANCE, "bare")


def test_a_routed_resource_cannot_be_deleted_after_its_instance(scene: Scene, content: Content, second: Core) -> None:
    content.secret("token", token=OTHER)
    content.apply(Kind.FORAIL_INSTANCE, "second", instance(second.url))
    content.apply(Kind.ORGANIZATION, "there", {"forailInstance": "second"})
    content.synced(Kind.ORGANIZATION, "there")
    content.delete(Kind.FORAIL_INSTANCE, "second")
    content.gone(Kind.FORAIL_INSTANCE, "second")

    content.delete(Kind.ORGANIZATION, "there")

    said = 'ForailInstance "second" not found'
    eventually("a refused deletion", lambda: said in scene.stand_in.log.read_text())
    assert at(content.get(Kind.ORGANIZATION, "there"), "metadata", "finalizers")
    content.apply(Kind.FORAIL_INSTANCE, "second", instance(second.url))
    content.gone(Kind.ORGANIZATION, "there")


def test_the_host_of_an_ingress_leads_to_the_core_behind_it(content: Content, second: Core) -> None:
    meta = {"name": "forail", "namespace": second.namespace}
    backend = {"service": {"name": "forail-web", "port": {"number": 8013}}}
    rule = {"host": "forail.lan", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    second.objects.apply(
        {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta, "spec": {"rules": [rule]}}
    )
    content.secret("token", token=TOKEN)
    content.apply(Kind.FORAIL_INSTANCE, "second", instance("https://forail.lan"))
    content.apply(Kind.ORGANIZATION, "there", {"forailInstance": "second"})
    content.failed(Kind.ORGANIZATION, "there", ": 401: ")

    content.secret("token", token=OTHER)

    content.synced(Kind.ORGANIZATION, "there")
