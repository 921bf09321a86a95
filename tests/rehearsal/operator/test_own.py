"""The stand-in that the control plane brings along, without any process of the test's own."""

from components.api.kinds import Kind
from rehearsal.kubernetes.api import Api
from tests.rehearsal.operator.objects import Content, Objects
from tests.rehearsal.operator.scene import Core, Release


def test_a_rehearsal_answers_custom_resources(definitions: Api) -> None:
    objects = Objects(definitions)
    core = Core(objects, objects.namespace("core"))
    content = Content(objects, objects.namespace("content"))
    try:
        core.install()
        Release(objects, objects.namespace("operator"), core.url).install()
        content.apply(Kind.ORGANIZATION, "one", {"description": "one"})
        content.synced(Kind.ORGANIZATION, "one")
        content.delete(Kind.ORGANIZATION, "one")
        content.gone(Kind.ORGANIZATION, "one")
    finally:
        objects.clear()
