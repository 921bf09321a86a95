"""Resources that exist only in the state: made once from their inputs, replaced when an input changes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from rehearsal.providers.calls import (
    CheckCall,
    CheckResult,
    CreateCall,
    DeleteCall,
    DiffCall,
    DiffResult,
    LiveResource,
    Provider,
    ProviderError,
    ReadCall,
    UpdateCall,
)
from rehearsal.providers.differences import Difference, differences
from rehearsal.providers.wire import UNKNOWN, Properties, plain

NOT_SERVED = "is not served by the stand-in provider: leave it out, or install the official plugin"


class GeneratedKind(ABC):
    """One resource type of a provider that talks to nothing."""

    inputs: frozenset[str]
    """Every input that is served; any other is refused."""
    defaults: Mapping[str, object] = {}
    """Inputs that the official plugin fills in when they are absent."""
    computed: Sequence[str] = ()
    """Outputs that only exist after creation: unknown in a preview."""
    updatable: frozenset[str] = frozenset()
    """Inputs that change in place; every other one replaces the resource."""

    def check(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        """Failures as (property, reason). Values may be unknown; they are never secret-marked."""
        del inputs
        return ()

    @abstractmethod
    def create(self, inputs: Properties) -> tuple[str, Properties]:
        """Make the value: its identifier and computed outputs. Inputs are known and complete."""

    def expired(self, outputs: Properties, now: datetime) -> str | None:
        """The output that says the resource must be replaced although no input changed, if one does."""
        del outputs, now
        return None


class GeneratedProvider(Provider):
    """Serves a table of `GeneratedKind` by type token."""

    kinds: Mapping[str, GeneratedKind]

    def check(self, call: CheckCall) -> CheckResult:
        kind = self._kind(call.type_token)
        inputs = {**kind.defaults, **{key: value for key, value in call.news.items() if value is not None}}
        unserved = [(name, NOT_SERVED) for name in sorted(inputs.keys() - kind.inputs - kind.defaults.keys())]
        return CheckResult(inputs, [*unserved, *kind.check(plain(inputs))])

    def diff(self, call: DiffCall) -> DiffResult:
        kind = self._kind(call.type_token)
        # A state written by the official plugin has no defaults in its inputs: that is not a change.
        old = {**kind.defaults, **plain(call.old_inputs)}
        changed = tuple(differences(old, plain(call.news)))
        replacing = {difference for difference in changed if difference.path[0] not in kind.updatable}
        expired = kind.expired(plain(call.old_outputs), datetime.now(UTC))
        if expired is not None:
            renewal = Difference.update(expired)
            return DiffResult((*changed, renewal), frozenset({*replacing, renewal}))
        return DiffResult(changed, frozenset(replacing))

    def create(self, call: CreateCall) -> tuple[str, Properties]:
        kind = self._kind(call.type_token)
        if call.preview:
            return "", {**dict.fromkeys(kind.computed, UNKNOWN), **call.inputs}
        inputs = plain(call.inputs)
        identifier, outputs = kind.create(inputs)
        return identifier, {**inputs, **outputs}

    def update(self, call: UpdateCall) -> Properties:
        return {**call.old_outputs, **call.news}

    def read(self, call: ReadCall) -> LiveResource:
        self._kind(call.type_token)
        if not call.outputs:
            raise ProviderError(
                f"{call.type_token} {call.identifier!r} cannot be imported with the stand-in provider: "
                "its value exists only in the state that created it"
            )
        return LiveResource(call.identifier, call.outputs, call.inputs)

    def delete(self, call: DeleteCall) -> None:
        self._kind(call.type_token)

    def _kind(self, token: str) -> GeneratedKind:
        try:
            return self.kinds[token]
        except KeyError:
            known = ", ".join(sorted(token.rpartition(":")[2] for token in self.kinds))
            raise ProviderError(
                f"the stand-in provider {self.name!r} does not know {token}; it has {known}: "
                "install the official plugin to use it"
            ) from None
