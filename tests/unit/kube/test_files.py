"""Files of pods: each in its ConfigMap, under a name that changes with it."""

from __future__ import annotations

import pytest

from components.kube.files import FOLDER
from tests.unit.deployment import Registered
from tests.unit.edge.component import edge
from tests.unit.stacks import EVERY, adopted, alone, every


def config_maps(stack: str) -> list[Registered]:
    """The stack's ConfigMaps."""
    return every(stack).all("ConfigMap")


@pytest.mark.parametrize("stack", list(EVERY))
def test_names_change_with_content(stack: str) -> None:
    for item in config_maps(stack):
        # People and monitoring read these by their names; no pod mounts them.
        read = ("forail-backup-drill-report", "forail-monitoring-dashboard")
        if "forail:operator:" not in item.urn and item.name not in read:
            assert "name" not in item.inputs["metadata"], f"{item.label}: with a fixed name nothing would roll"


def test_every_file_is_mounted_somewhere_as_it_is() -> None:
    # Nothing that is given rotates, so no other stack has a former key.
    rotated = alone().deploy(rotation={"forailSecretKey": 2}).all("ConfigMap")
    edges = [item for mode in ("disabled", "terminatedUpstream") for item in edge(tls={"mode": mode}).all("ConfigMap")]
    others = [*rotated, *adopted().deploy().all("ConfigMap"), *edges]
    found = [*(item for stack in EVERY for item in config_maps(stack)), *others]
    texts = {text for item in found for text in item.inputs["data"].values()}
    files = [path for path in FOLDER.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert len(files) > 10
    unused = [str(path.relative_to(FOLDER)) for path in files if path.read_text(encoding="utf-8") not in texts]
    assert not unused
