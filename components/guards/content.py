"""What content loses: where it runs, the operator that keeps it, organizations."""

from __future__ import annotations

from collections.abc import Iterator

from ..record import Refusal
from ..settings.task import Execution
from ..settings.upgrade import GuardName
from .declaration import Declaration
from .protocol import Step, refusal

# Enough to see what it is about.
_SHOWN = 3
_THERE = {
    Execution.HYBRID.value: "jobs would run on the privileged task pod, and no more in pods of their own",
    Execution.CONTROL.value: "jobs would run in pods of their own, and no project would be updated from source control",
}


def execution(step: Step) -> Iterator[Refusal]:
    """Jobs run elsewhere, and declared content needs what it had."""
    old, new = step.old.execution, step.new.execution
    if old is None or new is None or new == old or not step.runs:
        return
    more = f" and {len(step.runs) - _SHOWN} more" if len(step.runs) > _SHOWN else ""
    yield refusal(
        GuardName.EXECUTION,
        f"{old} -> {new}",
        f"task.execution changes from {old} to {new}: {_THERE[new]}. Declared content runs there: "
        f"{', '.join(step.runs[:_SHOWN])}{more}. Jobs that run now end or fail first (docs/operations.md, "
        '"What happens to running jobs"); try one template on another stack before.',
    )


def operator(step: Step) -> Iterator[Refusal]:
    """The definitions go with the operator, and with them every custom resource of the cluster."""
    if step.protected and step.old.operator and step.new.operator is False:
        yield refusal(
            GuardName.OPERATOR,
            "on -> off",
            "operator.enabled turns false: all declared content would be deleted, in Forail too, and then the nine "
            "definitions with every custom resource of their kinds in the cluster, whoever made it. To stop the "
            "operator and keep all that: kubectl -n "
            f"{step.old.namespaces.get('operator.namespace', 'forail-operator')} scale deploy/forail-operator "
            "--replicas=0",
        )


def organization(step: Step) -> Iterator[Refusal]:
    """A declared Organization goes, or goes to another Forail, and the one that had it deletes all that hangs on it."""
    if not step.protected or step.new.operator is False:
        return
    for resource, name in sorted(step.old.organizations.items()):
        there, here = _home(step.old, resource), _home(step.new, resource)
        where = f"{name!r} in {_forail(there)}"
        lost = (
            "with its projects, inventories, templates, teams and their job history, declared or not. Keep it declared"
        )
        if resource not in step.new.organizations:
            yield refusal(
                GuardName.ORGANIZATION,
                f"{resource} -> gone",
                f"Organization {resource} ({where}) is declared no more: the operator would delete it there, {lost}, "
                "or move what must stay to another organization first.",
            )
        elif None not in (there, here) and there != here:
            yield refusal(
                GuardName.ORGANIZATION,
                f"{resource} {there or 'own'} -> {here or 'own'}",
                f"Organization {resource} ({where}) is sent to {_forail(here)}: the operator would delete it in the "
                f"first, {lost} as it was, and declare one of another metadata.name for the other Forail.",
            )


def _home(declared: Declaration, resource: str) -> str | None:
    """None where it is not known: in records of earlier programs."""
    return None if declared.homes is None else declared.homes.get(resource)


def _forail(home: str | None) -> str:
    return f"the Forail of ForailInstance {home}" if home else "Forail"
