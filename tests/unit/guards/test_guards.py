"""What each guard says of a step, and what it lets pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from components.content.catalog import Catalog
from components.content.check.known import Known
from components.guards.declaration import Declaration, runs
from components.guards.table import GUARDS, refusals
from components.record import Facts
from components.settings.images import RELEASE, ImageName
from components.settings.releases import TOGETHER, unknown_mix
from components.settings.stack import StackFile
from components.settings.upgrade import GuardName
from tests.unit.content.builders import instance, organization
from tests.unit.content.manifests import load
from tests.unit.settings.stackfile import nested, parsed

DIGEST, OTHER = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
EXTERNAL = {"postgres.mode": "external", "postgres.host": "db.example.com", "postgres.tls.mode": "disable"}
DRILL = {"backups.drill.size": "20Gi"}
File = Mapping[str, object]


def stack(given: File) -> StackFile:
    external = given.get("postgres.mode") == "external"
    return parsed(nested(given), {"postgresPassword": "given"} if external else None).stack


def changes(old: File, new: File, *, protected: bool = True, running: tuple[str, ...] = ()) -> list[str]:
    """The changes that are refused on the way from one stack file to another."""
    before, after = (Declaration.of(stack(file), Catalog()).recorded for file in (old, new))
    return [refusal.change for refusal in refusals(before, after, protected=protected, runs=running)]


# From one stack file to another, and the change that is refused.
REFUSED: list[tuple[File, File, str]] = [
    ({"images.backend.tag": "2026.07.1"}, {"images.backend.tag": "2026.07.0"}, "backend 2026.07.1 -> 2026.07.0"),
    ({"images.backend.tag": "v2026.10.0-fix"}, {}, "backend v2026.10.0-fix -> 2026.07.1"),
    ({"images.backend.tag": "2026.07"}, {"images.backend.tag": "2025.12.9"}, "backend 2026.07 -> 2025.12.9"),
    ({}, {"images.backend.tag": "2026.10.0"}, "release backend 2026.10.0, frontend 2026.07.0, operator 2026.07.1"),
    ({}, {"images.frontend.tag": "nightly"}, "release backend 2026.07.1, frontend nightly, operator 2026.07.1"),
    ({}, {"images.operator.tag": "2026.06.9"}, "release backend 2026.07.1, frontend 2026.07.0, operator 2026.06.9"),
    ({}, {"operator.enabled": False, "images.frontend.tag": "1"}, "release backend 2026.07.1, frontend 1"),
    ({}, {"images.postgres.tag": "17-alpine"}, "postgres 15 -> 17"),
    ({"images.postgres.tag": "16"}, {}, "postgres 16 -> 15"),
    ({}, {"images.postgres.digest": DIGEST}, f"postgres {RELEASE[ImageName.POSTGRES][1]} -> {DIGEST}"),
    ({"images.postgres.digest": DIGEST}, {"images.postgres.digest": OTHER}, f"postgres {DIGEST} -> {OTHER}"),
    ({}, {"images.postgres.tag": "alpine"}, f"postgres {RELEASE[ImageName.POSTGRES][1]} -> alpine"),
    ({}, EXTERNAL, "database inCluster/forail -> db.example.com:5432/forail"),
    (EXTERNAL, {**EXTERNAL, "postgres.host": "other"}, "database db.example.com:5432/forail -> other:5432/forail"),
    ({}, {"postgres.database": "another"}, "database inCluster/forail -> inCluster/another"),
    ({}, {"namespace.name": "elsewhere"}, "namespace forail -> elsewhere"),
    ({"namespace.create": False}, {"namespace.name": "elsewhere"}, "namespace forail -> elsewhere"),
    ({}, {"operator.namespace.name": "o"}, "namespace forail-operator -> o"),
    ({}, {"redis.storage.size": "1Gi"}, "claim redis.storage 2Gi -> 1Gi"),
    ({"redis.storage.size": "2048Mi"}, {"redis.storage.size": "2G"}, "claim redis.storage 2048Mi -> 2G"),
    ({}, {"backups.storage.storageClass": "fast"}, "claim backups.storage the default -> fast"),
    ({"postgres.storage.storageClass": "fast"}, {}, "claim postgres.storage fast -> the default"),
    ({}, {"receptor.storage.accessMode": "ReadWriteMany"}, "claim receptor.storage ReadWriteOnce -> ReadWriteMany"),
    ({}, {"projects.storage.existingClaim": "mine"}, "claim projects.storage forail-projects -> mine"),
    ({"redis.storage.existingClaim": "mine"}, {}, "claim redis.storage mine -> forail-redis"),
    ({}, {"postgres.claimName": "forail-postgres-b"}, "claim postgres.storage forail-postgres -> forail-postgres-b"),
    ({"postgres.storage.existingClaim": "mine"}, {}, "claim postgres.storage mine -> forail-postgres"),
    ({}, {"operator.enabled": False}, "operator on -> off"),
    (
        {"rotation.postgresSuperuserPassword": 3},
        {"rotation.postgresSuperuserPassword": 2},
        "rotation postgresSuperuserPassword 3 -> 2",
    ),
    ({"rotation.postgresSuperuserPassword": 2}, {}, "rotation postgresSuperuserPassword 2 -> 1"),
]


@pytest.mark.parametrize(("old", "new", "change"), REFUSED, ids=[change for *_, change in REFUSED])
def test_what_costs_something_is_refused(old: File, new: File, change: str) -> None:
    assert change in changes(old, new)
    assert changes(old, old) == []
    assert changes(new, new) == []


# What is on the way to somewhere else, or what the last `up` was allowed already.
PASSES: list[tuple[File, File]] = [
    ({}, {"images.operator.tag": "2026.06.1"}),
    ({"images.backend.tag": "2026.07.0-rc1", "images.frontend.tag": "2026.06.0"}, {}),
    ({"images.backend.tag": "2026.10.0"}, {"images.backend.tag": "2026.10.0", "web.replicas": 1}),
    ({}, {"images.backend.digest": DIGEST}),
    ({"images.backend.digest": DIGEST}, {}),
    ({}, {"images.postgres.tag": "15-alpine"}),
    ({}, {"images.postgres.repository": "registry.example.com/postgres"}),
    (EXTERNAL, {**EXTERNAL, "images.postgres.tag": "17"}),
    # Of the drill's own server, which begins empty.
    ({**EXTERNAL, **DRILL}, {**EXTERNAL, **DRILL, "images.postgres.tag": "17"}),
    ({}, {"rotation.postgresSuperuserPassword": 2}),
    # Nothing keeps these: another number is another value.
    ({"rotation.redisPassword": 2, "rotation.tlsCa": 2}, {}),
    ({"redis.storage.size": "2Gi"}, {"redis.storage.size": "2048Mi"}),
    ({"redis.storage.size": "2Gi"}, {"redis.storage.size": "3Gi"}),
    ({"operator.enabled": False}, {}),
    ({"namespace.create": False}, {}),
]


@pytest.mark.parametrize(("old", "new"), PASSES, ids=[str(index) for index in range(len(PASSES))])
def test_what_costs_nothing_passes(old: File, new: File) -> None:
    assert changes(old, new) == []


SIXTEEN = {"images.postgres.tag": "16-alpine"}
MOVED = {**SIXTEEN, "postgres.claimName": "forail-postgres-16"}
KEPT = {**MOVED, "postgres.keptClaims": ["forail-postgres"]}
BACK = {"postgres.keptClaims": ["forail-postgres-16"]}
# What the one refusal of another major version says of the claims.
MAJOR: list[tuple[File, File, str]] = [
    ({}, SIXTEEN, "Give it a claim of its own, postgres.claimName: forail-postgres-16"),
    ({}, MOVED, "Add forail-postgres to postgres.keptClaims: without it there is no way back"),
    ({}, KEPT, "starts empty on claim forail-postgres-16, and its data comes from a backup"),
    ({}, {**SIXTEEN, "postgres.storage.existingClaim": "mine"}, "Add forail-postgres to postgres.keptClaims"),
    ({"postgres.storage.existingClaim": "mine"}, MOVED, "have `restore` in the same up. The steps"),
    (KEPT, BACK, "goes back to claim forail-postgres, and what was written since that was left is not there"),
]


@pytest.mark.parametrize(("old", "new", "said"), MAJOR, ids=[said for *_, said in MAJOR])
def test_another_major_version_is_one_refusal_that_says_what_is_missing(old: File, new: File, said: str) -> None:
    before, after = (Declaration.of(stack(file), Catalog()).recorded for file in (old, new))
    (refused,) = refusals(before, after, protected=True, runs=())
    assert refused.change in ("postgres 15 -> 16", "postgres 16 -> 15")
    assert said in refused.reason
    assert "keptClaims" not in refused.reason or "no way back" in refused.reason or new == SIXTEEN


def test_another_execution_is_refused_where_declared_content_runs_there() -> None:
    control: File = {"task.execution": "control"}
    assert changes({}, control) == []
    assert changes({}, control, running=("Project a",)) == ["execution hybrid -> control"]
    assert changes(control, {}, running=("JobTemplate a",)) == ["execution control -> hybrid"]


def content(*manifests: Any) -> dict[str, object]:
    return Declaration.of(StackFile(), load(list(manifests))).recorded


def removed(old: dict[str, object], new: dict[str, object], *, protected: bool = True) -> list[str]:
    return [refusal.change for refusal in refusals(old, new, protected=protected, runs=())]


def test_an_organization_that_is_declared_no_more_is_refused_where_data_is_protected() -> None:
    both, one = content(organization("ops"), organization("dev")), content(organization("dev"))
    assert removed(both, one) == ["organization forail-content/ops -> gone"]
    assert removed(one, both) == []
    assert removed(both, one, protected=False) == []


def test_an_organization_that_goes_to_another_forail_is_refused() -> None:
    """The operator would look there for the id that it has here, and rename and later delete what has that."""
    instances = (instance("branch"), instance("other"))
    own, branch, other = (
        content(*instances, organization("ops", **({"forailInstance": home} if home else {})))
        for home in ("", "branch", "other")
    )
    assert removed(own, branch) == ["organization forail-content/ops own -> branch"]
    assert removed(branch, own) == ["organization forail-content/ops branch -> own"]
    assert removed(branch, other) == ["organization forail-content/ops branch -> other"]
    assert removed(branch, branch) == []
    assert removed(branch, other, protected=False) == []
    # As earlier programs recorded it.
    assert removed({key: value for key, value in branch.items() if key != "homes"}, other) == []
    (gone,) = refusals(branch, content(*instances), protected=True, runs=())
    assert "('ops' in the Forail of ForailInstance branch)" in gone.reason


def test_without_operator_all_content_goes_with_one_refusal() -> None:
    off = Declaration.of(stack({"operator.enabled": False}), Catalog.of((), Known())).recorded
    assert removed(content(organization("ops")), off) == ["operator on -> off"]
    assert removed(content(organization("ops")), off, protected=False) == []


def test_content_that_runs_is_named_by_kind_and_name_in_forail() -> None:
    assert runs(load([organization("ops"), instance("branch")])) == ()


def test_a_first_record_and_one_of_another_release_are_compared_as_far_as_they_go() -> None:
    now = Declaration.of(StackFile(), Catalog()).recorded
    of_others: list[Facts] = [{}, {"versions": {}, "added later": {"a": 1}}, {"claims": {}, "namespaces": {}}]
    for kept in of_others:
        assert list(refusals(kept, now, protected=True, runs=())) == []


def test_every_guard_has_a_name_that_upgrade_allow_takes() -> None:
    assert set(GUARDS) == set(GuardName) - {GuardName.SECRET_KEY}
    given = [change for *_, change in REFUSED]
    assert parsed({"upgrade": {"allow": given}}).stack.upgrade.allow == tuple(given)
    assert {change.partition(" ")[0] for change in given} | {"execution", "organization"} == set(GUARDS)


def test_the_default_images_are_a_known_release() -> None:
    assert unknown_mix({name: RELEASE[name][1] for name in TOGETHER}) is None


def test_an_unknown_mix_is_a_warning_of_every_run() -> None:
    assert stack({"images.frontend.digest": DIGEST}).warnings == ()
    (warning,) = stack({"images.frontend.tag": "2026.10.0"}).warnings
    assert "backend 2026.07.1, frontend 2026.07.0, operator 2026.06.1 or 2026.07.1" in warning
