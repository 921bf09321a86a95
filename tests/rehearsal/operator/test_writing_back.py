"""The operator's first write takes away what a spec says explicitly but is false, 0 or empty."""

from components.api.kinds import Kind
from rehearsal.kubernetes.objects import at
from tests.rehearsal.operator.objects import Content

SITE = {"organization": "Default", "scmUrl": "https://git.test/site.git", "scmUpdateOnLaunch": True}
LOUD = {**SITE, "scmClean": False, "timeout": 0, "scmBranch": ""}
KEPT = {**SITE, "scmType": "git"}


def test_explicit_falsehoods_drift_once(content: Content) -> None:
    assert at(content.apply(Kind.PROJECT, "loud", LOUD), "metadata", "generation") == 1

    first = content.synced(Kind.PROJECT, "loud")
    assert first["spec"] == KEPT
    assert at(first, "metadata", "generation") == 2

    # What the next `up` after a refresh does; the finalizer is there, so nothing is written back any more.
    content.apply(Kind.PROJECT, "loud", LOUD)
    second = content.synced(Kind.PROJECT, "loud")
    assert second["spec"] == {**KEPT, "scmClean": False, "timeout": 0, "scmBranch": ""}
    assert at(second, "metadata", "generation") == 3


def test_a_spec_without_them_is_left_alone(content: Content) -> None:
    content.apply(Kind.PROJECT, "quiet", KEPT)

    assert at(content.synced(Kind.PROJECT, "quiet"), "metadata", "generation") == 1


def test_a_disabled_host_comes_up_enabled_unless_the_finalizer_was_there(content: Content) -> None:
    spec = {"organization": "Default", "hosts": [{"name": "off", "enabled": False}, {"name": "on"}]}
    content.apply(Kind.INVENTORY, "rewritten", spec)
    content.apply(Kind.INVENTORY, "spared", spec, finalizers=[Kind.INVENTORY.finalizer])

    rewritten, spared = (content.synced(Kind.INVENTORY, name) for name in ("rewritten", "spared"))

    assert [host["enabled"] for host in rewritten["spec"]["hosts"]] == [True, True]
    assert [host["enabled"] for host in spared["spec"]["hosts"]] == [False, True]
    assert at(spared, "metadata", "generation") == 1


def test_a_disabled_schedule_stays_disabled(content: Content) -> None:
    rrule = "DTSTART:20990101T020000Z RRULE:FREQ=DAILY;INTERVAL=1"
    spec = {"jobTemplate": "Demo Job Template", "rrule": rrule, "enabled": False, "description": ""}
    content.apply(Kind.SCHEDULE, "off", spec)

    obj = content.synced(Kind.SCHEDULE, "off")

    assert obj["spec"] == {"jobTemplate": "Demo Job Template", "rrule": rrule, "enabled": False}
    assert "nextRun" not in obj["status"]


def test_empty_inputs_of_a_credential_survive(content: Content) -> None:
    inputs = {"username": "deploy", "become_method": ""}
    spec = {"organization": "Default", "credentialType": "Machine", "inputs": inputs, "description": ""}
    content.apply(Kind.CREDENTIAL, "login", spec)

    obj = content.synced(Kind.CREDENTIAL, "login")

    assert obj["spec"] == {"organization": "Default", "credentialType": "Machine", "inputs": inputs}
