"""The platform as one component: what it hands to the operator, and what is left when there is none."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from pydantic import TypeAdapter

from components import Catalog, Credential, InputFrom, Known, Resource, SecretConfig
from components.arguments import ForailArgs
from components.content.apply.content import FleetMember
from components.forail import Forail, internal_url
from components.settings.content import FleetMemberSettings, FleetName
from components.settings.postgres import ExternalPostgres, PostgresTls, TlsMode
from components.settings.registry_credentials import RegistryCredentialsSettings
from components.settings.secrets import ExistingSecret, SecretName, SecretSettings
from components.settings.stack import StackFile
from components.settings.web import WebSettings
from tests.unit.certificates import certificate
from tests.unit.deployment import Deployment
from tests.unit.engine import run
from tests.unit.leaks import leaks
from tests.unit.pods import pods
from tests.unit.providers import PLANTED
from tests.unit.stacks import EVERY, Stack, alone, dev, every

OPERATOR = "Deployment/forail-operator"
GROUPS = re.compile(r"\$forail:(data:Data|application:Application|edge:Edge)\$")
# The whole program, without content.
QUIET = Stack({**dev().config, "content": {}})


def test_the_operator_talks_to_the_platforms_own_service() -> None:
    assert pods(every("dev"))[OPERATOR].env["FORAIL_URL"] == internal_url("forail-web", "forail")
    assert pods(every("elsewhere"))[OPERATOR].env["FORAIL_URL"] == internal_url("forail-web", "apps")
    assert internal_url("forail-web", "apps") == "http://forail-web.apps.svc.cluster.local:8013"
    ports = [port["port"] for port in every("dev").one("Service", "forail-web").inputs["spec"]["ports"]]
    assert 8013 in ports


def test_a_given_address_takes_its_place() -> None:
    assert pods(every("everything"))[OPERATOR].env["FORAIL_URL"] == "https://forail.example.com"


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_operator_starts_once_the_platform_answers(stack: str) -> None:
    deployment = every(stack)
    operator = deployment.one("Deployment", "forail-operator")
    for kind, name in (
        ("Deployment", "forail-web"),
        ("Job", "forail-init"),
        ("Secret", "forail-personal-access-token"),
    ):
        assert deployment.depends_on(operator, deployment.one(kind, name)), name


@pytest.mark.parametrize("stack", ["everything", "elsewhere"])
def test_it_does_so_with_an_address_or_a_token_of_its_own(stack: str) -> None:
    deployment = every(stack)
    assert deployment.depends_on(
        deployment.one("Deployment", "forail-operator"), deployment.one("Deployment", "forail-web")
    )


def test_the_operator_gets_the_token_that_the_init_job_registers() -> None:
    deployment = every("dev")
    (theirs,) = deployment.one("Secret", "forail-operator-credentials").inputs["data"].values()
    (ours,) = deployment.one("Secret", "forail-personal-access-token").inputs["data"].values()
    assert theirs == ours
    assert base64.b64decode(theirs).decode() == deployment.outputs["personalAccessToken"]
    assert deployment.outputs["personalAccessToken"].startswith(PLANTED)


def test_a_rotated_token_rolls_the_operator() -> None:
    before, after = every("dev"), QUIET.deploy(rotation={"personalAccessToken": 2})
    assert pods(before)[OPERATOR].text != pods(after)[OPERATOR].text
    assert _token(before) != _token(after)


def _token(deployment: Deployment) -> str:
    return deployment.one("Secret", "forail-operator-credentials").inputs["data"]["token"]


def test_other_secrets_do_not() -> None:
    """Each has another name once it changed, and the operator's pods know none of them."""
    deployment = every("dev")
    known = {item.name for item in deployment.all("Secret") if item.object_name in pods(deployment)[OPERATOR].text}
    assert known == {"forail-personal-access-token", "forail-operator-credentials"}


def test_namespaces_of_content_and_of_the_stack_file_are_readable() -> None:
    deployment = every("everything")
    told = pods(deployment)[OPERATOR].env["SECRET_NAMESPACES"].split(",")
    roles = {item.inputs["metadata"]["namespace"] for item in deployment.all("Role") if "secrets" in item.object_name}
    assert {*told, "forail-operator"} == roles == {"forail-operator", "team-a", "vault"}


def test_without_an_operator_nothing_of_it_is_left() -> None:
    deployment = alone().deploy()
    traces = ("operator", "forail.forail-platform.io", "forail:content:", "CustomResourceDefinition", "canary")
    assert not [item.urn for item in deployment.resources if any(trace in item.urn for trace in traces)]
    assert len(deployment.all("Namespace")) == 1
    assert deployment.outputs["operatorNamespace"] == ""
    assert not [image for image in deployment.outputs["images"] if "operator" in image]
    assert not [item.label for item in deployment.resources if item.label == "kubernetes/definitions"]


def test_the_platform_is_the_same_with_and_without_an_operator() -> None:
    own = {item.urn: item.inputs for item in alone().deploy().objects if GROUPS.search(item.urn)}
    with_operator = {item.urn: item.inputs for item in every("dev").objects if GROUPS.search(item.urn)}
    assert own
    assert own == with_operator


@pytest.mark.parametrize("stack", list(EVERY))
def test_children_carry_the_name_of_their_parent(stack: str) -> None:
    deployment = every(stack)
    for item in deployment.resources:
        if item.request.parent and item.type != "forail:index:Forail":
            parent = deployment.parent(item)
            if parent.type != "pulumi:pulumi:Stack":
                assert item.name.startswith(parent.name), f"{item.urn} is below {parent.name}"


def test_two_platforms_fit_into_one_program() -> None:
    def program() -> None:
        Forail("east", ForailArgs(stack=platform("east")))
        Forail("west", ForailArgs(stack=platform("west")))

    deployment = run(program)
    for name in ("east", "west"):
        own = {item.label.replace(name, "forail") for item in deployment.objects if item.name.startswith(name)}
        assert own == {item.label for item in every("alone").objects}
        assert {
            item.inputs["metadata"].get("namespace", name) for item in deployment.objects if item.name.startswith(name)
        } == {name}


# What adds objects to a platform for a while, or on a schedule.
MODES: Mapping[str, Any] = {
    "rotation": {"forailSecretKey": 3, "postgresSuperuserPassword": 2, "redisPassword": 2, "tlsCa": 2},
    "forail": {"tokens": [{"name": "ci", "user": "ci"}, {"name": "ci-2", "user": "ci", "epoch": 2}]},
    "restore": {"from": "newest", "confirm": "dev"},
    "backups": {"drill": {}},
    "verify": {"enabled": True},
    "upgrade": {"backup": "always"},
}


def test_two_platforms_in_every_mode_fit_into_one_program_and_keep_their_secrets() -> None:
    def program() -> None:
        for name in ("east", "west"):
            given = {**platform(name).model_dump(by_alias=True, exclude_unset=True), **MODES}
            Forail(name, ForailArgs(stack=StackFile.model_validate(given), stack_name="dev"))

    deployment = run(program)
    east, west = (
        [item.label for item in deployment.objects if item.name.startswith(name)] for name in ("east", "west")
    )
    assert [label.replace("east", "west") for label in east] == west
    assert {"Secret/east-secret-key-3", "Secret/east-tokens", "Job/east-restore", "Job/east-verify"} < set(east)
    assert not leaks(deployment, PLANTED)


def platform(namespace: str) -> StackFile:
    """A platform without an operator, in its own namespace."""
    return StackFile.model_validate(
        {
            "namespace": {"name": namespace},
            "operator": {"enabled": False},
            "projects": {"storage": {"accessMode": "ReadWriteOnce"}},
            "upgrade": {"backup": "never"},
        }
    )


@pytest.mark.parametrize("name", ["Forail", "a_b", "-a", "a-", "x" * 24])
def test_a_name_that_kubernetes_would_refuse_is_refused(name: str) -> None:
    with pytest.raises(pulumi.RunError, match="lower-case letters"):
        run(lambda: Forail(name, ForailArgs(stack=platform("here"))))


def test_a_name_that_another_forails_canary_has_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match="ends in '-canary'"):
        run(lambda: Forail("east-canary", ForailArgs(stack=platform("here"))))


LONGEST = "x" * 23
# What the provider appends to a name that it chooses: '-' and 8 digits.
APPENDED = 9


def test_the_longest_name_leaves_room_for_what_is_named_after_it() -> None:
    member, sections = "a" * 208, {**MODES, "task": {"replicas": 2}, "assistant": {"enabled": True}}
    assert TypeAdapter(FleetName).validate_python(member)

    def program() -> None:
        fleet = {member: FleetMember("https://branch.example.com", pulumi.Output.secret("t"))}
        args = ForailArgs(stack=StackFile.model_validate(sections), fleet=fleet, stack_name="dev")
        Forail(LONGEST, args)

    deployment = run(program)
    chosen = {item.name: item for item in deployment.objects if "name" not in item.inputs["metadata"]}
    lengths = sorted(len(name) + APPENDED for name in chosen)
    assert lengths[-2:] == [62, 253], "the superuser's password in a later epoch, and the member's token"
    volumes = [volume["name"] for found in pods(deployment).values() for volume in found.spec.get("volumes", [])]
    assert max(map(len, volumes)) <= 63
    assert any(name.startswith(LONGEST) for name in volumes)


EXTERNAL = ExternalPostgres(mode="external", host="db.example.com", tls=PostgresTls(mode=TlsMode.REQUIRE))
PULLING = RegistryCredentialsSettings(server="registry.example.com", username="robot")
TOKEN = ExistingSecret(secret_name="kept", key="token")
LOGIN = Credential(
    organization="ops",
    credential_type="Machine",
    inputs_from=(InputFrom(name="password", value_from=SecretConfig(secret_config="login")),),
)
PEM = certificate("forail.lan")[0]
MEMBER = FleetMemberSettings(stack="organization/forail/branch")


@pytest.mark.parametrize(
    ("sections", "given", "said"),
    [
        ({"postgres": EXTERNAL}, {}, "postgres: is external and has no password"),
        ({"exposure": {"tls": {"mode": "provided", "certificate": PEM}}}, {}, "exposure.tls: is provided and"),
        ({"registry_credentials": PULLING}, {}, "registryCredentials: has no password"),
        ({"secrets": {"personal_access_token": TOKEN}}, {}, "operator.existingSecret: is missing"),
        ({"web": WebSettings(extra_env={"MOTTO": "a\0b"})}, {}, "web.extraEnv.MOTTO: holds a NUL character"),
        ({}, {SecretName.REGISTRY_PASSWORD: "unused"}, "registryPassword: has no effect"),
        ({"content": {"resources": ({"kind": "Team"},)}}, {}, "content: is declared and was not read"),
        ({"content": {"files": ("content/*.yaml",)}}, {}, "content: is declared and was not read"),
        ({"content": {"fleet": {"branch": MEMBER}}}, {}, "content.fleet.branch: is declared and has no address"),
    ],
    ids=lambda value: value.partition(":")[0] if isinstance(value, str) else "",
)
def test_what_a_stack_file_is_refused_for_is_refused_in_python_too(
    sections: Mapping[str, Any], given: Mapping[SecretName, str], said: str
) -> None:
    def program() -> None:
        secrets = SecretSettings({name: pulumi.Output.secret(value) for name, value in given.items()})
        Forail("here", ForailArgs(stack=StackFile(**sections), secrets=secrets))

    with pytest.raises(pulumi.RunError, match=re.escape(said)):
        run(program)


def test_content_made_in_python_needs_the_secrets_that_it_reads() -> None:
    known = Known.seeded() | Known(organizations=frozenset({"ops"}))
    catalog = Catalog.of([Resource("login", LOGIN)], known, "forail-operator")

    def program() -> None:
        Forail("here", ForailArgs(stack=StackFile(), catalog=catalog))

    with pytest.raises(pulumi.RunError, match=r"contentSecrets\.login: is read by the content and has no value"):
        run(program)
