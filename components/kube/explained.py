"""What to do about an object that was not written, said where its error is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pulumi


def explained_by(name: str, message: Callable[[Mapping[str, Any], Sequence[str]], str]) -> pulumi.ResourceHookBinding:
    """Hooks for an object: a failed create or update logs a message, and asks for no further attempt.

    A preview writes nothing, so it logs nothing.

    Args:
        name: states of stacks name the hook after it, with `-explain`.
        message: made from the object's inputs and the errors; it must tell no secret.
    """

    def explain(args: pulumi.ErrorHookArgs) -> bool:
        if args.failed_operation in ("create", "update") and not pulumi.runtime.is_dry_run():
            pulumi.log.error(message(args.new_inputs or {}, args.errors))
        return False

    return pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook(f"{name}-explain", explain)])
