"""Every combination of way, reach and TLS against the table that the documentation prints."""

from __future__ import annotations

import pulumi
import pytest

from components.application.backend import exposure_env
from components.application.web import allowed_hosts
from components.edge.edge import Edge, EdgeArgs
from components.schema.words import ConflictError
from components.settings.exposure import ExposureSettings
from components.settings.rotation import RotationSettings
from components.settings.tls import ProvidedTls
from docs.exposure import REACHES, TABLE, TLS, WAYS, Row, checked, outcome
from tests.unit.application.test_backend import computed, loading_django
from tests.unit.edge.component import IMAGE
from tests.unit.engine import run
from tests.unit.kube.rendered import SCOPE
from tests.unit.pods import Container

# Internal names are the same for every way in.
SERVICE = ["forail-web", "forail-web.tools", "forail-web.tools.svc", "forail-web.tools.svc.cluster.local"]
CELLS = [
    pytest.param(row, reach, cell, id=f"{row.way} {row.tls} {reach}".replace("`", ""))
    for row in TABLE
    for reach, cell in zip(REACHES, row.reached, strict=True)
]


def test_the_table_has_every_combination() -> None:
    assert [(row.way, row.tls) for row in TABLE] == [(way, tls) for way in WAYS for tls in TLS]


@pytest.mark.parametrize(("row", "reach", "cell"), CELLS)
def test_a_combination_loads_with_its_url_or_is_refused_at_its_key(row: Row, reach: str, cell: str) -> None:
    found = outcome(row.way, row.tls, reach)
    if isinstance(found, ConflictError):
        assert cell == f"refused: `{found.key}`"
    else:
        assert found.origins == (cell,)


def settings_of(row: Row) -> ExposureSettings | None:
    """The row's settings with two hosts, for the first reach that it takes."""
    for reach, cell in zip(REACHES, row.reached, strict=True):
        if not cell.startswith("refused"):
            tls = {"mode": row.tls, **TLS[row.tls]}
            found = checked({**WAYS[row.way], **REACHES[reach], "extraHosts": ["forail.home"], "tls": tls})
            assert isinstance(found, ExposureSettings)
            return found
    return None


LOADED = [pytest.param(found, row, id=f"{row.way} {row.tls}") for row in TABLE if (found := settings_of(row))]


@pytest.fixture(scope="module")
def container() -> Container:
    """One that loads Django."""
    return next(iter(loading_django("alone").values()))


@pytest.mark.parametrize(("settings", "row"), LOADED)
def test_django_agrees(
    settings: ExposureSettings, row: Row, container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mounted file, executed with the variables that the pods get."""
    told = {env.name: env.value for env in exposure_env(settings, allowed_hosts(settings, "tools"))}
    assert told.keys() <= container.env.keys(), "the pods get them under other names"
    monkeypatch.setattr(Container, "env", {**container.env, **told})
    django = computed(container, monkeypatch)
    url = next(cell for cell in row.reached if not cell.startswith("refused"))
    secure = url.startswith("https://")
    assert django["CSRF_TRUSTED_ORIGINS"] == [url, url.replace("forail.lan", "forail.home")]
    assert django["ALLOWED_HOSTS"] == ["forail.lan", "forail.home", *SERVICE, "localhost", "127.0.0.1"]
    assert (django["SESSION_COOKIE_SECURE"], django["CSRF_COOKIE_SECURE"]) == (secure, secure)
    assert django["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.parametrize(("settings", "row"), LOADED)
def test_the_objects_are_those_of_the_table(settings: ExposureSettings, row: Row) -> None:
    if row.tls == "provided":
        tls = ProvidedTls.model_construct(mode="provided", certificate="PEM")
        settings = settings.model_copy(update={"tls": tls})
    made = run(lambda: _edge(settings)).objects
    # Without what only pods read, which has no name of its own.
    found = [f"{item.inputs['kind']} {name}" for item in made if (name := item.inputs["metadata"].get("name"))]
    assert sorted(found) == sorted(filter(None, row.objects.split(", ")))


def _edge(settings: ExposureSettings) -> None:
    Edge(
        "forail",
        EdgeArgs(
            scope=SCOPE,
            exposure=settings,
            private_key=pulumi.Output.from_input("key"),
            rotation=RotationSettings(),
            edge_image=IMAGE,
            web="forail-web",
            frontend="forail-frontend",
            assistant=None,
            assistant_ingress=None,
        ),
    )
