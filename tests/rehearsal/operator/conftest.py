"""A core, a release and a running stand-in for each module; a namespace for each test."""

from collections.abc import Generator

import pytest

from components.content.crd import custom_resource_definition
from components.content.kinds import Kind
from rehearsal.providers.kubernetes.api import Api
from rehearsal.providers.kubernetes.kubeconfig import load
from rehearsal.providers.kubernetes.objects import condition
from tests.rehearsal.operator.scene import CONTENT, Content, Core, Objects, Release, Scene, StandIn
from tests.rehearsal.rehearsed import Cluster, eventually

_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@pytest.fixture(scope="module")
def api(control_plane: Cluster) -> Generator[Api]:
    client = Api(load(str(control_plane.kubeconfig)))
    yield client
    client.close()


@pytest.fixture(scope="module")
def definitions(api: Api) -> Generator[Api]:
    """An API server with the nine kinds, as long as the module runs."""
    objects = Objects(api)
    paths = [f"{_DEFINITIONS}/{kind.crd_name}" for kind in Kind]
    for kind in Kind:
        objects.apply(custom_resource_definition(kind))
    for path in paths:
        eventually(f"{path} established", lambda path=path: _established(objects, path))
    yield api
    objects.clear()
    for path in paths:
        eventually(f"deletion of {path}", lambda path=path: objects.get(path) is None)


@pytest.fixture(scope="module")
def scene(control_plane: Cluster, definitions: Api, tmp_path_factory: pytest.TempPathFactory) -> Generator[Scene]:
    """A core and a release that fits it."""
    objects = Objects(definitions)
    stand_in = StandIn(control_plane.kubeconfig, tmp_path_factory.mktemp("operator"))
    core = Core(objects, objects.namespace("core"))
    release = Release(objects, objects.namespace("operator"), core.url)
    try:
        core.install()
        stand_in.start()
        release.install()
        yield Scene(objects, core, release, stand_in)
        _drain(objects)
    finally:
        stand_in.stop()
        objects.clear()


@pytest.fixture
def content(scene: Scene) -> Generator[Content]:
    """A namespace for custom resources; whatever the test leaves is deleted through the operator."""
    objects = Objects(scene.objects.api)
    yield Content(objects, objects.namespace("content"))
    objects.clear()


def _established(objects: Objects, path: str) -> bool:
    found = condition(objects.get(path), "Established") or {}
    return found.get("status") == "True"


def _drain(objects: Objects) -> None:
    for kind in Kind:
        path = f"{CONTENT}/{kind.plural}"
        eventually(f"deletion of every {kind}", lambda path=path: not objects.api.request("GET", path)["items"])
