"""A program in a folder of its own installs the package, brings up two platforms, and then changes nothing."""

import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.rehearsal.rehearsed import Cluster, Rehearse

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """The package as pip installs it, on the import path."""
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--target", str(folder), str(CHECKOUT)], check=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(folder), *sys.path])
        yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "forail_pulumi"]:
        del sys.modules[name]


def test_two_platforms_come_up_from_the_installed_package(
    installed: Path, rehearse: Rehearse, control_plane: Cluster, tmp_path: Path
) -> None:
    project = Path(shutil.copytree(CHECKOUT / "examples" / "library", tmp_path / "library"))
    stack = rehearse(project)
    outputs = stack.up()
    assert sys.modules["forail_pulumi"].__file__ == str(installed / "forail_pulumi" / "__init__.py")
    assert outputs.values == {
        "branchUrl": "https://branch.forail.lan:30443/",
        "officeUrl": "https://office.forail.lan:30443/",
    }
    for namespace in ("branch", "forail"):
        path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
        found = control_plane.api.items(path)
        ready = {item["metadata"]["name"]: item["status"].get("readyReplicas") for item in found}
        assert ready["forail-web"] == 1
    stack.up(expect_no_changes=True)
