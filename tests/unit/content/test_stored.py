"""Texts: sent as Forail stores them, no longer than its columns, and with characters that its database takes."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from components.api.kinds import Kind
from components.content.apply.manifest import spec_of
from components.content.read import yaml_text
from tests.unit.content.builders import organization, project, schedule, template
from tests.unit.content.fields import FIELDS
from tests.unit.content.manifests import COMPLETE, changed, complete, load, manifest, parts, problems

# Fields that a REST framework's CharField of backend 2026.07.1 fills, which trims them.
TRIMMED = {"description", "scmUrl", "scmBranch", "scmRefspec", "playbook", "limit", "extraVars", "variables", "rrule"}
# JSON to Forail, and the operator compares them as they are.
VERBATIM = {"extraData", "inputs{}"}
COLUMNS = {"name": 512, "identifier": 512, "scmUrl": 1024, "scmBranch": 256, "scmRefspec": 1024, "playbook": 1024}

TEXTS = [(kind, path) for kind, fields in FIELDS.items() for path, one in fields.items() if one.type == "string"]
# Not of a workflow that is routed, whose inventory would be in another Forail; and what the operator ignores.
STORED = [
    (kind, path)
    for kind, path in TEXTS
    if kind is not Kind.FORAIL_INSTANCE
    and not path.startswith("inputsFrom")
    and (kind, path) not in ((Kind.WORKFLOW, "forailInstance"), (Kind.JOB_TEMPLATE, "organization"))
]


def last(path: str) -> str:
    return path.rpartition(".")[2]


def with_text(kind: Kind, path: str, text: str) -> list[Any]:
    """Every kind completely, and the text at that path."""
    bodies = [body for body in complete() if body["kind"] != kind or body["spec"] != COMPLETE[kind]]
    spec = changed(COMPLETE[kind], parts(path), text)
    return [*bodies, manifest(kind, spec)]


def at(kind: Kind, path: str) -> Any:
    holder: Any = COMPLETE[kind]
    for part in parts(path):
        holder = holder[part]
    return holder


def sent(kind: Kind, path: str, text: str) -> str:
    name = manifest(kind, {})["metadata"]["name"]
    resources = load(with_text(kind, path, text)).resources
    value: Any = spec_of(next(one for one in resources if (one.kind, one.name) == (kind, name)))
    for part in parts(path):
        value = value[part]
    return value


@pytest.mark.parametrize(("kind", "path"), [row for row in STORED if last(row[1]) in TRIMMED])
def test_what_forail_trims_is_sent_trimmed(kind: Kind, path: str) -> None:
    """Each of them would be sent again every minute."""
    assert sent(kind, path, f"\u00a0\n {at(kind, path)}\t\n\x1f") == at(kind, path)


@pytest.mark.parametrize(("kind", "path"), [row for row in STORED if last(row[1]) in VERBATIM])
def test_what_forail_keeps_is_sent_as_it_is(kind: Kind, path: str) -> None:
    text = f"\n{at(kind, path)}\n"

    assert sent(kind, path, text) == text


@pytest.mark.parametrize(("kind", "path"), [row for row in STORED if last(row[1]) not in TRIMMED | VERBATIM])
def test_white_space_around_a_name_is_refused(kind: Kind, path: str) -> None:
    found = problems(with_text(kind, path, f"{at(kind, path)} "))

    assert found
    assert any(f": spec.{path.replace('[]', '[0]')}: " in line for line in found), found


def test_variables_keep_their_shape() -> None:
    """An indentation of all lines goes; where the first line has none, the others keep theirs and their blank lines."""
    indented, block = "\n  a: 1\n  b:\n    c: 2\n", "a: |\n  x\n     \n  y\n"
    sent = [
        spec_of(one)["extraVars"]
        for one in load([template(extraVars=indented), template("b", extraVars=block)]).resources
    ]

    assert sent == ["a: 1\nb:\n  c: 2", "a: |\n  x\n     \n  y"]


def test_variables_of_a_schedule_hold_nothing_that_the_operator_escapes() -> None:
    """It would find other bytes in Forail's answer, and send the schedule again every minute."""
    text = "# why\na: 1 < 2 && 3 > 2\nb: [\U0001f525, '\\u003c']\n"
    plain = "# kept\na: 1\n"
    asks = template(askVariablesOnLaunch=True)
    written, kept = (
        str(spec_of(load([asks, schedule(jobTemplate="deploy", extraData=one)]).resources[-1])["extraData"])
        for one in (text, plain)
    )

    assert not set("<>&") & set(written)
    assert yaml_text.variables(written) == yaml_text.variables(text)
    assert kept == plain


def test_what_is_nothing_but_white_space_is_not_sent() -> None:
    (resource,) = load([organization(description=" \n")]).resources

    assert spec_of(resource) == {}


@pytest.mark.parametrize(("kind", "path"), [row for row in STORED if last(row[1]) in COLUMNS])
def test_a_text_is_no_longer_than_its_column(kind: Kind, path: str) -> None:
    longest = COLUMNS[last(path)]
    start = "https://h/" if path == "scmUrl" else ""
    long = start + "a" * (longest - len(start))
    where = f": spec.{path.replace('[]', '[0]')}: "

    assert next(line for line in problems(with_text(kind, path, f"{long}a")) if where in line).endswith(
        f"has {longest + 1} characters, and Forail takes at most {longest}: shorten it"
    )
    assert not [line for line in problems(with_text(kind, path, long)) if where in line and "characters" in line]


def test_characters_are_counted_as_the_database_does() -> None:
    """Code points, and after trimming."""
    assert problems([organization(name="\U0001f525" * 512), project(scmBranch=f" {'b' * 256} ")]) == []
    assert len(problems([organization(name="\U0001f525" * 513)])) == 1


@pytest.mark.parametrize(("kind", "path"), TEXTS)
def test_no_text_holds_nul(kind: Kind, path: str) -> None:
    if FIELDS[kind][path].enum:
        return
    spec = changed(copy.deepcopy(COMPLETE[kind]), parts(path), "a\0b")
    found = problems([manifest(kind, spec)])

    where = f"test.yaml#1: spec.{path.replace('[]', '[0]').replace('inputs{}', 'inputs.username')}: "
    assert [line for line in found if line.startswith(where) and "holds a NUL character" in line], found


def test_no_key_holds_nul() -> None:
    (found,) = problems([manifest(Kind.CREDENTIAL, {**COMPLETE[Kind.CREDENTIAL], "inputs": {"a\0b": "c"}})])

    assert found.startswith("test.yaml#1: spec.inputs.<a key of 3 characters>: holds a NUL character")


def test_half_a_character_is_refused() -> None:
    (found,) = problems([organization(description="\ud83d")])

    assert "spec.description: holds half a character" in found


def test_a_whole_one_is_not() -> None:
    assert problems([organization(description="\U0001f525"), schedule(extraData="{}")]) == []
