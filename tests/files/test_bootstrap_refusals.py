"""init/bootstrap.py against a stand-in for Forail: what it refuses, and the one line that says why."""

import json
from collections.abc import Callable
from typing import cast

import pytest

from tests.files.forail_double.platform import (
    MINE,
    Commands,
    Credential,
    ExecutionEnvironment,
    Instance,
    InstanceGroup,
    OAuth2AccessToken,
    Organization,
    Setting,
    User,
    bind,
    encrypted,
)
from tests.files.forail_double.run import ENVIRONMENT, MODES, TOKEN, Installation, default_group, fingerprint, one
from tests.files.forail_double.store import Model, Rows, Store


def refusal(capsys: pytest.CaptureFixture[str]) -> str:
    """The last line of stderr, which must be the reason; no secret may be anywhere."""
    printed = capsys.readouterr()
    for name in ("FORAIL_ADMIN_PASSWORD", "FORAIL_PAT", "FORAIL_SECRET_KEY", "REDIS_PASSWORD"):
        assert ENVIRONMENT[name] not in printed.out + printed.err.replace("not the key", "")
    last = printed.err.splitlines()[-1]
    assert last.startswith("bootstrap: ")
    return last


def test_the_key_is_recorded_and_a_wrong_one_refused_while_nothing_is_encrypted(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert installation.run(monkeypatch) == 0
    capsys.readouterr()
    installation.store.writes.clear()
    installation.secret_key = "wrong"
    assert installation.run(monkeypatch) == 1
    said = refusal(capsys)
    assert fingerprint(MINE) in said
    assert fingerprint("wrong") in said
    assert "put the old key back into the Secret" in said
    assert installation.store.writes == []


@pytest.mark.parametrize("kind", [Credential, Setting])
def test_stored_secrets_decide_whether_a_key_is_right(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: type[Model]
) -> None:
    if kind is Credential:
        Rows(Credential).create(name="c", inputs={"username": "u", "ask": "ASK", "password": encrypted("p")})
    else:
        Rows(Setting).create(key="SOCIAL_AUTH_SECRET", value=encrypted("p"))
    installation.secret_key = "wrong"
    assert installation.run(monkeypatch) == 1
    said = refusal(capsys)
    assert f"sha256 {fingerprint('wrong')}" in said
    assert "not recorded" in said
    installation.secret_key = MINE
    assert installation.run(monkeypatch) == 0


def test_after_a_rotation_that_re_encrypted_everything_the_new_key_is_recorded(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    Rows(Setting).create(key="FORAIL_STACK_SECRET_KEY_FINGERPRINT", value=fingerprint("before"))
    Rows(Credential).create(name="c", inputs={"password": encrypted("p")})
    assert installation.run(monkeypatch) == 0
    marker = one(Setting, key="FORAIL_STACK_SECRET_KEY_FINGERPRINT")
    assert vars(marker)["value"] == fingerprint(MINE)


def test_one_broken_value_among_good_ones_does_not_condemn_the_key(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    Rows(Credential).create(name="broken", inputs={"password": encrypted("p", "some-other-key")})
    Rows(Credential).create(name="good", inputs={"password": encrypted("p")})
    assert installation.run(monkeypatch) == 0


def test_pending_migrations_are_refused(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installation.pending_migrations = True
    assert installation.run(monkeypatch) == 1
    assert "migrations are pending" in refusal(capsys)
    assert installation.store.writes == []


def test_a_dead_redis_is_refused_with_the_clients_reason(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installation.redis_fault = "invalid username-password pair: redis/pass+word"
    assert installation.run(monkeypatch) == 1
    said = refusal(capsys)
    assert "Redis at forail-redis:6379 does not keep a value (invalid username-password pair" in said
    assert installation.store.writes == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"FORAIL_ADMIN_PASSWORD": ""}, "missing or empty: FORAIL_ADMIN_PASSWORD"),
        ({"FORAIL_PAT": "", "FORAIL_ADMIN_USER": ""}, "missing or empty: FORAIL_ADMIN_USER, FORAIL_PAT"),
        ({"FORAIL_ADMIN_EMAIL": "a@b.c"}, "FORAIL_ADMIN_EMAIL: 'a@b.c' is no e-mail address"),
        ({"FORAIL_ADMIN_USER": "a b"}, "FORAIL_ADMIN_USER: 'a b' is no user name"),
        ({"FORAIL_PAT_USER": "a b"}, "FORAIL_PAT_USER: 'a b' is no user name"),
        ({"FORAIL_PAT_USER": "admin"}, "needs a user of its own"),
        ({"FORAIL_NODE_TYPE": "hop"}, "'hop' must be hybrid or control"),
        ({"FORAIL_PAT": "short"}, "FORAIL_PAT must be 30 to 255 letters and digits"),
        ({"FORAIL_ADMIN_PASSWORD": "the-admin-password\n"}, "FORAIL_ADMIN_PASSWORD holds a line break"),
        ({"FORAIL_PRELOAD_DATA": "yes"}, "FORAIL_PRELOAD_DATA must be 'true' or 'false'"),
        ({"FORAIL_TOKENS": "no json"}, "do not fit together: run pulumi up again"),
        ({"FORAIL_TOKENS": '[{"name": "ci", "user": "ci", "scope": "read"}]'}, "do not fit together"),
        (
            {
                "FORAIL_TOKENS": '[{"name": "ci", "user": "ci", "scope": "read"}]',
                "FORAIL_TOKEN_VALUES": '{"ci": "short"}',
            },
            "the value of token 'ci' must be 30 to 255 letters and digits",
        ),
        ({"FORAIL_ADMIN_PASSWORD_POLICY": "once"}, "FORAIL_ADMIN_PASSWORD_POLICY must be 'initial' or 'enforce'"),
    ],
)
def test_unusable_variables_are_named(
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, str],
    said: str,
) -> None:
    assert installation.run(monkeypatch, **changes) == 1
    assert said in refusal(capsys)
    assert installation.store.writes == []


def spoil_admin() -> None:
    row = one(User, username="admin")
    vars(row)["password"] = "hash:other"
    row.save()


def spoil_group(**fields: object) -> Callable[[], None]:
    def spoil() -> None:
        row = default_group()
        vars(row).update(fields)
        row.save()

    return spoil


def spoil_rows(model: type[Model], **fields: object) -> Callable[[], None]:
    def spoil() -> None:
        for row in Rows(model):
            vars(row).update(fields)
            row.save()

    return spoil


@pytest.mark.parametrize(
    ("mode", "spoil", "said"),
    [
        ("hybrid", spoil_admin, "superuser with the declared password"),
        ("hybrid", lambda: Rows(OAuth2AccessToken).delete(), "exactly one token of the stack"),
        ("hybrid", spoil_rows(OAuth2AccessToken, user_id=1), "owner of the token"),
        ("hybrid", lambda: Rows(Instance).delete(), "type of the node"),
        ("hybrid", spoil_rows(Instance, node_type="control"), "type of the node"),
        ("control-per-pod", lambda: Rows(Instance).create(hostname="forail-node"), "no single node beside"),
        ("hybrid", lambda: Rows(InstanceGroup).filter(name="controlplane").delete(), "group 'controlplane'"),
        ("hybrid", spoil_group(is_container_group=True), "kind of group 'default'"),
        ("control", spoil_group(is_container_group=False), "kind of group 'default'"),
        ("hybrid", lambda: default_group().instances.clear(), "members of 'default'"),
        ("control", lambda: default_group().instances.add(cast("Instance", one(Instance))), "members of 'default'"),
        ("hybrid", spoil_group(policy_instance_list=[]), "policy list of 'default'"),
        ("control", spoil_group(policy_instance_list=["x"]), "policy list of 'default'"),
        ("hybrid", spoil_rows(ExecutionEnvironment, image="x"), "images of the execution environments"),
    ],
)
def test_each_point_is_checked_after_applying_and_a_miss_takes_everything_back(
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    mode: str,
    spoil: Callable[[], None],
    said: str,
) -> None:
    installation.before_verify = spoil
    assert installation.run(monkeypatch, **MODES[mode]) == 1
    line = refusal(capsys)
    assert "after applying, these are not as declared" in line
    assert said in line
    assert installation.store.contents() == []


def test_an_unforeseen_error_is_told_without_the_values_in_it(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def duplicate() -> None:
        Rows(OAuth2AccessToken).create(token=TOKEN)

    installation.before_verify = duplicate
    assert installation.run(monkeypatch) == 1
    said = refusal(capsys)
    assert said == (
        "bootstrap: IntegrityError: duplicate key value: Key (token)=(***) already exists. "
        "Nothing was changed; see the lines above"
    )
    assert installation.store.contents() == []


def test_a_command_that_fails_is_named(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def exits(_self: Commands, queuename: str, **_options: object) -> None:
        raise SystemExit(f"no {queuename}")

    monkeypatch.setattr(Commands, "register_queue", exits)
    assert installation.run(monkeypatch) == 1
    assert "forail-manage register_queue failed: no controlplane" in refusal(capsys)
    assert installation.store.contents() == []


def test_the_stand_in_refuses_what_the_real_commands_refuse() -> None:
    store = Store()
    bind(store)
    commands = Commands(store.atomic)
    with pytest.raises(Exception, match="only intended for use in K8s installs"):
        commands("provision_instance")
    with pytest.raises(AttributeError):
        commands("create_preload_data")
    assert Rows(Organization).exists()
    Rows(User).create(username="admin")
    with pytest.raises(Exception, match="already exists"):
        Rows(User).create(username="admin")
    Rows(Instance).create(hostname="n", node_state="ready")
    commands("provision_instance", hostname="n", node_type="hybrid")
    assert vars(one(Instance))["node_state"] == "installed"
    Rows(InstanceGroup).create(name="default", is_container_group=True)
    commands("register_queue", queuename="default", instance_percent=100)
    assert default_group().is_container_group


@pytest.mark.parametrize(
    ("given", "from_file", "said"),
    [
        ({"SESSION_COOKIE_AGE": 3600}, {}, "does not read as declared SESSION_COOKIE_AGE"),
        ({"SESSION_COOKIE_AGE": 3600}, {"SESSION_COOKIE_AGE": 1800}, "does not read as declared SESSION_COOKIE_AGE"),
        ({"SESSION_COOKIE_AGE": 59}, {"SESSION_COOKIE_AGE": 59}, "Forail refuses the values of SESSION_COOKIE_AGE"),
        ({"FUTURE": 1, "OTHER": 2}, {}, "this version of Forail does not know FUTURE, OTHER: correct them"),
        ({"AWX_TASK_ENV": {"A": "b"}}, {"AWX_TASK_ENV": {"B": "c"}}, "does not read as declared AWX_TASK_ENV"),
        ({"SOCIAL_AUTH_OIDC_SCOPE": ["a"]}, {}, "Forail does not read as declared SOCIAL_AUTH_OIDC_SCOPE"),
    ],
)  # fmt: skip
def test_settings_of_the_stack_that_forail_does_not_have_are_named(
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    given: dict[str, object],
    from_file: dict[str, object],
    said: str,
) -> None:
    installation.registry.from_file.update(from_file)
    assert installation.run(monkeypatch, FORAIL_SETTINGS=json.dumps(given)) == 1
    assert said in refusal(capsys)
    assert installation.store.writes == []


def test_a_refused_setting_that_is_a_secret_is_named_and_never_shown(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "hunter2" * 8
    installation.registry.from_file["RADIUS_SECRET"] = secret
    assert installation.run(monkeypatch, FORAIL_SETTING_RADIUS_SECRET=secret) == 1
    printed = capsys.readouterr()
    assert "Forail refuses the values of RADIUS_SECRET" in printed.err
    assert "hunter2" not in printed.out + printed.err


def test_settings_that_the_file_gives_as_declared_are_fine(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"SESSION_COOKIE_AGE": 3600, "AWX_TASK_ENV": {"A": "b"}, "SOCIAL_AUTH_OIDC_SCOPE": ["a"]}
    installation.registry.from_file.update({**given, "RADIUS_SECRET": "shared"})
    environment = {"FORAIL_SETTINGS": json.dumps(given), "FORAIL_SETTING_RADIUS_SECRET": "shared\n"}
    assert installation.run(monkeypatch, **environment) == 0, capsys.readouterr().err
    # The settings file adds the proxy.
    installation.registry.from_file["AWX_TASK_ENV"] = {"A": "b", "http_proxy": "http://proxy:3128"}
    assert installation.run(monkeypatch, **environment) == 0, capsys.readouterr().err
