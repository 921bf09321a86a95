"""What a plan is read from, what its changes mean, and how that is written."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from components.summary import __main__ as command
from components.summary.effects import Effect, effects
from components.summary.observed import summary
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


def random(operation: str, kind: str, name: str, **new: object) -> Change:
    return Change(operation, f"{BEGINNING}random:index/random:{kind}::{name}", {}, dict(new))


def answers(*found: Change) -> Mapping[str, tuple[str, ...]]:
    return {one.question: one.answers for one in effects(found)}


INIT = change("replace", "Job", "forail-init", pods(), pods("backend:2"))
SAME_INIT = change("replace", "Job", "forail-init", pods(), pods(grace=10))
WEB = change("update", "Deployment", "forail-web", pods(), pods("backend:2"))
SAME_WEB = change("update", "Deployment", "forail-web", pods(), pods(grace=10))
TASK = change("update", "Deployment", "forail-task", pods(strategy="Recreate"), pods("backend:2", strategy="Recreate"))
DUMP = change("create", "Job", "forail-before-upgrade", None, pods())
FIRST_WEB = change("create", "Deployment", "forail-web", None, pods())
RECORD = change("create", "Stash", "forail-secret-key-kept")
NEWEST = random("create", "RandomId", "forail-restore", keepers={"from": "newest", "confirm": "prod"})
NAMED_DUMP = random("replace", "RandomId", "forail-restore", keepers={"from": "forail-20260101T013000Z"})
RESTORE_JOB = change("replace", "Job", "forail-restore", pods(), pods(grace=10))
NEW_KEY = random("create", "RandomPassword", "forail-secret-key-2", length=50)
NEW_REDIS = random("replace", "RandomPassword", "forail-redis-password", length=32)
AWAY = "Are waited for, each as long as its pod's grace allows; what runs longer fails. Pending ones start later."

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
    (
        (
            change("create", "StatefulSet", "forail-task", None, pods()),
            change("delete", "Deployment", "forail-task", pods(grace=3630)),
        ),
        "Running jobs",
        ("Are waited for, each node for at most 3600 s; what runs longer fails. Pending ones start later.",),
    ),
    ((change("delete", "Deployment", "forail-web", pods()),), "Which pods restart", ("forail-web: its pods end.",)),
    ((NEWEST,), "Running jobs", (AWAY,)),
    ((NEW_KEY, TASK), "Running jobs", (AWAY,)),
    ((change("replace", "StatefulSet", "forail-task", None, pods()),), "Running jobs", (AWAY,)),
    ((NEWEST,), "Which pods restart", ("web and task: away until the backup is restored.",)),
    ((NEWEST, FIRST_WEB), "Which pods restart", ("None.",)),
    (
        (NEW_KEY,),
        "Which pods restart",
        ("web and task: away until everything is stored under the new encryption key.",),
    ),
    (
        (change("update", "Deployment", "forail-opa", pods(), pods("opa:2")),),
        "Which pods restart",
        (
            "forail-opa: a new pod is ready before an old one ends.",
            "forail-opa: its new pod knows no policy; send them again (docs/failures.md).",
        ),
    ),
    ((WEB,), "Restore", ("None.",)),
    ((RESTORE_JOB,), "Restore", ("None.",)),
    ((NEWEST,), "Restore", ("The newest backup takes the place of the database; what was written after it is lost.",)),
    (
        (NAMED_DUMP, RESTORE_JOB),
        "Restore",
        ("Backup forail-20260101T013000Z takes the place of the database; what was written after it is lost.",),
    ),
    ((WEB,), "Secrets", ("No new value is generated.",)),
    ((NEW_KEY, FIRST_WEB), "Secrets", ("No new value is generated.",)),
    ((NEW_REDIS,), "Secrets", ("New value: forail-redis-password.",)),
    (
        (change("create", "RandomPassword", "forail-live-secrets", None, {}),),
        "Secrets",
        ("No new value is generated.",),
    ),
    (
        (NEW_KEY,),
        "Secrets",
        (
            "New value: forail-secret-key-2.",
            "Everything that the database stores encrypted is stored under the new encryption key.",
        ),
    ),
    (
        (NEW_KEY,),
        "Backup",
        ("The database is dumped under the former key before anything is stored under the new one.",),
    ),
    (
        (NEW_KEY, NEWEST),
        "Way back",
        (
            "Not by the old settings: the data before the restore stays beside the database, until the next restore.",
            "Not to the former encryption key: a lower epoch is refused. Its dump can be restored.",
        ),
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


def seen(*found: Change) -> dict[str, list[str]]:
    """What the program says of `found`, by question."""
    said: dict[str, list[str]] = {}
    for line in summary(list(found)).splitlines():
        if line.startswith("  "):
            said[list(said)[-1]].append(line.strip())
        else:
            said[line.removesuffix(":")] = []
    return said


def made(change_: Change) -> Change:
    """As a hook sees a replacement: only what is made."""
    return Change("create", change_.urn, {}, change_.new)


def test_the_program_says_what_its_hooks_see() -> None:
    task = change("replace", "StatefulSet", "forail-task", pods(), pods("backend:2"))
    said = seen(WEB, made(task), made(INIT), DUMP)
    assert said["What changes"] == ["forail-web (main): backend:1 -> backend:2."]
    assert said["Which pods restart"] == [
        "forail-web: a new pod is ready before an old one ends.",
        "forail-task: all its pods end before new ones start.",
    ]
    assert said["Running jobs"] == [AWAY]
    assert said["Backup"] == ["The database is dumped first, and nothing is migrated unless that succeeds."]
    assert said["Way back"] == ["Not by the old image: migrations do not run backwards. Restore the backup."]
    assert said["Deletions"] == [
        "Look for deletions in the list of resources: from inside the program they are not seen."
    ]


def test_the_program_says_nothing_of_a_first_up_but_what_it_restores() -> None:
    task = change("create", "Deployment", "forail-task", None, pods())
    assert not summary([])
    assert not summary([RECORD, NEW_KEY, FIRST_WEB, task])
    said = seen(RECORD, NEWEST, FIRST_WEB, task)
    assert said["Restore"] == ["The newest backup takes the place of the database; what was written after it is lost."]
    assert said["Running jobs"] == ["Go on."]


def test_what_a_new_namespace_makes_anew_is_no_first_up() -> None:
    task = change("create", "Deployment", "forail-task", None, pods())
    said = seen(FIRST_WEB, task, change("create", "Deployment", "forail-opa", None, pods()))
    assert said["Which pods restart"] == [
        "forail-web: all its pods end before new ones start.",
        "forail-task: all its pods end before new ones start.",
    ]
    assert said["Running jobs"] == [AWAY]


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
