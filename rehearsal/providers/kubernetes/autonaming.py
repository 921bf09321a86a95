"""Names for objects whose program gives none: `<logical name>-<8 hex digits>`, kept for the object's life."""

from __future__ import annotations

import hashlib
import secrets

from rehearsal.kubernetes.objects import KubeObject, at, is_true, name_of
from rehearsal.providers.kubernetes.annotations import AUTONAMED
from rehearsal.providers.wire import Properties

_DIGITS = 8


def with_name(
    inputs: Properties, olds: Properties, resource_name: str, seed: bytes, proposed: str | None
) -> Properties:
    """Inputs with `metadata.name` set.

    A name in the inputs stays. An automatic name of `olds` is kept. Otherwise it is the name that the engine
    proposes, or one made from the logical name: from `seed` where the engine gives one, else at random.
    """
    metadata: object = inputs.get("metadata") or {}
    if not isinstance(metadata, dict) or at(inputs, "metadata", "name"):
        return inputs
    if is_true(olds, AUTONAMED) and name_of(olds):
        return _named(inputs, name_of(olds))
    return _named(inputs, proposed or f"{resource_name}-{_suffix(resource_name, seed)}")


def is_autonamed(inputs: Properties) -> bool:
    """Whether the object's name was made by the provider."""
    return is_true(inputs, AUTONAMED)


def _named(inputs: Properties, name: str) -> Properties:
    metadata: KubeObject = dict(inputs.get("metadata") or {})
    annotations: object = metadata.get("annotations") or {}
    # Annotations that are secret or unknown as a whole cannot take the mark; the name is still right.
    if isinstance(annotations, dict):
        metadata["annotations"] = {**annotations, AUTONAMED: "true"}
    return {**inputs, "metadata": {**metadata, "name": name}}


def _suffix(resource_name: str, seed: bytes) -> str:
    if seed:
        return hashlib.sha256(seed + resource_name.encode()).hexdigest()[:_DIGITS]
    return secrets.token_hex(_DIGITS // 2)
