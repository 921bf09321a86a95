"""What the program does before it declares anything: only imports, without a look for garbage among them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from tests.unit.engine import ROOT

GROUPS = {"apps", "batch", "core", "meta", "networking", "rbac"}
"""Kinds of Kubernetes that every stack has. Each group costs up to 0.2 s."""
_PROBE = """
import gc, json, sys
import pulumi, pulumi_kubernetes, pulumi_random, pulumi_tls
full = []
gc.callbacks.append(lambda phase, info: full.append(phase) if info["generation"] == 2 else None)
import runpy
runpy.run_path("__main__.py", run_name="imported")
print(json.dumps({"full": len(full), "modules": sorted(sys.modules)}))
"""


@pytest.fixture(scope="module")
def started() -> dict[str, Any]:
    """What the imports of the program did, on top of those of its language host, in an interpreter of its own."""
    done = subprocess.run([sys.executable, "-c", _PROBE], cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_the_imports_are_not_searched_for_garbage(started: dict[str, Any]) -> None:
    """Half a million objects, all of which stay: it took a seventh of a preview."""
    assert started["full"] == 0


def test_only_the_kinds_that_every_stack_has_are_imported(started: dict[str, Any]) -> None:
    found = [re.fullmatch(r"pulumi_kubernetes\.(\w+)\.v\w+", str(name)) for name in started["modules"]]
    assert {group[1] for group in found if group} == GROUPS
