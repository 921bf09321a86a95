"""A core, a release and a running stand-in for each module; a namespace for each test."""

import os
import signal
from collections.abc import Generator

import pytest

from rehearsal import processes
from rehearsal.kubernetes.api import Api
from rehearsal.operator import NAME
from tests.rehearsal.operator.objects import Content, Objects
from tests.rehearsal.operator.scene import Core, Release, Scene, StandIn
from tests.rehearsal.rehearsed import Cluster


@pytest.fixture(scope="module")
def alone(control_plane: Cluster) -> Generator[Cluster]:
    """Pauses the control plane's own stand-in: its periods are long, and two must not work on one resource."""
    recorded = processes.load(control_plane.kubeconfig.with_name("processes.json"))
    own = next(process for process in recorded if process.name == NAME)
    os.kill(own.pid, signal.SIGSTOP)
    try:
        yield control_plane
    finally:
        os.kill(own.pid, signal.SIGCONT)


@pytest.fixture(scope="module")
def api(control_plane: Cluster) -> Api:
    return control_plane.api


@pytest.fixture(scope="module")
def definitions(api: Api) -> Generator[Api]:
    """An API server with the nine kinds, as long as the module runs."""
    objects = Objects(api)
    objects.define()
    yield api
    objects.undefine()


@pytest.fixture(scope="module")
def scene(alone: Cluster, definitions: Api, tmp_path_factory: pytest.TempPathFactory) -> Generator[Scene]:
    """A core and a release that fits it."""
    objects = Objects(definitions)
    stand_in = StandIn(alone.kubeconfig, tmp_path_factory.mktemp("operator"))
    core = Core(objects, objects.namespace("core"))
    release = Release(objects, objects.namespace("operator"), core.url)
    try:
        core.install()
        stand_in.start()
        release.install()
        yield Scene(objects, core, release, stand_in)
    finally:
        stand_in.stop()
        objects.clear()


@pytest.fixture
def content(scene: Scene) -> Generator[Content]:
    """A namespace for custom resources; whatever the test leaves is deleted through the operator."""
    objects = Objects(scene.objects.api)
    yield Content(objects, objects.namespace("content"))
    objects.clear()
