"""Definitions of others: from pinned Go modules, checked, kept in the cache, served by a real API server."""

import io
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from rehearsal import definitions
from rehearsal.definitions import load
from rehearsal.failure import RehearsalError
from rehearsal.kubernetes.objects import KubeObject, at, name_of
from rehearsal.pins import CERT_MANAGER_DEFINITIONS, EXTERNAL_SECRETS, GATEWAY_API, PROMETHEUS_OPERATOR, Definitions
from rehearsal.progress import Progress
from tests.rehearsal.rehearsed import Cluster

SOURCES = (GATEWAY_API, CERT_MANAGER_DEFINITIONS, EXTERNAL_SECRETS, PROMETHEUS_OPERATOR)
KINDS = {
    "gateway.networking.k8s.io/v1": ("GatewayClass", "Gateway", "HTTPRoute"),
    "cert-manager.io/v1": ("Certificate", "CertificateRequest", "Issuer", "ClusterIssuer"),
    "monitoring.coreos.com/v1": ("ServiceMonitor", "PodMonitor", "PrometheusRule"),
    "external-secrets.io/v1": ("ExternalSecret", "SecretStore", "ClusterSecretStore"),
}


def quiet() -> Progress:
    return Progress(io.StringIO())


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "forail-pulumi"


def changed(tmp_path: Path, source: Definitions) -> Definitions:
    """A copy of the source whose go.mod and go.sum may be changed."""
    return replace(source, folder=Path(shutil.copytree(source.folder, tmp_path / source.name)))


def unserved(_: Definitions, progress: Progress) -> list[KubeObject]:
    """A definition that exists, but never for the kind that is asked for."""
    first = load(GATEWAY_API, progress)[0]
    first["spec"]["names"]["kind"] = "Other"
    return [first]


def test_the_api_server_serves_the_kinds_and_forgets_them(
    control_plane: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = control_plane.api
    definitions.bring(api, SOURCES, quiet())
    # A second time nothing is to be done.
    definitions.bring(api, SOURCES, quiet())
    served = {kind for version in KINDS for kind in KINDS[version] if api.find(version, kind)}
    with monkeypatch.context() as patch:
        patch.setattr(definitions, "SERVED_SECONDS", 0.0)
        patch.setattr(definitions, "load", unserved)
        with pytest.raises(RehearsalError, match=r"\.gateway\.networking\.k8s\.io was not served after 0 s"):
            definitions.bring(api, [GATEWAY_API], quiet())
    definitions.remove(api, SOURCES, quiet())
    assert served == {kind for kinds in KINDS.values() for kind in kinds}
    ours = {name_of(definition) for source in SOURCES for definition in load(source, quiet())}
    assert not ours & {name_of(one) for one in api.items(definitions.PATH)}


def test_they_are_read_once_and_then_need_no_go(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load(GATEWAY_API, quiet())
    monkeypatch.setenv("PATH", "")
    assert load(GATEWAY_API, quiet()) == first
    assert [path.name for path in (own_cache / "gateway-api").glob("building-*")] == []


def test_a_module_that_is_not_the_pinned_one_is_refused(tmp_path: Path, own_cache: Path) -> None:
    other = changed(tmp_path, GATEWAY_API)
    sums = other.folder / "go.sum"
    sums.write_text(sums.read_text().replace(" h1:", " h1:AAAA", 1))
    with pytest.raises(RehearsalError, match="checksum mismatch"):
        load(other, quiet())
    assert not list(own_cache.rglob("definitions.json"))


def test_a_pattern_without_a_file_is_an_error(own_cache: Path) -> None:
    with pytest.raises(RehearsalError, match=r"has no file config/none/\*\.yaml\n.*rehearsal/pins\.py"):
        load(replace(GATEWAY_API, files=("config/none/*.yaml",)), quiet())
    assert not list(own_cache.rglob("definitions.json"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_every_file_holds_one_definition(source: Definitions) -> None:
    found = load(source, quiet())
    assert {at(one, "kind") for one in found} == {"CustomResourceDefinition"}
    assert len({name_of(one) for one in found}) == len(found)
    # What calls a webhook for conversion would wait for one that does not run here.
    assert [name_of(one) for one in found if at(one, "spec", "conversion", "strategy") == "Webhook"] == []
