"""Credentials on job templates, and the Secrets that the stack makes for secret inputs."""

from __future__ import annotations

from collections.abc import Iterator

from ...api.kinds import Kind
from ...api.models import Credential, ForailInstance, JobTemplate, SecretConfig
from ...schema.shape import Path
from ..problems import Problem, quoted
from ..read.own_secret import secret_name
from ..read.resource import Resource
from .credential_types import TYPES, VAULT
from .index import OWN, Index
from .input_traits import FOR_JOBS
from .inputs import given
from .known import MANAGED_CREDENTIALS

# Of an object's name, as the API server counts it.
_LONGEST_NAME = 253


def of_one_type(index: Index) -> Iterator[Problem]:
    """Job templates with two credentials of one type, which Forail refuses after it made the template."""
    for resource, spec in index.each(JobTemplate):
        seen: dict[tuple[str, str], str] = {}
        for place, name in enumerate(spec.credentials):
            kind = type_of(index, name)
            vault = _vault_id(index, name) if kind == VAULT else ""
            if kind is None or vault is None:
                continue
            first = seen.setdefault((kind, vault), name)
            if first != name:
                same = f"type {quoted(kind)}" + (" and the same vault_id" if kind == VAULT else "")
                yield Problem(
                    resource.described,
                    ("spec", "credentials", place),
                    f"names {quoted(name)}, of {same} like {quoted(first)}: keep one of them",
                )


def _vault_id(index: Index, name: str) -> str | None:
    """Vaults of one job template differ by their vault_id; None where it is not known."""
    spec = _declared(index, name)
    if spec is None or ("vault_id" in given(spec) and "vault_id" not in spec.inputs):
        return None
    return spec.inputs.get("vault_id", "")


def fitting(index: Index) -> Iterator[Problem]:
    """Credentials of a type that Forail refuses on a job template; it takes every type that people add."""
    for resource, spec in index.each(JobTemplate):
        for place, name in enumerate(spec.credentials):
            kind = type_of(index, name)
            if kind is not None and kind in TYPES and TYPES[kind].family not in FOR_JOBS:
                message = f"names {quoted(name)}, of type {quoted(kind)}, which no job can use: remove it"
                yield Problem(resource.described, ("spec", "credentials", place), message)


def managed(index: Index) -> Iterator[Problem]:
    """Credentials that Forail keeps itself and that a declaration takes over."""
    for resource, _ in index.each(Credential):
        name = resource.forail_name
        if name in MANAGED_CREDENTIALS and name in index.known.types_of_credentials and resource.adopts:
            yield Problem(
                resource.described,
                (),
                f"takes over {quoted(name)}, which Forail keeps itself: it refuses every change to it; declare a "
                "credential of another name",
            )


def type_of(index: Index, name: str) -> str | None:
    """The credential type of a credential in the operator's own Forail; None where nothing tells."""
    spec = _declared(index, name)
    return spec.credential_type if spec is not None else index.known.types_of_credentials.get(name)


def _declared(index: Index, name: str) -> Credential | None:
    target = index.named.get((Kind.CREDENTIAL, OWN, name))
    return target.spec if target is not None and isinstance(target.spec, Credential) else None


def own_secrets(index: Index) -> Iterator[Problem]:
    """Secrets that the stack makes: names too long for one, and references to one as if somebody else kept it."""
    made: dict[tuple[str, str], Resource] = {}
    for resource in index.resources:
        name = secret_name(resource)
        if name is not None:
            made[(resource.namespace, name)] = resource
            if len(name) > _LONGEST_NAME:
                message = f"makes the name of its Secret longer than {_LONGEST_NAME}: shorten it"
                yield Problem(resource.described, ("metadata", "name"), message)
    for resource in index.resources if made else ():
        for path, name in _existing(resource):
            maker = made.get((resource.namespace, name))
            if maker is not None:
                yield Problem(
                    resource.described,
                    path,
                    f"names the Secret {quoted(name)}, which the stack makes for {maker.described}: use secretConfig "
                    "here too, or a Secret of another name",
                )


def _existing(resource: Resource) -> Iterator[tuple[Path, str]]:
    spec = resource.spec
    if isinstance(spec, Credential):
        for place, item in enumerate(spec.inputs_from):
            if not isinstance(item.value_from, SecretConfig):
                yield ("spec", "inputsFrom", place, "valueFrom", "name"), item.value_from.name
    if isinstance(spec, ForailInstance) and not isinstance(spec.token_secret_ref, SecretConfig):
        yield ("spec", "tokenSecretRef", "name"), spec.token_secret_ref.name
