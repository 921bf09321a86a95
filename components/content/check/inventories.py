"""Inventories: hosts and groups that name one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...api.models import Inventory
from ...schema.shape import Path
from ..problems import Problem, quoted
from .circles import around, circles
from .index import Index
from .names import unique
from .operator_defects import PAGE, fills_pages, writes_for_ever
from .protocol import Found

# What the init Job makes with the demo data.
_DEMO, _DEMO_HOST = "Demo Inventory", "localhost"


def check(spec: Inventory) -> Found:
    """Path and message for everything that the operator would stumble over after it made the inventory."""
    hosts = [host.name for host in spec.hosts]
    groups = [group.name for group in spec.groups]
    yield from unique(hosts, ("spec", "hosts"), "name", "host")
    yield from unique(groups, ("spec", "groups"), "name", "group")
    known_hosts, known_groups = frozenset(hosts), frozenset(groups)
    yield from _full_pages(hosts, ("spec", "hosts"))
    yield from _full_pages(groups, ("spec", "groups"))
    for place, host in enumerate(hosts):
        if host.count(":") == 1:
            yield (
                ("spec", "hosts", place, "name"),
                f"is {quoted(host)}, and Forail takes a port off the name, so that the operator never finds the host: "
                "give the port as the variable ansible_port",
            )
    for place, group in enumerate(spec.groups):
        path = ("spec", "groups", place)
        if group.name in ("all", "_meta"):
            yield (
                (*path, "name"),
                f"is {quoted(group.name)}, which Forail refuses: variables for every host go into spec.variables",
            )
        if group.name in known_hosts:
            yield (*path, "name"), f"is {quoted(group.name)}, the name of a host too, which Forail refuses: rename one"
        yield from _full_pages(group.hosts, (*path, "hosts"))
        yield from _full_pages(group.children, (*path, "children"))
        yield from _members(group.hosts, known_hosts, (*path, "hosts"), "host", "spec.hosts")
        yield from _members(group.children, known_groups, (*path, "children"), "group", "spec.groups")
    yield from _loops(spec)


def adopted(index: Index) -> Iterator[Problem]:
    """Hosts of the demo inventory without the variables that they have in Forail."""
    for resource, spec in index.each(Inventory):
        if not resource.adopts or resource.forail_name != _DEMO:
            continue
        for place, host in enumerate(spec.hosts):
            if host.name == _DEMO_HOST and not (host.variables or "").strip():
                path = ("spec", "hosts", place, "variables")
                yield Problem(resource.described, path, writes_for_ever(quoted(host.name), "ansible_connection: local"))


def _full_pages(names: Sequence[str], path: Path) -> Found:
    if fills_pages(names):
        yield (
            path,
            f"has {len(names)} entries, and the operator fails to read lists of exactly {PAGE}, {2 * PAGE} and so on: "
            "add or remove one",
        )


def _members(names: Sequence[str], known: frozenset[str], path: Path, noun: str, declared: str) -> Found:
    yield from unique(names, path, "", noun)
    for place, name in enumerate(names):
        if name and name not in known:
            yield (*path, place), f"names the {noun} {quoted(name)}, which {declared} does not declare: add it there"


def _loops(spec: Inventory) -> Found:
    place: dict[str, int] = {}
    for number, group in enumerate(spec.groups):
        place.setdefault(group.name, number)
    edges: dict[str, list[str]] = {name: [] for name in place}
    for group in spec.groups:
        edges[group.name] += [child for child in group.children if child in place]
    for circle in circles(edges):
        yield (
            ("spec", "groups", place[circle[0]], "children"),
            f"makes a group its own member: {around(circle)}; remove one of these children",
        )
