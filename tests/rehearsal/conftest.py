"""One control plane for the session (each worker of pytest-xdist), and stacks that are destroyed after their test.

The providers are the stand-ins, whatever the machine has installed, unless FORAIL_REHEARSAL_PROVIDERS says otherwise;
see `rehearsal.plugins.Choice`.
"""

import io
import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from rehearsal import certificates, definitions
from rehearsal.control_plane import ControlPlane
from rehearsal.engine import Engine
from rehearsal.kubernetes.api import Api
from rehearsal.kubernetes.kubeconfig import load
from rehearsal.pins import Definitions
from rehearsal.plugins import VARIABLE, Choice, official_release
from rehearsal.progress import Progress
from rehearsal.project import Project
from rehearsal.state import StateFolder
from tests.rehearsal.official import expect_differences
from tests.rehearsal.rehearsed import Cluster, Rehearse, Rehearsed

# In the environment, so that the command lines that tests start follow it as well.
os.environ.setdefault(VARIABLE, Choice.STAND_INS)
FIXTURE_PROJECT = Path(__file__).with_name("project")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On an official provider, a test that is known to differ must fail."""
    if release := official_release("kubernetes"):
        whole_modules = not any("::" in argument for argument in config.args)
        expect_differences(items, release, whole_modules=whole_modules)


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Generator[Cluster]:
    """A real control plane, shared by the session's tests: each must leave it as it was."""
    state = StateFolder(tmp_path_factory.mktemp("cluster"), "shared")
    plane = ControlPlane(state, Progress())
    try:
        plane.ensure()
        files = certificates.ensure(state.certificates)
        url = plane.url()
        with Api(load(str(plane.kubeconfig))) as api:
            yield Cluster(plane.kubeconfig, url, files.authority, api, plane)
    finally:
        plane.stop()
        state.remove()


@pytest.fixture(scope="module")
def defined(control_plane: Cluster) -> Generator[Callable[[Definitions], None]]:
    """Have the control plane serve the definitions of a project of `rehearsal.pins`, until the module has ended."""
    brought: list[Definitions] = []

    def bring(source: Definitions) -> None:
        brought.append(source)
        definitions.bring(control_plane.api, [source], Progress())

    yield bring
    definitions.remove(control_plane.api, brought, Progress())


@pytest.fixture
def rehearse(control_plane: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Generator[Rehearse]:
    """Run projects on the shared control plane; see `Rehearse`."""
    with _rehearsing(control_plane, tmp_path_factory) as factory:
        yield factory


@pytest.fixture(scope="module")
def module_rehearse(control_plane: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Generator[Rehearse]:
    """The same for fixtures that all tests of a module share."""
    with _rehearsing(control_plane, tmp_path_factory) as factory:
        yield factory


@pytest.fixture(scope="session")
def fixture_project() -> Path:
    """The folder of the small program beside this file."""
    return FIXTURE_PROJECT


@contextmanager
def _rehearsing(cluster: Cluster, folders: pytest.TempPathFactory) -> Generator[Rehearse]:
    made: list[Rehearsed] = []

    def factory(
        project_dir: Path,
        stack: str = "dev",
        config_overrides: Mapping[str, object] | None = None,
        *,
        secret_overrides: Mapping[str, str] | None = None,
        strict: bool | None = None,
        beside: Rehearsed | None = None,
    ) -> Rehearsed:
        messages = io.StringIO()
        state = StateFolder(beside.engine.state.root if beside else folders.mktemp("backend"), stack)
        engine = Engine(
            state,
            Project.load(project_dir),
            Progress(messages),
            config_overrides or {},
            secret_overrides or {},
            strict,
            cluster.kubeconfig,
        )
        made.append(Rehearsed(engine, messages))
        return made[-1]

    # Nothing is killed here, so the state is written once, at the end of each run, instead of twice at every step.
    whole_runs = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in whole_runs.items():
                patch.setenv(name, value)
            yield factory
    finally:
        for rehearsed in reversed(made):
            if rehearsed.holds_resources():
                rehearsed.destroy(protected=True)
