"""Where a walk over the boundaries kills, without an engine."""

import pytest

from tests.rehearsal.kills.boundary import Aim, Boundary, Victim
from tests.rehearsal.kills.walk import Walk, single, spread

BOUNDARIES = [Boundary(moment, "create", name) for name in ("a", "b", "c", "d") for moment in ("begins", "is done")]
OF_A_RERUN = Boundary("begins", "update", "a")


def killed_at(aim: Aim, comes: list[Boundary]) -> Boundary | None:
    """Where an `up` dies that comes to these."""
    return next((boundary for boundary in comes if aim.takes(boundary)), None)


def test_a_walk_kills_at_each_boundary_once_and_goes_on_in_another_life_where_one_was_skipped() -> None:
    walk = Walk(Victim.ENGINE, set(BOUNDARIES))
    killed: list[list[Boundary]] = []
    while walk.left:
        comes = [OF_A_RERUN, *BOUNDARIES]
        killed.append([])
        for victim, aim in walk.plan():
            assert victim is Victim.ENGINE
            boundary = killed_at(aim, comes)
            if boundary is None:
                break
            walk.note(boundary)
            killed[-1].append(boundary)
            # What was in flight is done before the next `up` looks: that one does not come to its end.
            comes = [other for other in comes if other.urn != boundary.urn]
    assert killed == [
        [OF_A_RERUN, *(one for one in BOUNDARIES[2:] if one.moment == "begins")],
        [BOUNDARIES[0], *(one for one in BOUNDARIES[2:] if one.moment == "is done")],
        [BOUNDARIES[1]],
    ]
    assert walk.tried == {OF_A_RERUN, *BOUNDARIES}


def test_a_life_that_is_killed_once_is_killed_there_only() -> None:
    ((victim, aim),) = single(Victim.UP, BOUNDARIES[3])
    assert (victim, killed_at(aim, BOUNDARIES)) == (Victim.UP, BOUNDARIES[3])
    assert killed_at(aim, [OF_A_RERUN, *BOUNDARIES[:3]]) is None


@pytest.mark.parametrize(
    ("number", "seed", "expected"),
    [
        (2, 0, [0, 4]),
        (2, 7, [7, 3]),
        (3, 1, [1, 3, 6]),
        (8, 0, list(range(8))),
        (20, 0, list(range(8))),
    ],
    ids=["two", "from another place", "not a divisor", "all", "more than there are"],
)
def test_a_sample_is_spread_evenly(number: int, seed: int, expected: list[int]) -> None:
    assert spread(BOUNDARIES, number, seed) == [BOUNDARIES[place] for place in expected]
