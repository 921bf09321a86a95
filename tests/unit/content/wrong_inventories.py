"""Mistakes in inventories, as `test_mistakes` asks for them."""

from __future__ import annotations

from components.api.kinds import ADOPT, Kind
from tests.unit.content.builders import inventory, template
from tests.unit.content.manifests import manifest

# What is declared; how the one problem begins; what it says.
INVENTORIES: list[tuple[str, list[object], str, str]] = [
    (
        "a host twice",
        [inventory(hosts=[{"name": "a"}, {"name": "a"}])],
        "test.yaml#1: spec.hosts[1].name: ",
        "number 1",
    ),
    ("a group twice", [inventory(groups=[{"name": "a"}, {"name": "a"}])], "test.yaml#1: spec.groups[1].name: ", "once"),
    ("a host without name", [inventory(hosts=[{"name": ""}])], "test.yaml#1: spec.hosts[0].name: ", "name the host"),
    (
        "an undeclared host",
        [inventory(groups=[{"name": "web", "hosts": ["a"]}])],
        "test.yaml#1: spec.groups[0].hosts[0]: ",
        "spec.hosts does not declare",
    ),
    (
        "an undeclared child",
        [inventory(groups=[{"name": "web", "children": ["a"]}])],
        "test.yaml#1: spec.groups[0].children[0]: ",
        "spec.groups does not declare",
    ),
    (
        "a member twice",
        [inventory(hosts=[{"name": "a"}], groups=[{"name": "web", "hosts": ["a", "a"]}])],
        "test.yaml#1: spec.groups[0].hosts[1]: ",
        "number 1 of the list",
    ),
    (
        "its own child",
        [inventory(groups=[{"name": "web", "children": ["web"]}])],
        "test.yaml#1: spec.groups[0].children: ",
        "'web' → 'web'",
    ),
    (
        "a loop of groups",
        [
            inventory(
                groups=[
                    {"name": "a", "children": ["b"]},
                    {"name": "b", "children": ["c"]},
                    {"name": "c", "children": ["a"]},
                ]
            )
        ],
        "test.yaml#1: spec.groups[",
        "makes a group its own member",
    ),
    (
        "a group that Forail has",
        [inventory(groups=[{"name": "all"}])],
        "test.yaml#1: spec.groups[0].name: ",
        "spec.var",
    ),
    (
        "a host and a group of one name",
        [inventory(hosts=[{"name": "db"}], groups=[{"name": "db", "hosts": ["db"]}])],
        "test.yaml#1: spec.groups[0].name: ",
        "the name of a host too",
    ),
    ("a port", [inventory(hosts=[{"name": "db:22"}])], "test.yaml#1: spec.hosts[0].name: ", "ansible_port"),
    ("white space", [inventory(hosts=[{"name": "db "}])], "test.yaml#1: spec.hosts[0].name: ", "white space"),
    (
        "a full page of hosts",
        [inventory(hosts=[{"name": str(number)} for number in range(400)])],
        "test.yaml#1: spec.hosts: ",
        "has 400 entries",
    ),
    (
        "a full page of members",
        [
            inventory(
                hosts=[{"name": str(number)} for number in range(201)],
                groups=[{"name": "most", "hosts": [str(number) for number in range(200)]}],
            )
        ],
        "test.yaml#1: spec.groups[0].hosts: ",
        "has 200 entries",
    ),
    ("a date", [template(extraVars="a: 2030-01-01")], "test.yaml#1: spec.extraVars: ", "line 1, column 4: a date"),
    ("a set", [template(extraVars="a: !!set {b}")], "test.yaml#1: spec.extraVars: ", "JSON cannot express"),
    (
        "a first line that would stand out",
        [template(extraVars="  a: 1\n# more\n  b: 2")],
        "test.yaml#1: spec.extraVars: ",
        "line 3",
    ),
    ("bad variables", [inventory(variables="a: [")], "test.yaml#1: spec.variables: ", "as YAML or JSON text"),
    (
        "a list for variables",
        [inventory(hosts=[{"name": "a", "variables": "[1]"}])],
        "test.yaml#1: spec.hosts[0].variables: ",
        "not a mapping",
    ),
    (
        "the demo inventory",
        [
            manifest(
                Kind.INVENTORY,
                {"organization": "Default", "name": "Demo Inventory", "hosts": [{"name": "a"}, {"name": "localhost"}]},
                annotations={ADOPT: "true"},
            )
        ],
        "test.yaml#1: spec.hosts[1].variables: ",
        "give ansible_connection: local",
    ),
]
