"""The names in a spec that mean something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ...api.kinds import Kind
from ...api.models import (
    Credential,
    Inventory,
    JobTemplate,
    Organization,
    Project,
    Schedule,
    Spec,
    Team,
    TemplateKind,
    Workflow,
)
from ...schema.shape import Path

TEMPLATES: Mapping[TemplateKind, Kind] = {
    TemplateKind.JOB_TEMPLATE: Kind.JOB_TEMPLATE,
    TemplateKind.WORKFLOW_JOB_TEMPLATE: Kind.WORKFLOW,
}


class Reference(NamedTuple):
    """The name of another object."""

    path: Path
    kind: Kind
    name: str


class Outside(NamedTuple):
    """A name of something that content cannot declare."""

    path: Path
    noun: str
    """What it names."""
    listed: str
    """Where the stack lists such names."""
    name: str


def references(spec: Spec) -> Iterator[Reference]:
    """The names of other objects, in the order of the fields."""
    if isinstance(spec, Team | Project | Inventory | Credential | Workflow):
        yield Reference(("spec", "organization"), Kind.ORGANIZATION, spec.organization)
    match spec:
        case Project(scm_credential=str(name)) if name:
            yield Reference(("spec", "scmCredential"), Kind.CREDENTIAL, name)
        case JobTemplate():
            yield Reference(("spec", "project"), Kind.PROJECT, spec.project)
            yield Reference(("spec", "inventory"), Kind.INVENTORY, spec.inventory)
            for place, name in enumerate(spec.credentials):
                yield Reference(("spec", "credentials", place), Kind.CREDENTIAL, name)
        case Schedule():
            yield Reference(("spec", "jobTemplate"), Kind.JOB_TEMPLATE, spec.job_template)
        case Workflow():
            if spec.inventory:
                yield Reference(("spec", "inventory"), Kind.INVENTORY, spec.inventory)
            for place, node in enumerate(spec.nodes):
                kind = TEMPLATES[node.unified_job_template_kind]
                yield Reference(("spec", "nodes", place, "unifiedJobTemplate"), kind, node.unified_job_template)
        case _:
            pass


def outside(spec: Spec) -> Iterator[Outside]:
    """The names of what no custom resource declares."""
    if isinstance(spec, Organization | Project) and spec.default_environment:
        path = ("spec", "defaultEnvironment")
        yield Outside(path, "execution environment", "executionEnvironments", spec.default_environment)
    if isinstance(spec, Team):
        for place, name in enumerate(spec.users):
            yield Outside(("spec", "users", place), "user", "users", name)
    if isinstance(spec, Credential):
        yield Outside(("spec", "credentialType"), "credential type", "credentialTypes", spec.credential_type)
