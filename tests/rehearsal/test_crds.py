"""The generated definitions on a real API server: it takes them, refuses what the preview does, explains each field."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from components import Catalog
from components.api.definitions import custom_resource_definition
from components.api.kinds import API_VERSION, Kind
from components.content.apply.manifest import spec_of
from components.content.read.documents import Document, read_files
from components.content.read.parse import parse
from rehearsal.kubernetes.kubeconfig import load
from tests.rehearsal.rehearsed import Cluster, eventually
from tests.unit.content.manifests import KNOWN, Manifest, complete, manifest
from tests.unit.content.violations import violations

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
OBJECTS = f"/apis/{API_VERSION}/namespaces/default"
STRICT = {"dryRun": "All", "fieldValidation": "Strict"}
SAMPLES = Path(__file__).parents[2] / "content" / "samples"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def server(control_plane: Cluster) -> Generator[httpx.Client]:
    """The API server with the nine definitions, which go again after the module."""
    trust = load(str(control_plane.kubeconfig)).trust()
    with httpx.Client(base_url=control_plane.url, verify=trust, timeout=30, trust_env=False) as client:
        try:
            for kind in Kind:
                answer = client.post(DEFINITIONS, json=custom_resource_definition(kind))
                assert answer.status_code == 201, answer.text
                assert "Warning" not in answer.headers, answer.headers["Warning"]
            for kind in Kind:
                eventually(f"{kind} is served", lambda kind=kind: conditions(client, kind).get("Established") == "True")
                eventually(f"{kind} answers", lambda kind=kind: client.get(f"{OBJECTS}/{kind.plural}").is_success)
            yield client
        finally:
            for kind in Kind:
                client.delete(f"{DEFINITIONS}/{kind.crd_name}")
            eventually("the definitions are gone", lambda: not left(client))


def conditions(client: httpx.Client, kind: Kind) -> dict[str, str]:
    found = cast("Json", client.get(f"{DEFINITIONS}/{kind.crd_name}").json()).get("status", {}).get("conditions", [])
    return {condition["type"]: condition["status"] for condition in found}


def left(client: httpx.Client) -> list[str]:
    names = [item["metadata"]["name"] for item in cast("Json", client.get(DEFINITIONS).json())["items"]]
    return [name for name in names if name in {kind.crd_name for kind in Kind}]


def applied(client: httpx.Client, body: Manifest) -> httpx.Response:
    """A strict server-side apply, as the provider does it, that changes nothing."""
    path = f"{OBJECTS}/{Kind(body['kind']).plural}/{body['metadata']['name']}"
    return client.patch(
        path,
        params={**STRICT, "fieldManager": "test", "force": "true"},
        headers={"Content-Type": "application/apply-patch+yaml"},
        json=body,
    )


def without_defaults(kind: Kind, spec: Json) -> Json:
    """What the server added to a spec taken away again: what the stack would send for it."""
    parsed = parse(Document("answer", manifest(kind, spec)))
    assert parsed.resource is not None, parsed.problems
    return spec_of(parsed.resource)


def test_the_definitions_are_accepted_without_complaint(server: httpx.Client) -> None:
    for kind in Kind:
        found = conditions(server, kind)
        assert found["NamesAccepted"] == "True"
        assert "NonStructuralSchema" not in found


@pytest.mark.parametrize("body", complete(), ids=lambda body: body["metadata"]["name"])
def test_a_complete_object_keeps_every_field(server: httpx.Client, body: Manifest) -> None:
    answer = applied(server, body)

    assert answer.status_code == 201, answer.text
    assert "Warning" not in answer.headers
    kind = Kind(body["kind"])
    kept = cast("Json", answer.json())["spec"]
    if kind is not Kind.WORKFLOW:
        assert kept == body["spec"]
    assert without_defaults(kind, kept) == without_defaults(kind, body["spec"])


def test_every_sample_is_accepted_as_it_is_sent(server: httpx.Client) -> None:
    files = sorted(SAMPLES.glob("*.yaml"))
    loaded = Catalog.load(read_files((file, file.name) for file in files), "default", KNOWN)
    assert {resource.kind for resource in loaded.resources} == set(Kind)

    for resource in loaded.resources:
        sent = spec_of(resource)
        answer = applied(server, manifest(resource.kind, sent, resource.name))
        assert answer.status_code == 201, answer.text
        assert "Warning" not in answer.headers
        # What comes back gives the same again: neither a refresh nor a second run finds a difference.
        assert without_defaults(resource.kind, cast("Json", answer.json())["spec"]) == sent


@pytest.mark.parametrize("kind", Kind)
def test_every_violation_is_refused(server: httpx.Client, kind: Kind) -> None:
    accepted: list[str] = []
    tried = [violation for violation in violations() if violation.kind is kind]
    for violation in tried:
        answer = server.post(f"{OBJECTS}/{kind.plural}", params=STRICT, json=violation.manifest())
        assert answer.status_code in (201, 400, 422), answer.text
        if answer.is_success:
            accepted.append(violation.id)

    assert len(tried) > 10
    assert accepted == []


def test_an_object_without_spec_is_refused(server: httpx.Client) -> None:
    body = manifest(Kind.ORGANIZATION, {})
    assert server.post(f"{OBJECTS}/organizations", params=STRICT, json=body).status_code == 201

    del body["spec"]
    assert server.post(f"{OBJECTS}/organizations", params=STRICT, json=body).status_code == 422


def test_a_status_takes_what_the_operator_writes_and_nothing_else(server: httpx.Client) -> None:
    created = cast("Json", server.post(f"{OBJECTS}/teams", json=manifest(Kind.TEAM, {"organization": "a"})).json())
    condition = {
        "type": "Ready",
        "status": "True",
        "reason": "InSync",
        "message": "",
        "lastTransitionTime": "2030-01-01T00:00:00Z",
        "observedGeneration": 1,
    }
    path = f"{OBJECTS}/teams/{created['metadata']['name']}"

    def written(*conditions: Mapping[str, object]) -> int:
        status = {"forailId": 2**40, "observedGeneration": 1, "conditions": list(conditions)}
        body = {**created, "status": status}
        return server.put(
            f"{path}/status", params={"fieldValidation": "Strict", "dryRun": "All"}, json=body
        ).status_code

    try:
        assert written(condition, {**condition, "type": "Synced"}) == 200
        assert written(condition, condition) == 422
        assert written({**condition, "reason": "two words"}) == 422
        assert written({**condition, "reason": ""}) == 422
        assert written({**condition, "status": "true"}) == 422
        assert written({**condition, "type": "-"}) == 422
        assert written({**condition, "observedGeneration": -1}) == 422
        assert written({**condition, "message": "x" * 32769}) == 422
        assert written({key: value for key, value in condition.items() if key != "message"}) == 422
    finally:
        server.delete(path)


@pytest.mark.parametrize("kind", Kind)
def test_kubectl_prints_the_columns(server: httpx.Client, kind: Kind) -> None:
    table = server.get(
        f"{OBJECTS}/{kind.plural}", headers={"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
    ).json()

    # The server puts the name in front.
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", *(one.name for one in kind.columns)]


@pytest.mark.parametrize("kind", Kind)
def test_every_field_is_explained(server: httpx.Client, kind: Kind) -> None:
    eventually(f"{kind} is published", lambda: published(server, kind))
    schemas = published(server, kind)
    root = schemas[f"io.forail-platform.forail.v1alpha1.{kind}"]

    paths = dict(fields(root, schemas))
    assert [path for path, description in paths.items() if not description] == []
    assert {"spec", "status", "status.conditions.reason"} <= set(paths)


def published(client: httpx.Client, kind: Kind) -> Json:
    """The schemas that `kubectl explain` reads, once they hold `kind`."""
    answer = client.get(f"/openapi/v3/apis/{API_VERSION}")
    schemas: Json = cast("Json", answer.json())["components"]["schemas"] if answer.is_success else {}
    return schemas if f"io.forail-platform.forail.v1alpha1.{kind}" in schemas else {}


def fields(node: Json, schemas: Json, path: str = "") -> Iterator[tuple[str, str]]:
    """Every field below `node` with its description, but for the server's own metadata."""
    items = node.get("items")
    if isinstance(items, dict):
        yield from fields(cast("Json", items), schemas, path)
    for name, inner in node.get("properties", {}).items():
        here = f"{path}.{name}" if path else name
        yield here, inner.get("description", "")
        if here != "metadata":
            yield from fields(inner, schemas, here)
