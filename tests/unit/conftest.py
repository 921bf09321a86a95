"""The environment that every unit test starts from."""

from __future__ import annotations

import gc
import os

import pytest


@pytest.fixture(autouse=True, scope="session")
def _only_the_tests_environment() -> None:  # pyright: ignore[reportUnusedFunction] pytest uses it
    """No cluster of the developer's reaches the program, and an output pasted into a text is an error."""
    for name in [name for name in os.environ if name == "KUBECONFIG" or name.startswith("PULUMI_")]:
        del os.environ[name]
    os.environ["PULUMI_ERROR_OUTPUT_STRING"] = "1"


def pytest_collection_finish() -> None:
    """What is imported by now stays: collecting garbage need not look at it again."""
    gc.freeze()
