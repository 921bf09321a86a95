"""secret_key/reencrypt.py against a stand-in for Forail: which key the stored secrets have, and their change."""

from collections.abc import Callable

import pytest

from tests.files.forail_double.platform import MINE, Commands, Credential, Setting, bind, encrypted
from tests.files.forail_double.run import Installation, fingerprint
from tests.files.forail_double.store import Killed, Rows
from tests.files.programs import FILES

SOURCE = (FILES / "secret_key" / "reencrypt.py").read_text()
NEW, FORMER, OLDEST = "the-new-key", MINE, "the-oldest-key"
KEYS = {"FORAIL_SECRET_KEY": NEW, "FORAIL_SECRET_KEY_FORMER_1": FORMER, "FORAIL_SECRET_KEY_FORMER_2": OLDEST}
MARKER = "FORAIL_STACK_SECRET_KEY_FINGERPRINT"


def stored(key: str) -> None:
    """What a platform with this key has stored."""
    Rows(Credential).create(name="c", inputs={"username": "u", "ask": "ASK", "password": encrypted("p", key)})
    Rows(Setting).create(key="SOCIAL_AUTH_SECRET", value=encrypted("s", key))
    Rows(Setting).create(key=MARKER, value=fingerprint(key))


def recorded(key: str) -> None:
    """A platform that has stored nothing yet."""
    Rows(Setting).create(key=MARKER, value=fingerprint(key))


@pytest.fixture
def database(installation: Installation) -> Installation:
    installation.source = SOURCE
    return installation


Said = pytest.CaptureFixture[str]


@pytest.mark.parametrize("fill", [stored, recorded])
@pytest.mark.parametrize("holder", list(KEYS))
def test_says_whose_key_the_stored_secrets_have(
    database: Installation, monkeypatch: pytest.MonkeyPatch, capsys: Said, fill: Callable[[str], None], holder: str
) -> None:
    fill(KEYS[holder])
    database.store.writes.clear()
    assert database.run(monkeypatch, REENCRYPT="ask", **KEYS) == 0
    assert capsys.readouterr().out == f"key: {holder}\n"
    assert database.store.writes == []


def test_says_that_nothing_was_ever_stored(
    database: Installation, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    assert database.run(monkeypatch, REENCRYPT="ask", **KEYS) == 0
    assert capsys.readouterr().out == "key: none\n"


@pytest.mark.parametrize("fill", [stored, recorded])
def test_a_key_of_nobody_is_refused_without_telling_one(
    database: Installation, monkeypatch: pytest.MonkeyPatch, capsys: Said, fill: Callable[[str], None]
) -> None:
    fill("somebody else's")
    assert database.run(monkeypatch, REENCRYPT="ask", **KEYS) == 1
    said = capsys.readouterr().err
    assert said.startswith("secret-key: no key opens what this database stores")
    assert fingerprint("somebody else's") in said
    assert not [key for key in KEYS.values() if key in said.replace("secret-key", "")]


def applied(database: Installation, monkeypatch: pytest.MonkeyPatch) -> int:
    """The change to the new key, which Forail makes under the former one."""
    return database.run(monkeypatch, REENCRYPT="apply", FORAIL_SECRET_KEY=FORMER, TOWER_SECRET_KEY=NEW)


def values() -> list[object]:
    """Everything that is encrypted, and the marker."""
    inputs = [value for credential in Rows(Credential) for value in credential.inputs.values()]
    return [*inputs, *(setting.value for setting in Rows(Setting))]


def test_everything_is_stored_under_the_new_key(
    database: Installation, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    stored(FORMER)
    assert applied(database, monkeypatch) == 0
    assert values() == ["u", "ASK", encrypted("p", NEW), encrypted("s", NEW), fingerprint(NEW)]
    said = capsys.readouterr()
    assert said.out == "proven: 2\n"
    assert NEW not in said.out + said.err


def test_killed_at_any_write_everything_has_one_key(database: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(FORMER)
    before = values()
    unbroken = Installation(source=SOURCE)
    bind(unbroken.store)
    stored(FORMER)
    unbroken.store.writes.clear()
    assert applied(unbroken, monkeypatch) == 0
    writes = len(unbroken.store.writes)
    assert writes == 3
    for nth in range(1, writes + 1):
        bind(database.store)
        database.store.writes.clear()
        database.store.kill_at = nth
        with pytest.raises(Killed):
            applied(database, monkeypatch)
        assert values() == before
        database.store.kill_at = None
    assert applied(database, monkeypatch) == 0
    bind(unbroken.store)
    after = values()
    bind(database.store)
    assert values() == after


def test_a_value_that_another_key_has_leaves_everything(
    database: Installation, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    stored(FORMER)
    Rows(Credential).create(name="odd", inputs={"password": encrypted("p", "another")})
    before = values()
    assert applied(database, monkeypatch) == 1
    assert values() == before
    assert capsys.readouterr().err == (
        "secret-key: InvalidToken while the stored secrets were read. Nothing was changed\n"
    )


def test_a_value_that_forails_own_command_leaves_out_is_seen(
    database: Installation, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    stored(FORMER)
    before = values()

    def nothing(_self: Commands, **_options: object) -> None:
        """A command of a release that forgot a table."""

    monkeypatch.setattr(Commands, "regenerate_secret_key", nothing)
    assert applied(database, monkeypatch) == 1
    assert values() == before
    assert "does not open with the new key. Nothing was changed" in capsys.readouterr().err
