"""What the engine asks of a provider, as typed values, and how a provider answers or refuses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from rehearsal.providers.differences import Difference
from rehearsal.providers.session import Session
from rehearsal.providers.wire import Properties


class ProviderError(Exception):
    """A refusal whose message the engine shows to the user."""


class InitializationFailed(Exception):  # noqa: N818 - the engine's own name for this outcome
    """The object exists but did not become ready: the engine keeps it in the state and resumes next time."""

    def __init__(self, identifier: str, outputs: Properties, inputs: Properties, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.identifier = identifier
        self.outputs = outputs
        self.inputs = inputs
        self.reasons = tuple(reasons)


@dataclass(frozen=True, kw_only=True)
class Call:
    """What every call carries: the engine connection and the resource it is about."""

    session: Session
    urn: str

    @property
    def type_token(self) -> str:
        """The resource's own type: the last part of the type chain in its URN."""
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def resource_name(self) -> str:
        """The resource's logical name."""
        return self.urn.split("::", 3)[3]


@dataclass(frozen=True, kw_only=True)
class CheckCall(Call):
    """Validate inputs and fill defaults. `olds` is empty for a new resource and for a replacement."""

    olds: Properties
    news: Properties
    random_seed: bytes
    proposed_name: str | None = None


@dataclass(frozen=True, kw_only=True)
class DiffCall(Call):
    """Compare two sets of inputs. `old_outputs` is the state of the last operation."""

    identifier: str
    old_inputs: Properties
    old_outputs: Properties
    news: Properties
    ignored: Sequence[str] = ()
    """Property paths that the program lists in `ignore_changes`; in a refresh `news` has not their old values."""


@dataclass(frozen=True, kw_only=True)
class CreateCall(Call):
    """Create the resource, or say what it would look like. `timeout` is in seconds, 0 when not given."""

    inputs: Properties
    timeout: float
    preview: bool


@dataclass(frozen=True, kw_only=True)
class UpdateCall(Call):
    """Change the resource in place. `timeout` is in seconds, 0 when not given."""

    identifier: str
    old_inputs: Properties
    old_outputs: Properties
    news: Properties
    timeout: float
    preview: bool
    ignored: Sequence[str] = ()
    """Property paths that the program lists in `ignore_changes`; `news` has their old values already."""


@dataclass(frozen=True, kw_only=True)
class ReadCall(Call):
    """Read the live resource; `inputs` is empty when it is not in the state."""

    identifier: str
    inputs: Properties
    outputs: Properties


@dataclass(frozen=True, kw_only=True)
class DeleteCall(Call):
    """Delete the resource. `timeout` is in seconds, 0 when not given."""

    identifier: str
    inputs: Properties
    outputs: Properties
    timeout: float


@dataclass(frozen=True)
class CheckResult:
    """Completed inputs, or failures as (property, reason)."""

    inputs: Properties
    failures: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class DiffResult:
    """What changed, and which of it can only be had by replacing the resource."""

    differences: Sequence[Difference] = ()
    replaced_by: frozenset[Difference] = field(default_factory=frozenset[Difference])
    delete_before_replace: bool = False


@dataclass(frozen=True)
class LiveResource:
    """A resource as it is now; an empty identifier says that it is gone."""

    identifier: str
    outputs: Properties
    inputs: Properties


class Provider(ABC):
    """One provider plugin. Methods are called from many threads at once."""

    name: str
    version: str

    def check_config(self, call: CheckCall) -> CheckResult:
        """Validate the provider's own inputs; everything is accepted unless a provider says otherwise."""
        return CheckResult(call.news)

    def diff_config(self, call: DiffCall) -> DiffResult:
        """Compare provider inputs; nothing replaces a provider unless it says otherwise."""
        del call
        return DiffResult()

    def configure(self, session: Session, inputs: Properties) -> None:
        """Take the provider's inputs for one engine connection."""
        del session, inputs

    @abstractmethod
    def check(self, call: CheckCall) -> CheckResult:
        """Validate and complete a resource's inputs."""

    @abstractmethod
    def diff(self, call: DiffCall) -> DiffResult:
        """Say what an update would change."""

    @abstractmethod
    def create(self, call: CreateCall) -> tuple[str, Properties]:
        """Create a resource; returns its identifier (empty in preview) and outputs."""

    @abstractmethod
    def update(self, call: UpdateCall) -> Properties:
        """Update a resource in place; returns its outputs."""

    @abstractmethod
    def read(self, call: ReadCall) -> LiveResource:
        """Read a resource as it is now."""

    @abstractmethod
    def delete(self, call: DeleteCall) -> None:
        """Delete a resource; deleting what is gone succeeds."""

    def close(self) -> None:  # noqa: B027 - most providers hold nothing
        """Release connections when the server stops."""
