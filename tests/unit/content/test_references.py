"""Names that mean nothing, two things, or something in another Forail are refused."""

from __future__ import annotations

import pytest

from components import Known
from components.api.kinds import ADOPT, Kind
from tests.unit.content.builders import (
    credential,
    instance,
    inventory,
    node,
    organization,
    project,
    schedule,
    template,
    workflow,
)
from tests.unit.content.manifests import KNOWN, load, manifest, problems

# What is declared; how the one problem begins; what it says.
ROWS: list[tuple[str, list[object], str, str]] = [
    # Names
    ("no such organization", [inventory(organization="Defualt")], "test.yaml#1: spec.organization: ", "'Default'?"),
    ("empty organization", [inventory(organization="")], "test.yaml#1: spec.organization: ", "is empty"),
    ("no such project", [template(project="p")], "test.yaml#1: spec.project: ", "nothing declares"),
    ("no such inventory", [template(inventory="i")], "test.yaml#1: spec.inventory: ", "nothing declares"),
    ("no such credential", [template(credentials=["Demo Credential", "c"])], "test.yaml#1: spec.credentials[1]", "'c'"),
    ("no such template", [schedule(jobTemplate="hello-world")], "test.yaml#1: spec.jobTemplate: ", "'hello-world'"),
    (
        "no such template of a node",
        [workflow(node("a", unifiedJobTemplate="Bake AMI"))],
        "test.yaml#1: spec.nodes[0].unifiedJobTemplate: ",
        "nothing declares",
    ),
    (
        "a workflow as a job template",
        [workflow(called="inner"), workflow(node("a", unifiedJobTemplate="inner"))],
        "test.yaml#2: spec.nodes[0].unifiedJobTemplate: ",
        "correct unifiedJobTemplateKind",
    ),
    (
        "a scheduled workflow",
        [workflow(), schedule(jobTemplate="release")],
        "test.yaml#2: spec.jobTemplate: ",
        "only job templates can be scheduled",
    ),
    (
        "no such credential for a project",
        [project(scmCredential="c")],
        "test.yaml#1: spec.scmCredential: ",
        "nothing declares",
    ),
    (
        "no such user",
        [manifest(Kind.TEAM, {"organization": "Default", "users": ["admin", "maria"]}, "t")],
        "test.yaml#1: spec.users[1]: ",
        "list it under users",
    ),
    ("no such environment", [organization(defaultEnvironment="EE")], "test.yaml#1: spec.defaultEnv", "under execution"),
    ("no such type", [credential(credentialType="machine")], "test.yaml#1: spec.credentialType: ", "'Machine'?"),
    ("no such instance", [organization(forailInstance="b")], "test.yaml#1: spec.forailInstance: ", "nothing declares"),
    (
        "an instance in another namespace",
        [
            manifest(Kind.FORAIL_INSTANCE, instance()["spec"], "branch", namespace="other"),
            organization(forailInstance="branch"),
        ],
        "test.yaml#2: spec.forailInstance: ",
        "which is in namespace other",
    ),
    (
        "a project in another Forail",
        [
            instance(),
            project(forailInstance="branch"),
            template(project="p"),
        ],
        "test.yaml#3: spec.project: ",
        "puts into ForailInstance 'branch'",
    ),
    (
        "an organization in the own Forail",
        [instance(), organization(), manifest(Kind.TEAM, {"organization": "ops", "forailInstance": "branch"}, "t")],
        "test.yaml#3: spec.organization: ",
        "declare one with the same forailInstance",
    ),
    (
        "a template in the own Forail",
        [
            instance(),
            template(),
            workflow(node("a", unifiedJobTemplate="deploy"), forailInstance="branch"),
        ],
        "test.yaml#3: spec.nodes[0].unifiedJobTemplate: ",
        "a JobTemplate cannot be routed",
    ),
    ("the same object twice", [organization(), organization()], "test.yaml#2: metadata.name: ", "of test.yaml#1"),
    (
        "one name in Forail",
        [organization(), organization("other", name="ops")],
        "test.yaml#2: spec.name: ",
        "both would fight for one",
    ),
    (
        "one name in two organizations",
        [
            organization(),
            inventory(),
            manifest(Kind.INVENTORY, {"organization": "ops", "name": "hosts"}, "of-ops"),
        ],
        "test.yaml#3: spec.name: ",
        "over all organizations",
    ),
    (
        "one name in one Forail under two names",
        [
            instance("one"),
            instance("two"),
            organization(forailInstance="one"),
            organization("other", name="ops", forailInstance="two"),
        ],
        "test.yaml#4: spec.name: ",
        "test.yaml#3 has it",
    ),
    ("adoption", [organization("mine", name="Default")], "test.yaml#1: spec.name: ", "forail-platform.io/adopt"),
    (
        "adoption half said",
        [manifest(Kind.ORGANIZATION, {"name": "x"}, "x", annotations={ADOPT: "yes"})],
        'test.yaml#1: metadata.annotations["forail-platform.io/adopt"]: ',
        'must be "true"',
    ),
]


@pytest.mark.parametrize(("manifests", "start", "words"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_mistake_is_refused_where_it_stands(manifests: list[object], start: str, words: str) -> None:
    found = problems(manifests)

    assert len(found) == 1, found
    assert found[0].startswith(start)
    assert words in found[0]


def test_adoption_is_accepted_when_said() -> None:
    default = manifest(Kind.ORGANIZATION, {"name": "Default"}, "mine", annotations={ADOPT: "true"})
    catalog = load([default, inventory()])

    assert [one.name for one in catalog.dependencies(catalog.resources[1])] == ["mine"]


def test_further_names_can_be_listed() -> None:
    known = KNOWN | Known(users=frozenset({"maria"}), forail_instances=frozenset({"branch"}))
    team = manifest(Kind.TEAM, {"organization": "Default", "users": ["maria"], "forailInstance": "branch"}, "t")

    assert problems([team], known) == []
    assert len(problems([team])) == 2


def test_instances_that_exist_are_in_the_default_namespace() -> None:
    known = KNOWN | Known(forail_instances=frozenset({"branch"}))
    routed = manifest(Kind.ORGANIZATION, {"forailInstance": "branch"}, "ops", namespace="other")
    own = manifest(Kind.FORAIL_INSTANCE, instance()["spec"], "branch", namespace="other")

    (found,) = problems([routed], known)
    assert found.startswith("test.yaml#1: spec.forailInstance: is 'branch', which is in namespace forail-content, and")
    assert problems([routed, own], known) == []
    assert len(problems([instance()], known)) == 1


def test_without_demo_data_their_names_are_free() -> None:
    own = organization("default", name="Default")

    assert problems([own, inventory()], Known.seeded(preload=False)) == []
    assert problems([inventory()], Known.seeded(preload=False)) != []


def test_two_forails_may_have_the_same_name() -> None:
    assert problems([instance(), organization(), organization("other", name="ops", forailInstance="branch")]) == []
