"""The graph checks accept exactly what a slow and simple reading of the rules accepts."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from components.api.kinds import Kind
from components.content.check.circles import circles, components, reached, roots
from tests.unit.content.builders import inventory, node, workflow
from tests.unit.content.manifests import Manifest, load, manifest, problems

MANY = settings(derandomize=True, deadline=None, max_examples=120)
LETTERS = "abcdef"
some = st.lists(st.sampled_from(LETTERS), max_size=2)
graphs = st.dictionaries(st.sampled_from(LETTERS), some).map(
    lambda edges: {**{name: list[str]() for names in edges.values() for name in names}, **edges}
)


def paths(edges: dict[str, list[str]]) -> set[tuple[str, str]]:
    """Every pair of which the second is reached from the first over one edge or more."""
    pairs = {(first, second) for first, names in edges.items() for second in names}
    while more := {(a, d) for (a, b), (c, d) in itertools.product(pairs, pairs) if b == c} - pairs:
        pairs |= more
    return pairs


@MANY
@given(graphs)
def test_circles_are_the_sets_of_nodes_that_reach_themselves(edges: dict[str, list[str]]) -> None:
    pairs = paths(edges)
    mutual = {frozenset(other for other in edges if {(one, other), (other, one)} <= pairs) for one in edges} - {
        frozenset[str]()
    }
    found = circles(edges)

    assert len(found) == len(mutual)
    for circle in found:
        assert any(set(circle) <= component for component in mutual)
        assert all(second in edges[first] for first, second in itertools.pairwise([*circle, circle[0]]))


@MANY
@given(graphs)
def test_components_come_after_those_that_they_lead_to(edges: dict[str, list[str]]) -> None:
    found = components(edges)
    place = {one: number for number, members in enumerate(found) for one in members}

    assert Counter(itertools.chain(*found)) == Counter(list(edges))
    assert all(place[second] <= place[first] for first, second in paths(edges))


@MANY
@given(graphs)
def test_reach_is_what_edges_lead_to(edges: dict[str, list[str]]) -> None:
    pairs = paths(edges)
    starts = roots(edges)

    assert set(starts) == {one for one in edges if all(second != one for _, second in pairs)}
    assert reached(starts, edges) == {*starts, *(second for first, second in pairs if first in starts)}


def test_deep_graphs_need_no_deep_stack() -> None:
    chain = {number: [number + 1] for number in range(50_000)} | {50_000: [0]}

    assert len(circles(chain)) == 1


nodes = st.lists(
    st.fixed_dictionaries(
        {"identifier": st.sampled_from(LETTERS), "successNodes": some, "failureNodes": some, "alwaysNodes": some}
    ),
    max_size=6,
)


@MANY
@given(nodes)
def test_workflows(declared: list[dict[str, Any]]) -> None:
    identifiers = [one["identifier"] for one in declared]
    edges: dict[str, list[str]] = {name: [] for name in identifiers}
    good = len(set(identifiers)) == len(identifiers)
    for one in declared:
        targets = [*one["successNodes"], *one["failureNodes"], *one["alwaysNodes"]]
        good = good and len(set(targets)) == len(targets) and set(targets) <= set(identifiers)
        edges[one["identifier"]] += [target for target in targets if target in edges]
    good = good and all(first != second for first, second in paths(edges))

    bodies = [node(one["identifier"], **{key: one[key] for key in one if key != "identifier"}) for one in declared]

    assert (problems([workflow(*bodies)]) == []) == good


hosts = st.lists(st.sampled_from(LETTERS), max_size=3)
groups = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from(LETTERS), "hosts": some, "children": some}), max_size=5
)


@MANY
@given(hosts, groups)
def test_inventories(names: list[str], declared: list[dict[str, Any]]) -> None:
    edges = {one["name"]: one["children"] for one in declared}
    good = (
        len(set(names)) == len(names)
        and not set(names) & set(edges)
        and len(edges) == len(declared)
        and all(len(set(one[key])) == len(one[key]) for one in declared for key in ("hosts", "children"))
        and all(set(one["hosts"]) <= set(names) and set(one["children"]) <= set(edges) for one in declared)
    )
    good = good and all(first != second for first, second in paths(edges))

    assert (problems([inventory(hosts=[{"name": name} for name in names], groups=declared)]) == []) == good


POOL = ["a", "b", "Default", "Demo Project", "Demo Job Template"]
name = st.sampled_from(POOL)
backend = st.sampled_from([None, None, None, "one", "two"])
Row = tuple[Kind, str, str | None, str, str]
rows = st.lists(
    st.tuples(
        st.sampled_from([Kind.ORGANIZATION, Kind.PROJECT, Kind.JOB_TEMPLATE, Kind.WORKFLOW]),
        st.sampled_from(["a", "b", "c"]),
        backend,
        name,
        st.sampled_from(["job_template", "workflow_job_template"]),
    ),
    max_size=7,
)


def declared(row: Row, number: int) -> Manifest:
    kind, called, instance, target, template = row
    spec: dict[str, Any] = {"name": called}
    if kind in (Kind.PROJECT, Kind.WORKFLOW):
        spec["organization"] = target
    if kind is Kind.PROJECT:
        spec["scmUrl"] = "https://git.example.com/playbooks"
    if kind is Kind.JOB_TEMPLATE:
        spec |= {"project": target, "inventory": "Demo Inventory", "playbook": "site.yml"}
    if kind is Kind.WORKFLOW:
        spec["organization"] = "Default"
        spec["nodes"] = [{"identifier": "n", "unifiedJobTemplate": target, "unifiedJobTemplateKind": template}]
    if kind is not Kind.JOB_TEMPLATE and instance:
        spec["forailInstance"] = instance
    return manifest(kind, spec, f"object-{number}")


def simple(declarations: list[Row]) -> bool:
    """Every reference has exactly one meaning where it is looked up, no name has two, no workflow reaches itself."""
    seeded = {
        Kind.ORGANIZATION: {"Default"},
        Kind.PROJECT: {"Demo Project"},
        Kind.JOB_TEMPLATE: {"Demo Job Template"},
        Kind.WORKFLOW: set[str](),
    }
    homes = [None if row[0] is Kind.JOB_TEMPLATE else row[2] for row in declarations]
    # Both ForailInstances have one address.
    homes = ["other" if home else None for home in homes]
    keys = [(row[0], home, row[1]) for row, home in zip(declarations, homes, strict=True)]
    if len(set(keys)) < len(keys):
        return False
    edges: dict[Any, list[Any]] = {key: [] for key in keys}
    for row, home, key in zip(declarations, homes, keys, strict=True):
        wanted = {
            Kind.PROJECT: Kind.ORGANIZATION,
            Kind.JOB_TEMPLATE: Kind.PROJECT,
            Kind.WORKFLOW: Kind.JOB_TEMPLATE if row[4] == "job_template" else Kind.WORKFLOW,
        }.get(row[0])
        if wanted is None:
            continue
        if (wanted, home, row[3]) not in keys and row[3] not in seeded[wanted]:
            return False
        edges[key] += [other for other in keys if other == (wanted, home, row[3])]
    return all(first != second for first, second in paths(edges))


@MANY
@given(rows)
def test_names(declarations: list[Row]) -> None:
    instances = [
        manifest(
            Kind.FORAIL_INSTANCE, {"url": "https://a.example.com", "tokenSecretRef": {"name": "s", "key": "k"}}, called
        )
        for called in ("one", "two")
    ]
    bodies = [declared(row, number) for number, row in enumerate(declarations)]
    found = problems([*bodies, *instances])

    assert (found == []) == simple(declarations), found
    if found:
        return
    catalog = load([*bodies, *instances])
    assert len(catalog.resources) == len(bodies) + 2
    done: set[Any] = set()
    for resource in catalog.resources:
        assert done.issuperset(catalog.dependencies(resource))
        done.add(resource)
