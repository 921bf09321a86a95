"""What a plan is read from, what its changes mean, and how that is written."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from components.summary import __main__ as command
from components.summary.effects import Effect, effects
from components.summary.plan import Change, PlanError, changes
from components.summary.write import SummaryForm, written

Json = dict[str, Any]
BEGINNING = "urn:pulumi:dev::forail::forail:index:Forail$"


def urn(kind: str, name: str) -> str:
    return f"{BEGINNING}kubernetes:group/v1:{kind}::{name}"


def pods(image: str = "backend:1", grace: int = 300, strategy: str = "RollingUpdate", **spec: object) -> Json:
    """Inputs of a workload or a Job."""
    pod = {"terminationGracePeriodSeconds": grace, "containers": [{"name": "main", "image": image}]}
    return {"spec": {"strategy": {"type": strategy}, "template": {"spec": pod}, **spec}}


def claim(size: str) -> Json:
    return {"spec": {"resources": {"requests": {"storage": size}}}}


def content(name: str) -> Json:
    return {"apiVersion": "forail.forail-platform.io/v1alpha1", "metadata": {"name": name}}


def change(operation: str, kind: str, name: str, old: Json | None = None, new: Json | None = None) -> Change:
    return Change(operation, urn(kind, name), old or {}, new or {})


def answers(*found: Change) -> Mapping[str, tuple[str, ...]]:
    return {one.question: one.answers for one in effects(found)}


INIT = change("replace", "Job", "forail-init", pods(), pods("backend:2"))
SAME_INIT = change("replace", "Job", "forail-init", pods(), pods(grace=10))
WEB = change("update", "Deployment", "forail-web", pods(), pods("backend:2"))
SAME_WEB = change("update", "Deployment", "forail-web", pods(), pods(grace=10))
TASK = change("update", "Deployment", "forail-task", pods(strategy="Recreate"), pods("backend:2", strategy="Recreate"))
DUMP = change("create", "Job", "forail-before-upgrade", None, pods())

MEANS: list[tuple[tuple[Change, ...], str, tuple[str, ...]]] = [
    ((), "What changes", ("Nothing.",)),
    ((WEB,), "What changes", ("forail-web (main): backend:1 -> backend:2.", "1 changed: Deployment forail-web.")),
    ((), "Which pods restart", ("None.",)),
    ((WEB,), "Which pods restart", ("forail-web: a new pod is ready before an old one ends.",)),
    ((TASK,), "Which pods restart", ("forail-task: each old pod ends before its new one starts.",)),
    (
        (change("update", "StatefulSet", "forail-postgres", pods(), pods("postgres:2")),),
        "Which pods restart",
        ("forail-postgres: each old pod ends before its new one starts.",),
    ),
    (
        (change("replace", "StatefulSet", "forail-task", pods(), pods()),),
        "Which pods restart",
        ("forail-task: all its pods end before new ones start.",),
    ),
    (
        (change("update", "Deployment", "forail-web", pods(replicas=1), pods(replicas=2)),),
        "Which pods restart",
        ("None.",),
    ),
    ((WEB, INIT), "Running jobs", ("Go on.",)),
    ((change("create", "Deployment", "forail-task", None, pods()),), "Running jobs", ("Go on.",)),
    (
        (TASK,),
        "Running jobs",
        ("Are waited for, each node for at most 270 s; what runs longer fails. Pending ones start later.",),
    ),
    (
        (change("delete", "StatefulSet", "forail-task", pods(grace=20)),),
        "Running jobs",
        ("Are waited for, each node for at most 0 s; what runs longer fails. Pending ones start later.",),
    ),
    ((INIT, DUMP), "Backup", ("The database is dumped first, and nothing is migrated unless that succeeds.",)),
    ((INIT,), "Backup", ("None is taken, and the database may be migrated: take one first.",)),
    ((WEB,), "Backup", ("None is taken, and the database may be migrated: take one first.",)),
    ((SAME_INIT, SAME_WEB), "Backup", ("None is needed: the database is not migrated.",)),
    (
        (change("create", "Job", "forail-init", None, pods()),),
        "Backup",
        ("None is needed: the database is not migrated.",),
    ),
    ((SAME_WEB,), "Way back", ("The old settings and another `pulumi up`.",)),
    ((INIT,), "Way back", ("Not by the old image: migrations do not run backwards. Restore the backup.",)),
    (
        (change("update", "PersistentVolumeClaim", "forail-redis", claim("2Gi"), claim("4Gi")),),
        "Way back",
        ("None for PersistentVolumeClaim forail-redis: a claim does not shrink.",),
    ),
    (
        (
            change("replace", "PersistentVolumeClaim", "forail-redis", claim("2Gi"), claim("2Gi")),
            change("delete", "Namespace", "forail-namespace"),
            change("delete", "Organization", "forail-organization-ops", content("ops")),
        ),
        "Way back",
        (
            "None for PersistentVolumeClaim forail-redis: what it holds is deleted.",
            "None for Namespace forail-namespace: everything in it is deleted.",
            "None for Organization forail-organization-ops: it is deleted in Forail, with its history.",
        ),
    ),
]


@pytest.mark.parametrize(("found", "question", "expected"), MEANS, ids=[str(index) for index in range(len(MEANS))])
def test_what_changes_mean(found: tuple[Change, ...], question: str, expected: tuple[str, ...]) -> None:
    assert answers(*found)[question] == expected


def test_many_objects_are_counted_and_the_first_are_named() -> None:
    many = [change("delete", "Team", f"team-{index:02}") for index in range(12)]
    (said,) = answers(*many)["What changes"]
    assert said.startswith("12 deleted: Team team-00, Team team-01,")
    assert said.endswith("Team team-09 and 2 more.")


STEPS: list[Json] = [
    {"op": "same", "urn": urn("Deployment", "forail-web"), "oldState": {}, "newState": {}},
    {"op": "create-replacement", "urn": urn("Job", "forail-init"), "newState": {"inputs": pods("b")}},
    {
        "op": "replace",
        "urn": urn("Job", "forail-init"),
        "oldState": {"inputs": pods("a")},
        "newState": {"inputs": pods("b")},
    },
    {"op": "delete-replaced", "urn": urn("Job", "forail-init"), "oldState": {"inputs": pods("a")}},
]


def logged(step: Json) -> str:
    metadata = {"op": step["op"], "urn": step["urn"], "old": step.get("oldState"), "new": step.get("newState")}
    return json.dumps({"sequence": 1, "resourcePreEvent": {"metadata": metadata}})


def test_both_forms_of_a_plan_are_read() -> None:
    expected = (Change("replace", urn("Job", "forail-init"), pods("a"), pods("b")),)
    assert changes(json.dumps({"steps": STEPS, "changeSummary": {"same": 1}}, indent=2)) == expected
    assert changes("\n".join(["", '{"preludeEvent": {}}', *map(logged, STEPS)])) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "planned nothing"),
        ("hunter2", "no plan"),
        ("[]", "no plan"),
        ('"hunter2"', "no plan"),
        ('{"steps": [{"op": "hunter2"}]}', "no plan"),
        ('{"steps": ["hunter2"]}', "no plan"),
        ("[" * 100_000, "no plan"),
        ("{}", "planned nothing"),
        ('{"steps": null}', "planned nothing"),
        (json.dumps({"steps": STEPS, "diagnostics": [{"severity": "error", "message": "hunter2"}]}), "failed"),
        (f'{logged(STEPS[0])}\n{{"diagnosticEvent": {{"severity": "error"}}}}', "failed"),
    ],
)
def test_what_is_no_plan_is_refused_and_not_shown(text: str, words: str) -> None:
    with pytest.raises(PlanError, match=words) as refused:
        changes(text)
    assert "hunter2" not in str(refused.value)


def test_text_and_markdown_say_the_same() -> None:
    found = (Effect("What", ("a_b -> <c>.", "d | e.")), Effect("Way back", ("`up`.",)))
    assert written(found, SummaryForm.TEXT) == "What:\n  a_b -> <c>.\n  d | e.\nWay back:\n  `up`.\n"
    assert written(found, SummaryForm.MARKDOWN) == (
        "### What this `pulumi up` does\n\n| | |\n|---|---|\n"
        "| What | a\\_b -> \\<c>.<br>d \\| e. |\n| Way back | `up`. |\n"
    )


def test_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for given, arguments, code in ((json.dumps({"steps": STEPS}), ["--markdown"], 0), ("hunter2", [], 1)):
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        assert command.main(arguments) == code
    out, err = capsys.readouterr()
    assert out.startswith("### What this `pulumi up` does\n")
    assert err == "error: this is no plan: give what `pulumi preview --json` prints\n"
