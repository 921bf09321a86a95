"""init/bootstrap.py against a stand-in for Forail: it converges from anywhere and writes nothing twice."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import cast

import pytest

from tests.files.forail_double.platform import (
    ExecutionEnvironment,
    Instance,
    InstanceGroup,
    OAuth2AccessToken,
    Organization,
    User,
    bind,
)
from tests.files.forail_double.run import MODES, TOKEN, Installation, default_group, one
from tests.files.forail_double.store import Killed, Rows


def test_a_fresh_platform_is_brought_to_the_declared_state(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert installation.run(monkeypatch) == 0, capsys.readouterr().err
    admin, service = (cast("User", one(User, username=name)) for name in ("admin", "forail-operator"))
    assert admin.check_password("the-admin-password")
    assert not service.has_usable_password()
    token = one(OAuth2AccessToken)
    assert (vars(token)["token"], vars(token)["user_id"], vars(token)["scope"]) == (TOKEN, service.pk, "write")
    assert cast("datetime", vars(token)["expires"]).year == 2999
    assert vars(one(Instance))["hostname"] == "forail-node"
    assert vars(one(Instance))["node_type"] == "hybrid"
    assert {vars(row)["image"] for row in Rows(ExecutionEnvironment)} == {"registry.example/ee:1"}
    assert len(Rows(ExecutionEnvironment).keys) == 2
    assert Rows(Organization).filter(name="Default").exists()
    assert capsys.readouterr().out == "bootstrap: the platform is as declared\n"


@pytest.mark.parametrize(
    ("mode", "container", "listed", "members"),
    [
        ("hybrid", False, ["forail-node"], ["forail-node"]),
        ("control", True, [], []),
        ("hybrid-per-pod", False, [], []),
        ("control-per-pod", True, [], []),
    ],
)
@pytest.mark.parametrize("before", [None, *MODES])
def test_the_default_group_follows_the_node_type_from_any_other(
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    before: str | None,
    mode: str,
    container: bool,
    listed: list[str],
    members: list[str],
) -> None:
    if before is not None:
        assert installation.run(monkeypatch, **MODES[before]) == 0
    assert installation.run(monkeypatch, **MODES[mode]) == 0
    group = default_group()
    assert group.is_container_group is container
    assert group.policy_instance_list == listed
    assert group.policy_instance_percentage == 100
    assert group.instances.values_list("hostname", flat=True) == members
    nodes = Rows(Instance).values_list("hostname", flat=True)
    assert nodes == ([] if "per-pod" in mode else ["forail-node"])


@pytest.mark.parametrize("mode", MODES)
def test_a_second_run_writes_nothing(installation: Installation, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    assert installation.run(monkeypatch, **MODES[mode]) == 0
    assert installation.store.writes
    installation.store.writes.clear()
    assert installation.run(monkeypatch, **MODES[mode]) == 0
    assert installation.store.writes == []


def earlier_platform() -> None:
    """What another installer left: a container group with a member, a control node, passwords and an old token."""
    Rows(Organization).create(name="Default")
    service = Rows(User).create(username="forail-operator", password="hash:guess", is_active=False)
    Rows(User).create(username="admin", email="old@forail.local", password="hash:old", is_superuser=False)
    node = Rows(Instance).create(hostname="forail-node", node_type="control")
    group = Rows(InstanceGroup).create(name="default", is_container_group=True, policy_instance_list=["gone"])
    group.instances.add(node)
    description = "Managed by the Forail stack: operator access"
    Rows(OAuth2AccessToken).create(token="old", user_id=service.pk, description=description)
    Rows(OAuth2AccessToken).create(token="a-humans-own", user_id=service.pk, description="laptop")
    Rows(ExecutionEnvironment).create(name="AWX EE (latest)", image="old/image:1", credential=7)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("start", [None, earlier_platform])
def test_killed_after_any_write_the_next_run_reaches_the_same_state(
    monkeypatch: pytest.MonkeyPatch, start: Callable[[], None] | None, mode: str
) -> None:
    def prepared() -> Installation:
        installation = Installation()
        bind(installation.store)
        if start is not None:
            start()
        installation.store.writes.clear()
        return installation

    unbroken = prepared()
    assert unbroken.run(monkeypatch, **MODES[mode]) == 0
    writes = len(unbroken.store.writes)
    assert writes > 5
    for nth in range(1, writes + 1):
        killed = prepared()
        before = killed.store.contents()
        killed.store.kill_at = nth
        with pytest.raises(Killed):
            killed.run(monkeypatch, **MODES[mode])
        assert killed.store.contents() == before, f"killed at write {nth}: something stayed"
        killed.store.kill_at = None
        assert killed.run(monkeypatch, **MODES[mode]) == 0
        assert killed.store.contents() == unbroken.store.contents(), f"killed at write {nth}"


def test_what_others_made_is_left_alone(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier_platform()
    assert installation.run(monkeypatch) == 0
    tokens = set(Rows(OAuth2AccessToken).values_list("token", flat=True))
    assert tokens == {TOKEN, "a-humans-own"}
    environment = one(ExecutionEnvironment, name="AWX EE (latest)")
    assert (vars(environment)["image"], vars(environment)["credential"]) == ("registry.example/ee:1", 7)
    assert not cast("User", one(User, username="forail-operator")).has_usable_password()
    assert cast("User", one(User, username="admin")).check_password("the-admin-password")


def test_a_ready_node_is_not_provisioned_again(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    assert installation.run(monkeypatch) == 0
    node = cast("Instance", one(Instance))
    node.node_state, node.ip_address = "ready", "10.0.0.1"
    node.save()
    assert installation.run(monkeypatch, FORAIL_PAT=TOKEN[::-1]) == 0
    node = cast("Instance", one(Instance))
    assert (node.node_state, node.ip_address) == ("ready", "10.0.0.1")


def test_nodes_that_registered_themselves_keep_their_places(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert installation.run(monkeypatch, **MODES["hybrid-per-pod"]) == 0
    group = default_group()
    group.instances.add(Rows(Instance).create(hostname="forail-task-0"))
    group.policy_instance_list = ["forail-task-0", "forail-task-9"]
    group.save()
    assert installation.run(monkeypatch, **MODES["hybrid-per-pod"]) == 0
    assert default_group().policy_instance_list == ["forail-task-0"]
    assert default_group().instances.values_list("hostname", flat=True) == ["forail-task-0"]


def test_an_administrators_pod_spec_stays_unless_one_is_declared(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert installation.run(monkeypatch, **MODES["control"]) == 0
    group = default_group()
    group.pod_spec_override = "by hand"
    group.save(["pod_spec_override"])
    assert installation.run(monkeypatch, **MODES["control"]) == 0
    assert default_group().pod_spec_override == "by hand"
    installation.pod_spec = "declared"
    assert installation.run(monkeypatch, **MODES["control"]) == 0
    assert default_group().pod_spec_override == "declared"
    installation.pod_spec = ""
    assert installation.run(monkeypatch, **MODES["hybrid"]) == 0
    assert default_group().pod_spec_override == ""


def test_a_new_token_replaces_the_old_one_and_a_new_password_too(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert installation.run(monkeypatch) == 0
    assert installation.run(monkeypatch, FORAIL_PAT=TOKEN[::-1], FORAIL_ADMIN_PASSWORD="another") == 0
    assert Rows(OAuth2AccessToken).values_list("token", flat=True) == [TOKEN[::-1]]
    assert cast("User", one(User, username="admin")).check_password("another")


def further(*tokens: tuple[str, str, str, str]) -> dict[str, str]:
    """The variables of tokens, each a name, user, scope and value."""
    declared = [{"name": name, "user": user, "scope": scope} for name, user, scope, _ in tokens]
    return {
        "FORAIL_TOKENS": json.dumps(declared),
        "FORAIL_TOKEN_VALUES": json.dumps({name: value for name, _, _, value in tokens}),
    }


def registered() -> dict[str, tuple[str, str, str]]:
    """User, scope and value of each further token."""
    tokens = list(Rows(OAuth2AccessToken))
    return {
        str(vars(token)["description"]).rpartition(" ")[2]: (
            token.user.username,
            str(vars(token)["scope"]),
            str(vars(token)["token"]),
        )
        for token in tokens
        if "stack: token " in str(vars(token)["description"])
    }


def test_further_tokens_follow_what_is_declared(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = "a" * 40, "b" * 40
    assert installation.run(monkeypatch, **further(("ci", "ci", "write", old), ("grafana", "admin", "read", new))) == 0
    assert registered() == {"ci": ("ci", "write", old), "grafana": ("admin", "read", new)}
    service = cast("User", one(User, username="ci"))
    assert (service.has_usable_password(), vars(service)["is_superuser"]) == (False, False)
    # Another value, scope and user under the same name; a name that is gone.
    assert installation.run(monkeypatch, **further(("ci", "admin", "read", "c" * 40))) == 0
    assert registered() == {"ci": ("admin", "read", "c" * 40)}
    assert installation.run(monkeypatch) == 0
    assert registered() == {}
    assert Rows(OAuth2AccessToken).values_list("token", flat=True) == [TOKEN]
    installation.store.writes.clear()
    assert installation.run(monkeypatch) == 0
    assert installation.store.writes == []


def test_who_reads_metrics_audits_the_platform_and_does_nothing_else(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = {"FORAIL_MONITORING_TOKEN": "m" * 40}
    assert installation.run(monkeypatch, **further(("ci", "ci", "write", "a" * 40)), **value) == 0
    assert registered()["monitoring"] == ("forail-monitoring", "read", "m" * 40)
    user = cast("User", one(User, username="forail-monitoring"))
    assert (user.is_system_auditor, user.has_usable_password(), vars(user)["is_superuser"]) == (True, False, False)
    assert not cast("User", one(User, username="ci")).is_system_auditor
    installation.store.writes.clear()
    assert installation.run(monkeypatch, **further(("ci", "ci", "write", "a" * 40)), **value) == 0
    assert installation.store.writes == []
    assert installation.run(monkeypatch) == 0
    assert registered() == {}


def test_a_password_set_in_the_ui_stays_with_the_policy_initial(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    initial = {"FORAIL_ADMIN_PASSWORD_POLICY": "initial"}
    assert installation.run(monkeypatch, **initial) == 0
    admin = cast("User", one(User, username="admin"))
    assert admin.check_password("the-admin-password")
    admin.set_password("from the UI")
    admin.save()
    assert installation.run(monkeypatch, **initial) == 0
    assert cast("User", one(User, username="admin")).check_password("from the UI")
    assert installation.run(monkeypatch) == 0
    assert cast("User", one(User, username="admin")).check_password("the-admin-password")


def test_without_preload_no_content_is_made(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    assert installation.run(monkeypatch, FORAIL_PRELOAD_DATA="false") == 0
    assert not Rows(Organization).exists()
