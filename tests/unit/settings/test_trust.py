"""What `trust` takes as it is and warns of; what it refuses is in wrong_outbound.py."""

from __future__ import annotations

import pytest

from components.settings.trust import TrustSettings
from tests.unit.certificates import Authority
from tests.unit.settings.stackfile import nested, parsed, problems

CURRENT, EXPIRED = Authority("Current"), Authority("Expired", days=-1)


def test_several_authorities_are_taken_as_they_are() -> None:
    # As `openssl s_client -showcerts` writes them: what is between the blocks says whose each is.
    bundle = f"0 s:CN=Current\n{CURRENT.pem}\n1 s:CN=Other\n{Authority('Other').pem}"
    trust = parsed(nested({"trust.bundle": bundle})).stack.trust
    assert trust is not None
    assert trust.bundle == bundle
    assert list(trust.warnings()) == []


def test_an_expired_authority_is_warned_of_by_its_place() -> None:
    stack = parsed(nested({"trust.bundle": CURRENT.pem + EXPIRED.pem})).stack
    (warning,) = (warning for warning in stack.warnings if "trust" in warning)
    assert warning.startswith("trust.bundle: certificate 2 has expired on ")


def test_a_certificate_expires_with_the_second_that_it_names() -> None:
    trust = TrustSettings(bundle=CURRENT.pem)
    assert list(trust.warnings(CURRENT.expires - 1)) == []
    assert len(list(trust.warnings(CURRENT.expires))) == 1


@pytest.mark.parametrize(("chart", "warned"), [({}, False), ({"operator.chart.source": "./chart"}, True)])
def test_a_chart_that_has_no_place_for_it_is_warned_of(chart: dict[str, object], warned: bool) -> None:
    stack = parsed(nested({"trust.bundle": CURRENT.pem, **chart})).stack
    assert any("upstream's chart has no place" in warning for warning in stack.warnings) is warned


@pytest.mark.parametrize(
    "given",
    [
        {"existingConfigMap": {"configMapName": "cas", "key": "ca"}},
        {"existingSecret": {"secretName": "cas", "key": "ca"}},
    ],
)
def test_what_exists_is_named_and_not_read(given: dict[str, object]) -> None:
    assert problems({"trust": given}) == {}
