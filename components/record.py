"""What the last `up` declared, kept in the stack's state: a change of it is checked before anything depends on it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import pulumi

Facts = Mapping[str, Any]
"""What is recorded: text, lists and mappings."""
ALLOW = "upgrade.allow"
"""The setting that names the changes which are meant."""


@dataclass(frozen=True)
class Refusal:
    """A change that costs something, and what it would do."""

    change: str
    """As `upgrade.allow` names it: it says what changes from what to what, so it allows no other change later."""
    reason: str
    """What would happen, and how to get there without the loss. No value that may be secret."""


Check = Callable[[Facts, Facts], Iterable[Refusal]]
"""What speaks against going from the facts of the last `up` to those of this one."""


def record(
    name: str, facts: pulumi.Input[Facts], check: Check, allowed: Iterable[str], parent: pulumi.Resource
) -> pulumi.Resource:
    """Keeps `facts` in the state; who must not see a refused change depends on the resource that is returned.

    Without a record, at the first `up`, nothing is compared. The record is removed with the stack and needs no program
    for that.

    Args:
        name: of the record. Hook and record of a state are called after it.
        facts: what is declared now.
        check: called when the facts differ from those of the last `up`, in previews too.
        allowed: changes that are meant, as `Refusal.change` has them.
        parent: its parent.
    """
    meant = tuple(allowed)

    def compared(args: pulumi.ResourceHookArgs) -> None:
        _refuse(check(_kept(args.old_inputs), _kept(args.new_inputs)), meant)

    # No delete hook: a plain `pulumi destroy` would need the program.
    hook = pulumi.ResourceHook(f"{name}-unchanged", compared, pulumi.ResourceHookOptions(on_dry_run=True))
    return pulumi.Stash(
        name,
        input=facts,
        opts=pulumi.ResourceOptions(parent=parent, hooks=pulumi.ResourceHookBinding(before_update=[hook])),
    )


def fail(text: str) -> None:
    """Lets the program end with the error `text`: with --continue-on-error a failed hook keeps nothing from being
    deleted, and a failed program does."""
    pulumi.Output.from_input(_failed(text))


async def _failed(text: str) -> None:
    raise pulumi.RunError(text)


def _refuse(refusals: Iterable[Refusal], meant: tuple[str, ...]) -> None:
    wrong = [refusal for refusal in refusals if refusal.change not in meant]
    if not wrong:
        return
    fail("a change is refused, see there")
    lines = [
        f"  {refusal.reason}\n    If it is meant: pulumi config set --path '{ALLOW}[{place}]' {quoted}"
        for place, (refusal, quoted) in enumerate(((one, shlex.quote(one.change)) for one in wrong), len(meant))
    ]
    raise pulumi.RunError("\n".join(['refused (docs/operations.md, "What is refused"):', *lines]))


def _kept(inputs: Mapping[str, Any] | None) -> Facts:
    found = (inputs or {}).get("input")
    return cast("Facts", found) if isinstance(found, Mapping) else {}
