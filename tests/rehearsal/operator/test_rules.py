"""Rules of the simulated Forail that need no cluster."""

from datetime import UTC, datetime

import pytest

from rehearsal.operator import validation
from rehearsal.operator.simple_kinds import next_start
from rehearsal.operator.tokens import Token

NOW = datetime(2030, 5, 1, 12, 30, tzinfo=UTC)
KEY = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("rule", "start"),
    [
        ("DTSTART:20300601T000000Z RRULE:FREQ=DAILY;INTERVAL=1", "2030-06-01T00:00:00Z"),
        ("DTSTART:20300401T020000Z RRULE:FREQ=DAILY;INTERVAL=1", "2030-05-02T02:00:00Z"),
        ("DTSTART:20300401T020000Z RRULE:FREQ=HOURLY;INTERVAL=6", "2030-05-01T14:00:00Z"),
        ("DTSTART:20300401T020000Z RRULE:FREQ=MONTHLY;INTERVAL=1", ""),
        ("DTSTART:20300401T020000Z RRULE:FREQ=DAILY;INTERVAL=0", "2030-04-01T02:00:00Z"),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_the_next_start_of_a_rule(rule: str, start: str) -> None:
    assert next_start(rule, NOW) == start


@pytest.mark.parametrize(
    ("template", "extra", "taken"),
    [
        ({}, "", True),
        ({}, "{}", True),
        ({}, "---", True),
        ({}, "color: blue", False),
        ({"askVariablesOnLaunch": True}, "color: blue", True),
        ({"extraVars": "color: blue"}, "color: blue", True),
        ({"extraVars": "color: red"}, "color: blue", False),
        ({"askVariablesOnLaunch": True}, "no mapping", False),
        ({"askVariablesOnLaunch": True}, "{", False),
    ],
)
def test_variables_that_a_template_takes(template: dict[str, object], extra: str, taken: bool) -> None:
    assert (validation.prompts(template, extra) is None) == taken


@pytest.mark.parametrize(
    ("text", "status"),
    [(KEY, None), (KEY.replace("AAAA", "PLACE-HOLDER"), 500), ("ssh-ed25519 AAAA", 500), ("", None)],
)
def test_keys_that_the_backend_can_read(text: str, status: int | None) -> None:
    refusal = validation.refusal("credentials", {"inputs": {"ssh_key_data": text}})
    assert (refusal[0] if refusal else None) == status


def test_inputs_of_credentials_are_not_stored() -> None:
    assert validation.stored("credentials", {"inputs": {"password": "p"}, "organization": 1}) == {"organization": 1}


def test_a_token_is_known_by_its_digest_alone() -> None:
    assert Token.of("abc") == Token.of("abc")
    assert Token.of("abc").sendable
    assert not Token.of("abc\n").sendable
    assert "abc" not in repr(Token.of("abc"))
