"""Every field refuses what the API server refuses, and the generated definitions say what the operator's own say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest

from components.api.definitions import custom_resource_definition
from components.api.kinds import Kind
from components.content.apply.manifest import spec_of
from tests.unit.content.fields import FIELDS, STATUS, Field
from tests.unit.content.manifests import COMPLETE, complete, load, manifest, parts, problems
from tests.unit.content.violations import Violation, violations

Schema = Mapping[str, Any]


def schema(kind: Kind) -> Schema:
    version = cast("Any", custom_resource_definition(kind))["spec"]["versions"][0]
    return cast("Schema", version["schema"]["openAPIV3Schema"])


def walk(node: Schema, path: str = "") -> Iterator[tuple[str, Schema, bool]]:
    """Every field below `node`: path, schema, whether it is required."""
    for name, inner in node.get("properties", {}).items():
        here = f"{path}.{name}" if path else name
        yield here, inner, name in node.get("required", [])
        yield from walk(inner, here)
    if "items" in node:
        yield f"{path}[]", node["items"], False
        yield from walk(node["items"], f"{path}[]")
    if "additionalProperties" in node:
        yield f"{path}{{}}", node["additionalProperties"], False


def as_field(node: Schema, required: bool) -> Field:
    return Field(
        node["type"], required, node.get("default"), tuple(node.get("enum", ())), node.get("minimum"),
        node.get("maximum"),
    )  # fmt: skip


@pytest.mark.parametrize("kind", Kind)
def test_the_definition_has_the_operators_fields(kind: Kind) -> None:
    spec = schema(kind)["properties"]["spec"]

    assert {path: as_field(node, required) for path, node, required in walk(spec)} == FIELDS[kind]


@pytest.mark.parametrize("kind", Kind)
def test_whole_numbers_have_32_bits(kind: Kind) -> None:
    formats = {path: node.get("format") for path, node, _ in walk(schema(kind)["properties"]["spec"])}

    assert all((fmt == "int32") == (FIELDS[kind][path].type == "integer") for path, fmt in formats.items())


@pytest.mark.parametrize("kind", Kind)
def test_the_definition_has_the_operators_status(kind: Kind) -> None:
    status = schema(kind)["properties"]["status"]
    found = {name: f"{inner['type']} {inner.get('format', '')}".strip() for name, inner in status["properties"].items()}

    assert found == STATUS[kind]
    assert "required" not in status


def test_conditions_are_a_map_by_type() -> None:
    conditions = schema(Kind.TEAM)["properties"]["status"]["properties"]["conditions"]

    assert conditions["x-kubernetes-list-type"] == "map"
    assert conditions["x-kubernetes-list-map-keys"] == ["type"]
    assert conditions["items"]["required"] == ["lastTransitionTime", "message", "reason", "status", "type"]
    fields = conditions["items"]["properties"]
    assert fields["type"]["maxLength"] == 316
    assert fields["reason"]["minLength"] == 1
    assert fields["reason"]["maxLength"] == 1024
    assert fields["reason"]["pattern"] == "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"
    assert fields["message"]["maxLength"] == 32768
    assert fields["status"]["enum"] == ["True", "False", "Unknown"]
    assert (fields["observedGeneration"]["format"], fields["observedGeneration"]["minimum"]) == ("int64", 0)
    assert fields["lastTransitionTime"]["format"] == "date-time"


def test_nodes_are_a_map_and_the_tokens_place_is_one_value() -> None:
    nodes = schema(Kind.WORKFLOW)["properties"]["spec"]["properties"]["nodes"]
    reference = schema(Kind.FORAIL_INSTANCE)["properties"]["spec"]["properties"]["tokenSecretRef"]

    assert (nodes["x-kubernetes-list-type"], nodes["x-kubernetes-list-map-keys"]) == ("map", ["identifier"])
    assert reference["x-kubernetes-map-type"] == "atomic"


@pytest.mark.parametrize("kind", Kind)
def test_every_field_is_explained(kind: Kind) -> None:
    mute = [
        path for path, node, _ in walk(schema(kind)) if not node.get("description") and path != "metadata" and
        not path.endswith(("[]", "{}"))
    ]  # fmt: skip

    assert mute == []


NAMES = {
    Kind.ORGANIZATION: ("organizations", ["org"], "Forail ID, Max Hosts, Ready, Age"),
    Kind.TEAM: ("teams", ["tm"], "Forail ID, Organization, Ready, Age"),
    Kind.PROJECT: ("projects", ["prj"], "Forail ID, SCM, URL 1, Branch 1, Ready, Age"),
    Kind.INVENTORY: ("inventories", ["inv"], "Forail ID, Org, Hosts, Groups, Ready, Age"),
    Kind.CREDENTIAL: ("credentials", ["cred"], "Forail ID, Type, Org, Ready, Age"),
    Kind.JOB_TEMPLATE: ("jobtemplates", ["jt", "jobtmpl"], "Forail ID, Inventory, Project, Playbook, Ready, Age"),
    Kind.SCHEDULE: ("schedules", ["sch"], "Forail ID, JobTemplate, Enabled, Next Run, Ready, Age"),
    Kind.WORKFLOW: ("workflows", ["wf", "workflow"], "Forail ID, Organization, Nodes, Ready, Age"),
    Kind.FORAIL_INSTANCE: ("forailinstances", ["fi", "forailinst"], "URL, Reachable, Version, Last Checked, Age"),
}


@pytest.mark.parametrize("kind", Kind)
def test_names_and_columns(kind: Kind) -> None:
    definition = cast("Any", custom_resource_definition(kind))
    version = definition["spec"]["versions"][0]
    columns = [
        f"{column['name']} {column.get('priority', '')}".strip() for column in version["additionalPrinterColumns"]
    ]
    plural, short, expected = NAMES[kind]

    assert definition["metadata"] == {"name": f"{plural}.forail.forail-platform.io"}
    assert definition["spec"]["names"] == {
        "kind": kind.value,
        "listKind": f"{kind}List",
        "plural": plural,
        "singular": kind.lower(),
        "shortNames": short,
        "categories": ["forail"],
    }
    assert ", ".join(columns) == expected
    assert version["subresources"] == {"status": {}}
    assert schema(kind)["required"] == ["spec"]


def test_the_complete_manifests_have_every_field_and_load() -> None:
    for kind, fields in FIELDS.items():
        for path in fields:
            if (kind, path) == (Kind.WORKFLOW, "forailInstance"):
                continue
            holder: Any = COMPLETE[kind]
            for part in parts(path):
                holder = holder[part]

    assert problems(complete()) == []


def test_a_complete_spec_is_sent_as_it_is() -> None:
    for resource in load(complete()).resources:
        if resource.name != "other-workflow":
            sent: Any = spec_of(resource)
            for node in sent.get("nodes", []):
                node.setdefault("unifiedJobTemplateKind", "job_template")
            expected: Any = manifest(resource.kind, COMPLETE[resource.kind])["spec"]
            if resource.kind is Kind.PROJECT:
                assert expected.pop("scmType") == "git"
            for node in expected.get("nodes", []):
                node.setdefault("extraData", "{}")
                node.setdefault("unifiedJobTemplateKind", "job_template")
            assert sent == expected


@pytest.mark.parametrize("violation", violations(), ids=lambda violation: violation.id)
def test_the_preview_refuses_at_the_right_place(violation: Violation) -> None:
    found = problems([violation.manifest()])

    assert any(line.startswith(f"test.yaml#1: {violation.path}: ") for line in found), found
