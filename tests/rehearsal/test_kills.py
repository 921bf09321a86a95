"""An `up` that is killed anywhere, by whatever dies, is taken up by the next one; `make kills` tries every place."""

import random
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rehearsal.plugins import official_release
from rehearsal.state import StateFolder
from tests.rehearsal.kills.api_server import ApiServer
from tests.rehearsal.kills.boundary import Victim
from tests.rehearsal.kills.life import Ground, Outcome, live
from tests.rehearsal.kills.walk import single
from tests.rehearsal.rehearsed import Cluster, eventually

OF_THEIR_OWN = [victim for victim in Victim if victim is not Victim.PROVIDER or official_release("kubernetes")]
"""The victims that are processes: a stand-in provider ends with its command."""


@pytest.fixture(scope="module")
def ground(control_plane: Cluster, fixture_project: Path) -> Ground:
    plane = StateFolder(control_plane.kubeconfig.parent.parent, "shared")
    return Ground(plane, control_plane.api, fixture_project, "dev")


@pytest.fixture(scope="module")
def whole(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A life of the small program without a kill."""
    lived = live(ground, tmp_path_factory.mktemp("whole"), iter(()), None)
    assert lived.faults == []
    return lived


@pytest.mark.parametrize("victim", OF_THEIR_OWN)
def test_an_up_killed_at_any_boundary_is_taken_up(
    ground: Ground, whole: Outcome, tmp_path: Path, victim: Victim
) -> None:
    at = random.choice(whole.boundaries)
    killed = live(ground, tmp_path, single(victim, at), whole)
    where = f"{victim} killed: {at}"
    assert killed.faults == [], where
    assert killed.kills == [(victim, at)], where


def test_an_api_server_whose_port_another_program_has_is_started_until_it_answers(ground: Ground) -> None:
    """Its port is one of those that the system gives to outgoing connections, so anybody may have it in between."""
    server = ApiServer.running(ground.plane)
    with socket.socket() as other:
        address = urlsplit(ground.api.server)
        server.kill()
        # The server's own connections are still on their way out.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((address.hostname, address.port))
        other.listen()
        server.start()
        eventually("the end of a server without a port", server.ended)
    server.await_answer()
    assert ground.api.get("/api/v1/namespaces/default")
