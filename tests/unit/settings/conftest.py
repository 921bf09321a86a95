"""What the settings' tests share."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from tests.unit.settings.certificates import make_certificate

# Derandomized: a red run is red again. Deadlines measure the machine, not the code.
settings.register_profile(
    "forail", derandomize=True, deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("forail")


@pytest.fixture(scope="session")
def self_signed() -> tuple[str, str]:
    """Certificate and key for `forail.lan`."""
    return make_certificate("forail.lan", "*.forail.lan")
