"""Credentials on job templates, and the Secrets that the stack makes for secret inputs."""

from __future__ import annotations

from collections.abc import Iterator

from ...api.kinds import Kind
from ...api.models import Credential, ForailInstance, JobTemplate, SecretConfig
from ...schema.shape import Path
from ..known import NOT_FOR_JOBS
from ..manifest import secret_name
from ..problems import Problem, quoted
from ..resource import Resource
from .index import OWN, Index

# Forail attaches one credential of a type, but for Vault: those differ by their vault_id.
_SEVERAL = "Vault"


def of_one_type(index: Index) -> Iterator[Problem]:
    """Job templates with two credentials of one type, which Forail refuses after it made the template."""
    for resource in index.resources:
        if not isinstance(resource.spec, JobTemplate):
            continue
        seen: dict[tuple[str, str], str] = {}
        for place, name in enumerate(resource.spec.credentials):
            target = index.named.get((Kind.CREDENTIAL, OWN, name))
            if target is None or not isinstance(target.spec, Credential):
                continue
            kind = target.spec.credential_type
            vault = target.spec.inputs.get("vault_id", "") if kind == _SEVERAL else ""
            first = seen.setdefault((kind, vault), name)
            if first != name:
                same = f"type {quoted(kind)}" + (" and the same vault_id" if kind == _SEVERAL else "")
                yield Problem(
                    resource.described,
                    ("spec", "credentials", place),
                    f"names {quoted(name)}, of {same} like {quoted(first)}: keep one of them",
                )


def fitting(index: Index) -> Iterator[Problem]:
    """Credentials of a type that Forail refuses on a job template; it takes every type that people add."""
    for resource in index.resources:
        spec = resource.spec
        if isinstance(spec, JobTemplate):
            for place, name in enumerate(spec.credentials):
                kind = type_of(index, name)
                if kind in NOT_FOR_JOBS:
                    message = f"names {quoted(name)}, of type {quoted(kind)}, which no job can use: remove it"
                    yield Problem(resource.described, ("spec", "credentials", place), message)


def type_of(index: Index, name: str) -> str | None:
    """The credential type of a declared credential in the operator's own Forail."""
    target = index.named.get((Kind.CREDENTIAL, OWN, name))
    return target.spec.credential_type if target is not None and isinstance(target.spec, Credential) else None


def own_secrets(index: Index) -> Iterator[Problem]:
    """References to an existing Secret by the name of one that the stack is going to make for another resource."""
    made: dict[tuple[str, str], Resource] = {}
    for resource in index.resources:
        name = secret_name(resource)
        if name is not None:
            made[(resource.namespace, name)] = resource
    for resource in index.resources:
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
