"""An `up` that is killed anywhere, by whatever dies, is taken up by the next one; `make kills` tries every place."""

import random
from pathlib import Path

import pytest

from rehearsal.plugins import official_release
from rehearsal.state import StateFolder
from tests.rehearsal.kills.boundary import Victim
from tests.rehearsal.kills.life import Ground, Outcome, live
from tests.rehearsal.kills.walk import single
from tests.rehearsal.rehearsed import Cluster

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
