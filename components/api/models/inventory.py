"""Inventory: the hosts that jobs run against, and their groups."""

from __future__ import annotations

from .base import Flag, Name, ObjectStatus, Prose, Shape, Spec, Tally, Text, Variables


class Host(Shape):
    """One host."""

    name: Name
    """Host name or address, unique in the inventory; a port is given as the variable `ansible_port`."""
    description: Prose | None = None
    """Free text."""
    enabled: Flag = True
    """Whether jobs may run against it."""
    variables: Variables | None = None
    """Variables, as YAML or JSON text."""


class Group(Shape):
    """A set of hosts."""

    name: Name
    """Unique in the inventory, its hosts included, and not `all`."""
    description: Prose | None = None
    """Free text."""
    variables: Variables | None = None
    """Variables for all of its hosts, as YAML or JSON text."""
    hosts: tuple[Text, ...] = ()
    """Names of hosts that `spec.hosts` declares."""
    children: tuple[Text, ...] = ()
    """Names of groups that `spec.groups` declares, whose hosts are in this one too."""


class Inventory(Spec):
    """An inventory in Forail, with all of its hosts and groups; it always lives in the operator's own Forail."""

    name: Name | None = None
    """Name in Forail; left out, `metadata.name`."""
    description: Prose | None = None
    """Free text."""
    organization: Text
    """Name in Forail of the organization it belongs to."""
    variables: Variables | None = None
    """Variables for every host, as YAML or JSON text."""
    hosts: tuple[Host, ...] = ()
    """All hosts; others in the inventory are deleted."""
    groups: tuple[Group, ...] = ()
    """All groups; others in the inventory are deleted."""


class InventoryStatus(ObjectStatus):
    """What the operator knows of an inventory."""

    group_count: Tally | None = None
    """Groups that Forail counts."""
    host_count: Tally | None = None
    """Hosts that Forail counts."""
