"""What of a live object goes into the engine's state."""

from __future__ import annotations

from rehearsal.kubernetes.objects import KubeObject, group_kind, mapping
from rehearsal.providers.kubernetes import ownership
from rehearsal.providers.wire import Properties, Secret

_API_VERSION_KEY = "__initialApiVersion"


def from_live(live: KubeObject, manager: str) -> Properties:
    """The outputs of an object.

    Ownership records are left out: they are long, change with every write, and are read from the server when needed.
    """
    return {
        **_without_ownership(live),
        **_secret_data(live),
        _API_VERSION_KEY: live.get("apiVersion"),
        ownership.STATE_KEY: manager,
    }


def for_preview(expected: KubeObject) -> Properties:
    """The outputs that a preview shows: no status, because only the cluster gives one."""
    return {
        **{key: value for key, value in _without_ownership(expected).items() if key != "status"},
        **_secret_data(expected),
    }


def _without_ownership(live: KubeObject) -> KubeObject:
    metadata = {key: value for key, value in mapping(live, "metadata").items() if key != "managedFields"}
    return {**live, "metadata": metadata}


def with_secret_data(obj: KubeObject) -> Properties:
    """Inputs made from a live object: the contents of a Secret are secret though no program marked them."""
    return {**obj, **_secret_data(obj)}


def _secret_data(live: KubeObject) -> Properties:
    """The contents of a Secret, secret as a whole whatever the program marked."""
    if group_kind(live) != ("", "Secret"):
        return {}
    return {key: Secret(live[key]) for key in ("data", "stringData") if key in live}
