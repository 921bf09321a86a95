"""Every check, in the order in which they report. A new one is a module beside this one and a line here."""

from __future__ import annotations

from ...api.models import Credential, ForailInstance, Inventory, JobTemplate, Schedule, Spec, Team, Workflow
from . import (
    credentials,
    dangling,
    firing,
    forail_instances,
    identity,
    inputs,
    inventories,
    job_templates,
    names,
    projects,
    prompts,
    secret_sources,
    variable_texts,
    variables,
    workflows,
)
from .protocol import Check, SpecCheck, each, of

SPEC_CHECKS: tuple[SpecCheck, ...] = (
    of(Spec, names.check),
    of(ForailInstance, forail_instances.check),
    of(ForailInstance, secret_sources.token),
    of(Team, names.users),
    of(Credential, inputs.check),
    of(Credential, secret_sources.inputs),
    of(JobTemplate, job_templates.check),
    of(Schedule, firing.check),
    of(Spec, variable_texts.check),
    of(Inventory, inventories.check),
    of(Workflow, workflows.check),
)
"""What needs no more than one spec; part of CHECKS."""

CHECKS: tuple[Check, ...] = (
    identity.adopt_annotations,
    each(*SPEC_CHECKS),
    identity.duplicates,
    identity.adoptions,
    dangling.check,
    workflows.between,
    variables.refused,
    credentials.of_one_type,
    credentials.fitting,
    credentials.managed,
    job_templates.playbooks,
    prompts.refused,
    projects.check,
    inventories.adopted,
    credentials.own_secrets,
)
"""What makes content unusable."""

SPEC_WARNINGS: tuple[SpecCheck, ...] = (of(JobTemplate, job_templates.without_effect),)
"""The same of what is likely to surprise; part of WARNINGS."""

WARNINGS: tuple[Check, ...] = (
    each(*SPEC_WARNINGS),
    variables.warnings,
    job_templates.warnings,
    prompts.warnings,
)
"""What is allowed and likely to surprise; asked of content that no check refuses."""
