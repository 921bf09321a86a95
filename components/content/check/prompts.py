"""Credentials that ask at launch, on job templates that start without anybody there to answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...api.kinds import Kind
from ...api.models import Credential, JobTemplate, Schedule, TemplateKind, Workflow
from ...schema.shape import Path
from ..problems import Problem, quoted
from ..read.resource import Resource
from .credential_types import TYPES
from .index import OWN, Index
from .input_traits import ASK, Trait
from .inputs import given


@dataclass(frozen=True)
class _Start:
    """A job template that something starts, and the credential of it that asks."""

    starter: Resource
    path: Path
    template: Resource
    spec: JobTemplate
    credential: str
    inputs: tuple[str, ...]

    @property
    def problem(self) -> str:
        return (
            f"starts {quoted(self.template.forail_name)}, whose credential {quoted(self.credential)} asks for "
            f"{', '.join(self.inputs)} at launch, and nobody is there to answer"
        )


def refused(index: Index) -> Iterator[Problem]:
    """Schedules and nodes that Forail refuses: it saves no launch that needs a password."""
    for start in _starts(index):
        if not start.spec.ask_credential_on_launch:
            yield Problem(
                start.starter.described,
                start.path,
                f"{start.problem}: give it with inputsFrom, or start a template with another credential",
            )


def warnings(index: Index) -> Iterator[Problem]:
    """Those that it takes, because the template would take another credential, and whose jobs fail."""
    for start in _starts(index):
        if start.spec.ask_credential_on_launch:
            yield Problem(start.starter.described, start.path, f"{start.problem}: its jobs will fail")


def asked(spec: Credential) -> tuple[str, ...]:
    """The inputs that Forail asks for at launch."""
    kind = TYPES.get(spec.credential_type) if ASK in spec.inputs.values() else None
    names = [name for name in kind.named(Trait.ASKS) if spec.inputs.get(name) == ASK] if kind is not None else []
    # A passphrase is asked for where there is a key.
    return tuple(name for name in names if name != "ssh_key_unlock" or "ssh_key_data" in given(spec))


def _starts(index: Index) -> Iterator[_Start]:
    asking = {
        resource.forail_name: inputs
        for resource, spec in index.each(Credential)
        if (inputs := asked(spec)) and index.named[(Kind.CREDENTIAL, OWN, resource.forail_name)] is resource
    }
    for resource in index.resources if asking else ():
        for path, name in _started(resource):
            template = index.named.get((Kind.JOB_TEMPLATE, OWN, name))
            if template is None or not isinstance(template.spec, JobTemplate):
                continue
            for credential in template.spec.credentials:
                if credential in asking:
                    yield _Start(resource, path, template, template.spec, credential, asking[credential])


def _started(resource: Resource) -> Iterator[tuple[Path, str]]:
    """The job templates that it starts; they are all in the operator's own Forail."""
    spec = resource.spec
    if isinstance(spec, Schedule):
        yield ("spec", "jobTemplate"), spec.job_template
    if isinstance(spec, Workflow) and resource.backend is None:
        for place, node in enumerate(spec.nodes):
            if node.unified_job_template_kind is TemplateKind.JOB_TEMPLATE:
                yield ("spec", "nodes", place, "unifiedJobTemplate"), node.unified_job_template
