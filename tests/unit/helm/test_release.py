"""The commands that end a release name everything it has but what holds data."""

from __future__ import annotations

from components.helm.release import STATELESS, end, forget, steps
from tests.unit.engine import ROOT

PAGE = (ROOT / "docs" / "migrate.md").read_text(encoding="utf-8")


def test_nothing_that_holds_data_is_deleted() -> None:
    assert not {"persistentvolumeclaim", "pvc", "persistentvolume", "secret", "namespace", "all"} & set(STATELESS)


def test_the_page_has_the_commands() -> None:
    lines = PAGE.splitlines()

    assert end("forail", "forail") in lines
    assert forget("forail", "forail") in lines
    assert PAGE.index(end("forail", "forail")) < PAGE.index("\npulumi up\n") < PAGE.index(forget("forail", "forail"))


def test_the_record_is_forgotten_last() -> None:
    assert steps("tower", "tools") == ("pulumi preview", end("tower", "tools"), "pulumi up", forget("tower", "tools"))
    assert "app.kubernetes.io/instance=tower" in end("tower", "tools")
    assert forget("tower", "tools") == "kubectl -n tools delete secret -l owner=helm,name=tower"
