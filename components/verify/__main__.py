"""Verifies a stack from outside: `pulumi stack output --json --show-secrets | python -m components.verify`.

The program is the one that the Job mounts; it needs nothing but Python.
"""

from __future__ import annotations

import runpy

from ..kube.files import FOLDER

runpy.run_path(str(FOLDER / "verify"), run_name="__main__")
