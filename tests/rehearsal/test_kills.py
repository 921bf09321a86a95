"""An `up` that is killed anywhere, by whatever dies, is taken up by the next one; `make kills` tries every place."""

import random
from pathlib import Path

from rehearsal.plugins import official_release
from rehearsal.state import StateFolder
from tests.rehearsal.kills.boundary import Victim
from tests.rehearsal.kills.life import Ground, live
from tests.rehearsal.rehearsed import Cluster


def test_a_stack_that_is_killed_again_and_again_converges(
    control_plane: Cluster, fixture_project: Path, tmp_path: Path
) -> None:
    victims = [victim for victim in Victim if victim is not Victim.PROVIDER or official_release("kubernetes")]
    seed = random.randrange(10**6)
    plane = StateFolder(control_plane.kubeconfig.parent.parent, "shared")
    ground = Ground(plane, control_plane.api, fixture_project, "dev")
    whole = live(ground, tmp_path / "whole", iter(()), None)
    assert whole.faults == []
    choose = random.Random(seed)
    plan = [(victim, choose.randint(1, whole.boundaries // 4)) for victim in victims]
    choose.shuffle(plan)
    killed = live(ground, tmp_path / "killed", iter(plan), whole.settled)
    assert killed.faults == [], f"seed {seed}, killed at {killed.kills}"
    assert len(killed.kills) == len(plan), f"seed {seed}: an up ended before it was killed"
