"""The engine that the other tests stand on: it must notice what the real one refuses, and what leaks."""

from __future__ import annotations

import base64

import pulumi
import pytest
from pulumi_kubernetes.core.v1 import ConfigMap, Secret, Service
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_random import RandomPassword

from tests.unit.engine import Program, run
from tests.unit.leaks import leaks
from tests.unit.providers import PLANTED
from tests.unit.values import UNKNOWN


class Group(pulumi.ComponentResource):
    """A component that holds one ConfigMap, or another group."""

    def __init__(self, name: str, inner: str | None = None, parent: pulumi.Resource | None = None) -> None:
        super().__init__("forail:test:Group", name, None, pulumi.ResourceOptions(parent=parent))
        self.child = (
            Group(inner, parent=self) if inner else ConfigMap("files", opts=pulumi.ResourceOptions(parent=self))
        )
        self.register_outputs({})


def same_name_twice() -> None:
    ConfigMap("files", data={"a": "1"})
    ConfigMap("files", data={"a": "2"})


def service_without_a_name() -> None:
    Service("web")


def failing_apply() -> None:
    pulumi.Output.from_input("text").apply(lambda text: 1 // len(text.removeprefix("text")))


def pasted_output() -> None:
    ConfigMap("files", data={"a": f"{pulumi.Output.from_input('text')}"})


def read_from_the_cluster() -> None:
    ConfigMap.get("there", "default/there")


@pytest.mark.parametrize(
    ("program", "message"),
    [
        pytest.param(same_name_twice, "two resources have the URN", id="one URN for two resources"),
        pytest.param(service_without_a_name, "no name of its own", id="an address that changes"),
        pytest.param(failing_apply, "division", id="a failure inside apply"),
        pytest.param(pasted_output, "__str__ on an Output", id="an output pasted into a text"),
        pytest.param(read_from_the_cluster, "may only create", id="a read"),
    ],
)
def test_a_faulty_program_fails(program: Program, message: str) -> None:
    with pytest.raises(Exception, match=message):
        run(program)


def test_urns_name_every_parent() -> None:
    found = run(lambda: Group("outer", "inner")).one("ConfigMap", "files")
    assert (
        found.urn == "urn:pulumi:dev::forail::forail:test:Group$forail:test:Group$kubernetes:core/v1:ConfigMap::files"
    )


def test_runs_do_not_see_each_other() -> None:
    first = run(lambda: pulumi.export("only", "here"))
    second = run(lambda: ConfigMap("files"))
    assert first.outputs == {"only": "here"}
    assert second.outputs == {}
    assert not first.objects


def test_names_follow_content_and_nothing_else() -> None:
    def named(label: str, text: str) -> str:
        return (
            run(lambda: ConfigMap("files", metadata=ObjectMetaArgs(labels={"a": label}), data={"a": text}))
            .one("ConfigMap", "files")
            .object_name
        )

    assert named("one", "text") == named("two", "text")
    assert named("one", "text") != named("one", "other")


def test_marks_and_the_graph_survive() -> None:
    def program() -> None:
        password = RandomPassword("password", length=20)
        secret = Secret("secret", data={"value": password.result})
        service = Service("service", metadata=ObjectMetaArgs(name="service", labels={"made": secret.metadata.name}))
        ConfigMap("files", opts=pulumi.ResourceOptions(depends_on=[service], protect=True))
        pulumi.export("password", password.result)
        pulumi.export("name", service.metadata.name)

    found = run(program)
    secret, service, files = (
        found.one("Secret", "secret"),
        found.one("Service", "service"),
        found.one("ConfigMap", "files"),
    )
    assert secret.is_secret("data.value")
    assert not service.is_secret("metadata.labels.made")
    assert found.depends_on(files, found.one("RandomPassword", "password"))
    assert not found.depends_on(secret, service)
    assert files.request.protect
    assert found.secret_outputs == {"password"}
    assert found.outputs["password"].startswith(PLANTED)


def test_a_preview_knows_names_and_no_generated_value() -> None:
    def program() -> None:
        password = RandomPassword("password", length=20)
        name = Secret("secret", data={"value": password.result}).metadata.name
        pulumi.export("name", name)
        pulumi.export("password", password.result)

    outputs = run(program, preview=True).outputs
    assert outputs["name"].startswith("secret-")
    assert outputs["password"] == UNKNOWN


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


SECRET = f"{PLANTED}abcdef"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        pytest.param({"a": SECRET}, True, id="as it is"),
        pytest.param({"a": f"--password={SECRET} --verbose"}, True, id="inside a text"),
        pytest.param({SECRET: "a"}, True, id="as a key"),
        *(pytest.param({"a": _encoded(f"{'x' * pad}{SECRET}y")}, True, id=f"base64 after {pad}") for pad in range(4)),
        pytest.param({"a": _encoded(_encoded(SECRET))}, True, id="base64 twice"),
        pytest.param({"a": "an ordinary text"}, False, id="absent"),
    ],
)
def test_a_search_finds_every_escaped_secret(data: dict[str, str], found: bool) -> None:
    assert bool(leaks(run(lambda: ConfigMap("files", data=data)), PLANTED)) is found


def test_a_search_passes_over_what_is_encrypted() -> None:
    hidden = run(lambda: ConfigMap("files", data={"a": pulumi.Output.secret(SECRET)}))
    assert hidden.one("ConfigMap", "files").inputs["data"] == {"a": SECRET}
    assert not leaks(hidden, PLANTED)


def test_a_search_looks_at_stack_outputs_and_messages() -> None:
    def program() -> None:
        pulumi.export("open", f"{PLANTED}x")
        pulumi.log.warn(f"{PLANTED}y")

    assert {where.partition(" ")[0] for where in leaks(run(program), PLANTED)} == {"output", "message"}
