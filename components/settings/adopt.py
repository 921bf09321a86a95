"""`adopt`: the data that a release of the vendor's Helm chart left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

from ..schema.section import Section
from ..schema.words import ConflictError, Matching

CLAIM = "data-forail-postgres-0"
"""Claim of the chart's database server: volume `data` of its StatefulSet's first pod."""
SECRET = "forail-secrets"
"""The chart's Secret."""
# What the database and the people who use it know already. The others are made anew: nothing that is kept depends on
# them, and former charts had fewer.
KEPT_SECRETS = ("forailAdminPassword", "postgresPassword", "forailSecretKey", "forailBroadcastWebsocketSecret")


class AdoptSettings(Section):
    """`adopt`: a Helm release's namespace, database claim and Secret are used as they are."""

    release: Annotated[
        str,
        Matching(
            "a Helm release: lower-case letters, digits, '-' and '.', at most 53",
            r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
            longest=53,
        ),
    ]
    """Name of the release (docs/migrate.md). It stays in the file, which says where the data is. It implies
    `namespace.create: false`, `postgres.storage.existingClaim: data-forail-postgres-0`, which must be this release's,
    and the Secret `forail-secrets` for `forailAdminPassword`, `postgresPassword`, `forailSecretKey` and
    `forailBroadcastWebsocketSecret`."""


def as_left(given: Mapping[str, Any]) -> dict[str, Any]:
    """`given`, the sections of a stack file with `adopt`, laid over what the release has left.

    Raises:
        ConflictError: a section says that there is nothing to take over.
    """
    namespace, postgres = _mapping(given.get("namespace")), _mapping(given.get("postgres"))
    if namespace is not None and namespace.get("create") is True:
        raise ConflictError("namespace.create", "is true, and with adopt the release's exists: remove it")
    if postgres is not None and postgres.get("mode", "inCluster") != "inCluster":
        raise ConflictError("adopt", "takes over the release's own database: remove it with another postgres.mode")
    # Taken from a store, it is not read from the release's Secret.
    external = _mapping((_mapping(given.get("secrets")) or {}).get("externalSecrets")) or {}
    stored = _mapping(external.get("keys")) or {}
    secrets = {key: {"secretName": SECRET, "key": key} for key in KEPT_SECRETS if key not in stored}
    left = {
        "namespace": {"name": "forail", "create": False},
        "postgres": {"storage": {"existingClaim": CLAIM}},
        "secrets": secrets,
    }
    return _over(left, given)


def _mapping(section: object) -> dict[str, Any] | None:
    """A section as the stack file has it: what was written, and no default."""
    if isinstance(section, Section):
        return section.model_dump(by_alias=True, exclude_unset=True, mode="json")
    return cast("dict[str, Any]", section) if isinstance(section, dict) else None


def _over(left: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` laid over `left`, mapping by mapping; what is none is left to be refused where it stands."""
    laid = {**left, **given}
    for key, value in left.items():
        below = _mapping(given.get(key))
        if below is not None and isinstance(value, dict):
            laid[key] = _over(cast("dict[str, Any]", value), below)
    return laid
