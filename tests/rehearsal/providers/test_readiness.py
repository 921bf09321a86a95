"""When an object counts as ready, judged only from its status."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.providers.kubernetes.readiness import Failed, NotYet, Ready, judge_of, pending_or_bound
from rehearsal.providers.kubernetes.wait_for import WaitForError, parse

AVAILABLE = {"type": "Available", "status": "True"}
ROLLED_OUT = {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}
STUCK = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "no quota"}


def _object(api_version: str, kind: str, spec: dict[str, Any], status: dict[str, Any]) -> dict[str, Any]:
    observed = {"observedGeneration": 2, **status}
    return {"apiVersion": api_version, "kind": kind, "metadata": {"generation": 2}, "spec": spec, "status": observed}


def _verdict(api_version: str, kind: str, spec: dict[str, Any], status: dict[str, Any]) -> Ready | NotYet | Failed:
    obj = _object(api_version, kind, spec, status)
    judge = judge_of(obj)
    assert judge is not None
    return judge(obj)


_DONE = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, "conditions": [AVAILABLE, ROLLED_OUT]}


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, Ready),
        ({"observedGeneration": 1}, NotYet),
        ({"updatedReplicas": 1}, NotYet),
        ({"replicas": 3}, NotYet),
        ({"availableReplicas": 1}, NotYet),
        ({"conditions": [ROLLED_OUT]}, NotYet),
        ({"conditions": [AVAILABLE, STUCK]}, NotYet),
    ],
)
def test_deployment(change: dict[str, Any], verdict: type) -> None:
    assert isinstance(_verdict("apps/v1", "Deployment", {"replicas": 2}, {**_DONE, **change}), verdict)


def test_a_stuck_rollout_says_why() -> None:
    verdict = _verdict("apps/v1", "Deployment", {"replicas": 2}, {"conditions": [STUCK]})
    assert isinstance(verdict, NotYet)
    assert "no quota" in verdict.reason


def test_deployments_with_nothing_to_roll_out_are_ready() -> None:
    assert isinstance(_verdict("apps/v1", "Deployment", {"replicas": 0}, {"conditions": [AVAILABLE]}), Ready)
    assert isinstance(_verdict("apps/v1", "Deployment", {"replicas": 2, "paused": True}, {}), Ready)


_SET = {
    "replicas": 2,
    "readyReplicas": 2,
    "currentReplicas": 2,
    "updatedReplicas": 2,
    "currentRevision": "b",
    "updateRevision": "b",
}


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, Ready),
        ({"observedGeneration": 1}, NotYet),
        ({"readyReplicas": 1}, NotYet),
        ({"replicas": 3}, NotYet),
        ({"currentReplicas": 1}, NotYet),
        ({"currentRevision": "a"}, NotYet),
    ],
)
def test_stateful_set(change: dict[str, Any], verdict: type) -> None:
    assert isinstance(_verdict("apps/v1", "StatefulSet", {"replicas": 2}, {**_SET, **change}), verdict)


def test_a_stateful_set_that_is_updated_by_hand_does_not_wait_for_the_new_revision() -> None:
    spec = {"replicas": 2, "updateStrategy": {"type": "OnDelete"}}
    assert isinstance(_verdict("apps/v1", "StatefulSet", spec, {**_SET, "currentRevision": "a"}), Ready)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ({}, NotYet),
        ({"startTime": "now", "active": 1}, NotYet),
        ({"startTime": "now", "conditions": [{"type": "Complete", "status": "True"}]}, Ready),
        ({"startTime": "now", "conditions": [{"type": "SuccessCriteriaMet", "status": "True"}]}, NotYet),
        ({"conditions": [{"type": "Failed", "status": "True", "reason": "DeadlineExceeded"}]}, Failed),
    ],
)
def test_job(status: dict[str, Any], verdict: type) -> None:
    assert isinstance(_verdict("batch/v1", "Job", {}, status), verdict)


@pytest.mark.parametrize(("phase", "verdict"), [("Pending", Ready), ("Bound", Ready), ("Lost", Failed)])
def test_a_claim_that_binds_late(phase: str, verdict: type) -> None:
    assert isinstance(pending_or_bound({"status": {"phase": phase}}), verdict)


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret", "Namespace", "ServiceAccount"])
def test_other_kinds_are_ready_when_they_exist(kind: str) -> None:
    assert judge_of({"apiVersion": "v1", "kind": kind}) is None


_WIDGET = {
    "metadata": {"generation": 3},
    "status": {
        "conditions": [
            {"type": "Synced", "status": "True", "observedGeneration": 3},
            {"type": "Old", "status": "True", "observedGeneration": 2},
            {"type": "Ready", "status": "False", "reason": "Broken", "message": "no token"},
        ],
    },
}


@pytest.mark.parametrize(
    ("text", "ready"),
    [
        ("condition=Synced", True),
        ("condition=Synced=True", True),
        ("condition=Ready=False", True),
        ("condition=Ready", False),
        ("condition=Old", False),
        ("condition=Missing", False),
        ('["condition=Synced", "condition=Ready=False"]', True),
        ('["condition=Synced", "condition=Ready"]', False),
    ],
)
def test_wait_for(text: str, ready: bool) -> None:
    assert isinstance(parse(text)(_WIDGET), Ready) is ready


def test_wait_for_says_what_the_condition_says() -> None:
    verdict = parse("condition=Ready")(_WIDGET)
    assert isinstance(verdict, NotYet)
    assert "Broken: no token" in verdict.reason


@pytest.mark.parametrize(
    "text", ["", "sunshine", "[]", "[1]", "[broken", "jsonpath={.status.phase}=Running", "condition="]
)
def test_wait_for_refuses_what_it_cannot_understand(text: str) -> None:
    with pytest.raises(WaitForError, match=r"pulumi\.com/waitFor"):
        parse(text)
