"""Manifests whose form is wrong are refused where it is."""

from __future__ import annotations

import pytest

from components.api.kinds import API_VERSION, Kind
from tests.unit.content.builders import (
    credential,
    instance,
    inventory,
    organization,
    schedule,
    template,
)
from tests.unit.content.manifests import manifest, problems

# What is declared; how the one problem begins; what it says.
ROWS: list[tuple[str, list[object], str, str]] = [
    ("no mapping", ["text"], "test.yaml#1: ", "is not a manifest"),
    ("no kind", [{"apiVersion": API_VERSION}], "test.yaml#1: kind: ", "is missing"),
    ("kind in another case", [{**organization(), "kind": "organisation"}], "test.yaml#1: kind: ", "Organization?"),
    ("a Secret", [{"apiVersion": "v1", "kind": "Secret", "data": {}}], "test.yaml#1: kind: ", "secretConfig"),
    ("another API", [{"apiVersion": "apps/v1", "kind": "Deployment"}], "test.yaml#1: kind: ", "of another API"),
    ("another version", [{**organization(), "apiVersion": "v1"}], "test.yaml#1: apiVersion: ", API_VERSION),
    ("a status", [{**organization(), "status": {}}], "test.yaml#1: status: ", "only by the operator"),
    ("a list", [{"apiVersion": "v1", "kind": "List", "items": []}], "test.yaml#1: kind: ", "a document of its own"),
    ("a list of a kind", [{**organization(), "kind": "TeamList"}], "test.yaml#1: kind: ", "a document of its own"),
    (
        "a key that is not text",
        [manifest(Kind.ORGANIZATION, {}, "ops", labels={7: "x"})],
        "test.yaml#1: metadata.labels[7]: ",
        "put it in quotes",
    ),
    ("a stray key", [{**organization(), "Spec": {}}], "test.yaml#1: Spec: ", "did you mean spec?"),
    ("no spec", [{**organization(), "spec": None}], "test.yaml#1: spec: ", "is missing"),
    ("a list for spec", [{**organization(), "spec": []}], "test.yaml#1: spec: ", "must be a mapping"),
    ("no metadata", [{**organization(), "metadata": "ops"}], "test.yaml#1: metadata: ", "must be a mapping"),
    ("no name", [{**organization(), "metadata": {}}], "test.yaml#1: metadata.name: ", "is missing"),
    ("a bad name", [organization("The_Ops")], "test.yaml#1: metadata.name: ", "lower-case labels"),
    ("a number for name", [{**organization(), "metadata": {"name": 7}}], "test.yaml#1: metadata.name: ", "in quotes"),
    (
        "a bad namespace",
        [manifest(Kind.ORGANIZATION, {}, "ops", namespace="a.b")],
        "test.yaml#1: metadata.namespace: ",
        "a DNS label",
    ),
    (
        "a bad label",
        [manifest(Kind.ORGANIZATION, {}, "ops", labels={"team": "a b"})],
        "test.yaml#1: metadata.labels.team: ",
        "label value",
    ),
    (
        "a bad annotation",
        [manifest(Kind.ORGANIZATION, {}, "ops", annotations={"a b": "x"})],
        "test.yaml#1: metadata.annotations.",
        "Kubernetes key",
    ),
    (
        "other metadata",
        [manifest(Kind.ORGANIZATION, {}, "ops", generateName="ops-")],
        "test.yaml#1: metadata.generateName: ",
        "is not a field",
    ),
    ("a misspelt field", [organization(maxhosts=5)], "test.yaml#1: spec.maxhosts: ", "did you mean maxHosts?"),
    ("a key without value", [organization(description=None)], "test.yaml#1: spec.description: ", "give it text"),
    ("a number for text", [organization(description=7)], "test.yaml#1: spec.description: ", "put it in quotes"),
    ("text for a number", [organization(maxHosts="5")], "test.yaml#1: spec.maxHosts: ", "and it is text"),
    (
        "variables that are not text",
        [inventory(variables={"a": 1})],
        "test.yaml#1: spec.variables: ",
        "write '|' behind the key",
    ),
    ("routed template", [template(forailInstance="b")], "test.yaml#1: spec.forailInstance: ", "Team, Project and"),
    ("routed inventory", [inventory(forailInstance="b")], "test.yaml#1: spec.forailInstance: ", "own Forail"),
    ("routed credential", [credential(forailInstance="b")], "test.yaml#1: spec.forailInstance: ", "a Credential"),
    ("routed schedule", [schedule(forailInstance="b")], "test.yaml#1: spec.forailInstance: ", "a Schedule always"),
    ("routed instance", [instance(forailInstance="b")], "test.yaml#1: spec.forailInstance: ", "only: remove it"),
]


@pytest.mark.parametrize(("manifests", "start", "words"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_mistake_is_refused_where_it_stands(manifests: list[object], start: str, words: str) -> None:
    found = problems(manifests)

    assert len(found) == 1, found
    assert found[0].startswith(start)
    assert words in found[0]


def test_every_problem_of_every_document_is_told_at_once() -> None:
    found = problems([organization("A"), "text", template(project="p", playbook="/x"), schedule("RRULE:FREQ=DAILY")])

    assert [line.split(": ")[0] for line in found] == [
        "test.yaml#1", "test.yaml#2", "test.yaml#3", "test.yaml#4", "test.yaml#3",
    ]  # fmt: skip


def test_who_refers_to_a_broken_object_is_not_to_blame() -> None:
    found = problems([organization(maxHosts="many"), inventory(organization="ops")])

    assert len(found) == 1
