"""Which changes of the encryption key are refused, and that nothing waits for less than the record of it."""

from __future__ import annotations

import pulumi
import pytest
from pulumi.output import Unknown

from components.data.secret_key import check, fingerprint, held, in_secret, kept
from components.record import Facts
from components.settings.secrets import ExistingSecret
from tests.unit.engine import resolved
from tests.unit.stacks import dev, elsewhere, everything

KEY = "k" * 50
MARK = fingerprint(KEY)


def secret(name: str) -> Facts:
    return kept(in_secret(ExistingSecret(secret_name=name, key="key")))


def read(name: str, mark: object) -> Facts:
    return {**secret(name), "mark": mark}


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ({"source": "generated", "mark": "1"}, {"source": "generated", "mark": "2"}, "generated 1 -> generated"),
        ({"source": "generated", "mark": "1"}, {"source": "generated", "mark": Unknown()}, "generated 1 -> generated"),
        ({"source": "given", "mark": "1"}, {"source": "generated", "mark": "2"}, "given 1 -> generated"),
        ({"source": "given", "mark": "1"}, {"source": "given", "mark": "2"}, "given 1 -> given 2"),
        ({"source": "generated", "mark": "1"}, {"source": "given", "mark": "2"}, "generated 1 -> given 2"),
        ({"source": "given", "mark": "1"}, secret("kept"), "given 1 -> secret kept/key"),
        (secret("kept"), {"source": "given", "mark": "1"}, "secret kept/key -> given 1"),
        (secret("kept"), secret("other"), "secret kept/key -> secret other/key"),
        (read("kept", "1"), read("kept", "2"), "secret kept/key 1 -> secret kept/key 2"),
        (read("kept", "1"), read("other", "2"), "secret kept/key 1 -> secret other/key 2"),
        (read("kept", "1"), read("other", Unknown()), "secret kept/key 1 -> secret other/key"),
        (read("kept", "1"), {"source": "generated", "mark": "2"}, "secret kept/key 1 -> generated"),
    ],
)
def test_another_key_is_refused(old: Facts, new: Facts, change: str) -> None:
    (refusal,) = check(old, new)
    assert refusal.change == f"secretKey {change}"
    assert f"({change})" in refusal.reason


def test_the_same_key_may_come_from_elsewhere() -> None:
    assert not list(check({"source": "generated", "mark": "1"}, {"source": "given", "mark": "1"}))
    assert not list(check(secret("kept"), secret("kept")))
    assert not list(check({"source": "generated", "mark": "1"}, read("kept", "1")))
    assert not list(check(read("kept", "1"), read("other", "1")))


def test_a_secret_of_others_may_be_read_from_now_on_or_no_longer() -> None:
    assert not list(check(secret("kept"), read("kept", "1")))
    assert not list(check(read("kept", "1"), secret("kept")))
    # Made anew, its Secret is not read by a preview; the up reads it.
    assert not list(check(read("kept", "1"), read("kept", Unknown())))


@pytest.mark.parametrize(("before", "after", "refused"), [(1, 2, False), (2, 4, False), (2, 1, True), (2, 2, True)])
def test_a_key_of_a_later_epoch_is_another_on_purpose(before: int, after: int, refused: bool) -> None:
    old = {"source": "generated", "mark": "1", "epoch": str(before)}
    assert bool(list(check(old, {"source": "generated", "mark": "2", "epoch": str(after)}))) is refused


def test_a_mark_tells_keys_apart_and_shows_none() -> None:
    assert fingerprint("another " * 6) != MARK
    assert len(MARK) == 8
    shown = resolved(lambda: pulumi.Output.from_input(held(pulumi.Output.secret(KEY), epoch=None)))
    assert shown == {"source": "given", "mark": MARK}


def test_pods_read_only_a_key_whose_record_was_let_pass() -> None:
    for stack in (dev(), everything()):
        deployment = stack.deploy()
        record = deployment.one("Stash", "forail-secret-key-kept")
        assert deployment.depends_on(deployment.one("Secret", "forail-secret-key"), record)
        assert not record.is_secret("input.mark")
        assert not deployment.depends_on(record, deployment.one("Stash", "forail-declared"))
    deployment = elsewhere().deploy()
    record = deployment.one("Stash", "forail-secret-key-kept")
    assert record.inputs["input"] == {"source": "secret kept-forailsecretkey/it"}
    assert deployment.depends_on(deployment.one("Deployment", "forail-web"), record)
