"""The real Pulumi engine on a project's unmodified program: up, preview, refresh, destroy, outputs."""

import hashlib
import secrets
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TypedDict, TypeVar

from pulumi import automation
from pulumi.automation import OpType
from pulumi.automation.errors import CommandError, StackNotFoundError

from rehearsal import checkpoint, files, leftovers, locks, pending, plugins
from rehearsal.engine_process import EngineCommand, error_lines
from rehearsal.failure import RehearsalError
from rehearsal.outputs import Outputs
from rehearsal.program import Program
from rehearsal.progress import Progress
from rehearsal.project import Project
from rehearsal.state import StateFolder
from rehearsal.toolchain import engine_root

_Result = TypeVar("_Result")


class _Shown(TypedDict):
    """The arguments of an operation that decide how its messages are shown."""

    color: str
    on_output: Callable[[str], None]
    on_error: Callable[[str], None]


class Settling(Enum):
    """When to look what became of the operations that a killed run left open."""

    FIRST = "before anything else"
    LATER = "by a later command, because there is no cluster to look at"


@dataclass(frozen=True)
class Engine:
    """One stack of one project on the rehearsal's own backend.

    Args:
        state: where the backend is.
        project: the project.
        progress: where the engine's messages go.
        overrides: configuration laid over the stack file.
        secret_overrides: the same for secret values; the key is a configuration path such as `forail:admin.password`.
        strict: whether the stand-in provider refuses fields that the API server does not know.
        kubeconfig: the cluster; the one of `state` by default.
    """

    state: StateFolder
    project: Project
    progress: Progress
    overrides: Mapping[str, object] = field(default_factory=dict[str, object])
    secret_overrides: Mapping[str, str] = field(default_factory=dict[str, str])
    strict: bool | None = None
    kubeconfig: Path | None = None

    def up(
        self, *, expect_no_changes: bool = False, on_event: Callable[[automation.EngineEvent], None] | None = None
    ) -> Outputs:
        """Create or update the stack, and return its outputs.

        Args:
            expect_no_changes: fail when anything would change.
            on_event: told of each event of the engine as it comes, from another thread.

        Raises:
            RehearsalError: the program or a resource failed; the engine's messages have been shown.
            KeyboardInterrupt: the user interrupted it; the next run continues.
        """

        def operate(stack: automation.Stack) -> Outputs:
            result = stack.up(
                expect_no_changes=expect_no_changes, on_event=on_event, suppress_outputs=True, **self._shown()
            )
            return Outputs.of(result.outputs)

        return self._operate("up", operate)

    def preview(self, *, expect_no_changes: bool = False, settling: Settling = Settling.FIRST) -> Mapping[str, int]:
        """What `up` would do: the number of resources by operation (`create`, `update`, `same`, ...)."""

        def operate(stack: automation.Stack) -> Mapping[str, int]:
            result = stack.preview(expect_no_changes=expect_no_changes, suppress_outputs=True, **self._shown())
            return {OpType(operation).value: count for operation, count in result.change_summary.items()}

        return self._operate("preview", operate, settling)

    def plan(self, on_event: Callable[[automation.EngineEvent], None] = lambda _: None) -> Mapping[str, str]:
        """What `up` would do with each resource: the operation (`create`, `same`, `delete`, ...) by URN."""
        planned: dict[str, str] = {}

        def note(event: automation.EngineEvent) -> None:
            on_event(event)
            if (step := event.resource_pre_event) is not None:
                planned[step.metadata.urn] = OpType(step.metadata.op).value

        def operate(stack: automation.Stack) -> None:
            stack.preview(on_event=note, suppress_outputs=True, **self._shown())

        self._operate("preview", operate)
        return planned

    def refresh(self, *, expect_no_changes: bool = False) -> Mapping[str, int]:
        """Read every resource back from the cluster into the state: the number of resources by operation."""

        def operate(stack: automation.Stack) -> Mapping[str, int]:
            result = stack.refresh(expect_no_changes=expect_no_changes, suppress_outputs=True, **self._shown())
            return {OpType(key).value: count for key, count in (result.summary.resource_changes or {}).items()}

        return self._operate("refresh", operate)

    def destroy(self, *, protected: bool = False) -> None:
        """Delete everything but what is protected and what that depends on; with `protected`, that as well."""

        def operate(stack: automation.Stack) -> None:
            if protected:
                self._run(stack, ["state", "unprotect", "--all", "--yes"])
            stack.destroy(exclude_protected=not protected, suppress_outputs=True, **self._shown())

        self._operate("destroy", operate)

    def outputs(self) -> Outputs:
        """The outputs of the last `up`.

        Raises:
            RehearsalError: the stack has never been up.
        """
        if not self.state_file.exists():
            raise RehearsalError(
                f"stack {self.state.stack} of {self.project.name} has no outputs", "run `python -m rehearsal up` first"
            )
        checkpoint.load(self.state_file)
        with self._failures("outputs"):
            return Outputs.of(self._stack({}).outputs())

    def command(self, *arguments: str) -> str:
        """What a command of the CLI that needs no program, such as `state delete`, prints for the stack.

        Raises:
            RehearsalError: it failed.
        """
        with self._failures(" ".join(arguments[:2])):
            return self._run(self._stack({}), list(arguments))

    @property
    def state_file(self) -> Path:
        """The engine's state of this stack, as the file backend keeps it."""
        return self.state.backend / ".pulumi" / "stacks" / self.project.name / f"{self.state.stack}.json"

    def _operate(
        self, name: str, operation: Callable[[automation.Stack], _Result], settling: Settling = Settling.FIRST
    ) -> _Result:
        self.state.create()
        leftovers.end_engines(self.state.folder, self.progress)
        dropped = self.project.prepare(self._workspace, self.state.stack, dict(self.overrides))
        if dropped:
            self.progress.line(
                f"encrypted in the stack file, so left out here (generated instead): {', '.join(dropped)}"
            )
        self._clear_up()
        program = Program(self.project.folder)
        environment = {"KUBECONFIG": self._cluster()}
        serving = plugins.attached(self.state.engine_home, self.progress, strict=self.strict)
        with serving as providers, program.prepared(environment):
            self.progress.line(providers.line)
            with self._failures(name):
                stack = self._stack(providers.environment, program)
                for path, value in self.secret_overrides.items():
                    stack.set_config(path, automation.ConfigValue(value, secret=True), path=True)
                self._settle(stack, settling)
                return operation(stack)

    def _clear_up(self) -> None:
        """Bring what a killed run left into an order in which the engine can work; the caller holds the lock."""
        held = self.state.backend / ".pulumi/locks/organization" / self.project.name / self.state.stack
        for lock in locks.stale(held):
            self.progress.line("a former run was killed: removing the lock that it left on the stack")
            lock.unlink()
        checkpoint.remove_sidecars(self.state.backend)
        self._selection.unlink(missing_ok=True)
        if not self._unsettled.exists() and checkpoint.damaged(self.state_file):
            files.write(self._unsettled, "")
        if checkpoint.restored(self.state_file):
            self.progress.line(f"{self.state_file} was damaged: going on from the copy before its last step")

    def _settle(self, stack: automation.Stack, settling: Settling) -> None:
        """Take up what a killed run left open, so that creating it again is not refused.

        The import drops what was in flight from the state, and only the refresh tells what of it exists. So a mark
        stays until the refresh has ended: killed anywhere, the next run begins here again.
        """
        in_flight = pending.in_flight(self.state_file)
        if not in_flight and not self._unsettled.exists():
            return
        self.progress.line("a former run was killed in the middle of an operation: looking what became of it")
        if settling is Settling.LATER:
            self.progress.line("there is no cluster to look at: this preview shows the state as that run left it")
            return
        files.write(self._unsettled, "")
        if in_flight:
            self._edit(stack, pending.adopted)
        stack.refresh(suppress_outputs=True, **self._shown())
        self._edit(stack, pending.reinstated)
        self._unsettled.unlink()

    def _edit(self, stack: automation.Stack, change: Callable[[str], str]) -> None:
        """Rewrite the stack's state; secrets in it stay encrypted."""
        exported = self._run(stack, ["stack", "export"])
        wanted = change(exported)
        if wanted == exported:
            return
        edited = self._workspace / "settled.json"
        try:
            files.write(edited, wanted)
            self._run(stack, ["stack", "import", "--file", str(edited)])
        finally:
            edited.unlink(missing_ok=True)

    def _run(self, stack: automation.Stack, arguments: list[str]) -> str:
        """Run a command that the Automation API does not offer, and return what it printed."""
        workspace = stack.workspace
        environment = {**workspace.env_vars, "PULUMI_HOME": str(workspace.pulumi_home)}
        command = [*arguments, "--stack", stack.name]
        return workspace.pulumi_command.run(command, workspace.work_dir, environment).stdout

    def _stack(self, environment: Mapping[str, str], program: Callable[[], None] | None = None) -> automation.Stack:
        workspace = automation.LocalWorkspace(
            work_dir=str(self._workspace),
            pulumi_home=str(self.state.engine_home),
            program=program,
            env_vars={**self._environment(), **environment},
            secrets_provider="passphrase",
            pulumi_command=EngineCommand(engine_root(self.progress), self.progress),
        )
        try:
            return automation.Stack.select(self.state.stack, workspace)
        except StackNotFoundError:
            return automation.Stack.create(self.state.stack, workspace)

    def _environment(self) -> dict[str, str]:
        self.state.backend.mkdir(parents=True, exist_ok=True)
        if not self.state.passphrase.exists():
            files.write(self.state.passphrase, secrets.token_urlsafe(32))
        return {
            **leftovers.of_engine(self.state.folder),
            "KUBECONFIG": self._cluster(),
            # Without sidecar files, which are not written at once: a kill would leave the state unreadable.
            "PULUMI_BACKEND_URL": f"{self.state.backend.as_uri()}?metadata=skip",
            "PULUMI_CONFIG_PASSPHRASE": files.read(self.state.passphrase),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            # One more copy at the end of each run; the one before each write, `.bak`, is always made.
            "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
            # What is read of the state here is its plain file.
            "PULUMI_DIY_BACKEND_GZIP": "false",
            "PULUMI_DIY_BACKEND_ZSTD": "false",
        }

    def _cluster(self) -> str:
        return str(self.kubeconfig or self.state.kubeconfig)

    @property
    def _workspace(self) -> Path:
        return self.state.workspace(self.project.name)

    @property
    def _selection(self) -> Path:
        """Where the engine writes which stack is selected, not at once. It refuses to work where that is half written;
        here every command names its stack.
        """
        digest = hashlib.sha1(bytes(self._workspace / "Pulumi.yaml"), usedforsecurity=False).hexdigest()
        return self.state.engine_home / "workspaces" / f"{self.project.name}-{digest}-workspace.json"

    @property
    def _unsettled(self) -> Path:
        """The mark of a state that has not been compared with the cluster since a run was killed."""
        return self._workspace / "unsettled"

    def _shown(self) -> "_Shown":
        color = "always" if sys.stderr.isatty() else "never"
        return _Shown(color=color, on_output=self.progress.line, on_error=self.progress.line)

    @contextmanager
    def _failures(self, name: str) -> Generator[None]:
        try:
            yield
        except CommandError as error:
            raise RehearsalError(
                f"pulumi {name} failed{error_lines(error)}", "correct what the messages name"
            ) from error
