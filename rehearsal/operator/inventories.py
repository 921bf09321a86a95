"""Passes over inventories: hosts and groups belong to the custom resource only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rehearsal.kubernetes.objects import KubeObject, items
from rehearsal.operator.forail import ForailError
from rehearsal.operator.passes import API, Pass, PassError, Status


def inventory(now: Pass) -> Status:
    """An inventory with all of its hosts and groups."""
    owner = now.resolve("organizations", "organization", now.spec["organization"], wrap=False)
    record = now.place({**now.field("description", "variables"), "organization": owner}, "inventory")
    hosts = {
        str(host["name"]): _fields(host, "description", "enabled", "variables") for host in items(now.spec, "hosts")
    }
    groups = {str(group["name"]): group for group in items(now.spec, "groups")}
    try:
        now.amend(record, hosts=hosts)
    except ForailError as error:
        raise PassError(API, f"sync hosts: {error}") from error
    _check(groups, "hosts", hosts, "host")
    _check(groups, "children", groups, "child group")
    kept = {name: _fields(group, "description", "variables", "hosts", "children") for name, group in groups.items()}
    try:
        now.amend(record, hosts=hosts, groups=kept)
    except ForailError as error:
        raise PassError(API, f"sync groups: {error}") from error
    return {"forailId": record.id, "hostCount": len(hosts), "groupCount": len(groups)}


def _check(groups: dict[str, KubeObject], field: str, declared: dict[str, Any], what: str) -> None:
    for name, group in groups.items():
        members: Sequence[str] = group.get(field) or ()
        for member in members:
            if member not in declared:
                raise PassError(API, f'sync groups: group "{name}" references undeclared {what} "{member}"')


def _fields(entry: KubeObject, *names: str) -> dict[str, Any]:
    return {name: entry.get(name) for name in names}
