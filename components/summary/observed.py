"""The same from inside the program: what the engine is about to do, as the hooks of a preview or an `up` see it."""

from __future__ import annotations

import pulumi

from .effects import Effect, consequences, is_first, versions
from .plan import Change
from .write import SummaryForm, written

# What a consequence is read from. Content is not: a hook takes time, and content restarts nothing.
_TYPES = frozenset(
    {
        "kubernetes:apps/v1:Deployment",
        "kubernetes:apps/v1:StatefulSet",
        "kubernetes:batch/v1:Job",
        "kubernetes:core/v1:PersistentVolumeClaim",
        "pulumi:index:Stash",
        "random:index/randomId:RandomId",
        "random:index/randomPassword:RandomPassword",
    }
)
# What every platform has: where it is made and the stack is not new, it was there before, and a hook of a replacement
# sees only the new one.
_ALWAYS = ("-web", "-task", "-redis", "-frontend")
# Made with the platform, and written again by every `up`: where it is made with web, the stack is new.
_RECORD = "-secret-key-kept"
_NEVER_SEEN = "Look for deletions in the list of resources: from inside the program they are not seen."


class Observed:
    """What happens to the resources below one component, said once all of them are settled.

    Hooks see no deletion: a delete hook is kept in the state, and a plain `pulumi destroy` could not remove what has
    one. So the summary says that.

    Args:
        name: of the component. The hook of a state is called after it.
    """

    def __init__(self, name: str) -> None:
        self._changes: list[Change] = []
        self._resources: list[pulumi.Resource] = []
        # A summary must not stop an `up`.
        options = pulumi.ResourceHookOptions(on_dry_run=True, ignore_errors=True)
        self._hook = pulumi.ResourceHook(f"{name}-summary", self._note, options)

    def say_when_settled(self, resource: pulumi.Resource) -> None:
        """Logs the summary as `resource`'s when all that was made so far is settled; nothing without a change."""

        def say(_: object) -> None:
            text = summary(self._changes)
            if text:
                pulumi.log.info(text, resource)

        pulumi.Output.all(*(one.urn for one in self._resources)).apply(say)

    def hooked(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        """A transformation for the options of each child, whose own children have it from there."""
        if args.type_ not in _TYPES:
            return None
        self._resources.append(args.resource)
        binding = pulumi.ResourceHookBinding(before_create=[self._hook], before_update=[self._hook])
        options = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(hooks=binding))
        return pulumi.ResourceTransformationResult(args.props, options)

    def _note(self, args: pulumi.ResourceHookArgs) -> None:
        operation = "create" if args.old_inputs is None else "update"
        self._changes.append(Change(operation, args.urn, args.old_inputs or {}, args.new_inputs or {}))


def summary(seen: list[Change]) -> str:
    """What the hooks have seen, as text; empty where nothing ran before and nothing is restored."""
    new = is_first(seen) and any(one.operation == "create" and one.name.endswith(_RECORD) for one in seen)
    found = seen if new else [_as_replaced(change) for change in seen]
    told = consequences(found)
    if not seen or (new and not any(one.question == "Restore" and one.answers != ("None.",) for one in told)):
        return ""
    changed = versions(found)
    what = (Effect("What changes", changed),) if changed else ()
    return written((*what, *told, Effect("Deletions", (_NEVER_SEEN,))), SummaryForm.TEXT)


def _as_replaced(change: Change) -> Change:
    workload = change.kind in ("Deployment", "StatefulSet") and change.name.endswith(_ALWAYS)
    if change.operation != "create" or not workload:
        return change
    return Change("replace", change.urn, {}, change.new)
