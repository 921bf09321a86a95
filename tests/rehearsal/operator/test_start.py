"""The process before, while and after the definitions exist, and its default periods."""

import pytest

from components.api.kinds import Kind
from rehearsal.kubernetes.api import Api
from rehearsal.operator.reconciler import Periods
from tests.rehearsal.operator.objects import Content, Objects
from tests.rehearsal.operator.scene import Core, Release, StandIn
from tests.rehearsal.rehearsed import Cluster, eventually


def test_the_periods_are_the_operators_unless_others_are_given() -> None:
    assert Periods() == Periods(resync=60, retry=30)


def test_it_waits_for_the_definitions_and_for_their_return(
    alone: Cluster, api: Api, tmp_path_factory: pytest.TempPathFactory
) -> None:
    objects, definitions = Objects(api), Objects(api)
    stand_in = StandIn(alone.kubeconfig, tmp_path_factory.mktemp("operator"))
    core = Core(objects, objects.namespace("core"))
    release = Release(objects, objects.namespace("operator"), core.url)
    content = Content(objects, objects.namespace("content"))
    try:
        stand_in.start()
        core.install()
        release.install()
        eventually("the operator's start", lambda: "is ready: it acts as" in stand_in.log.read_text())
        for round_number in (1, 2):
            definitions.define()
            content.apply(Kind.ORGANIZATION, "early", {"description": f"round {round_number}"})
            content.synced(Kind.ORGANIZATION, "early")
            content.delete(Kind.ORGANIZATION, "early")
            content.gone(Kind.ORGANIZATION, "early")
            definitions.undefine()
    finally:
        stand_in.stop()
        definitions.clear()
        objects.clear()
