"""A real Kubernetes control plane on this machine: started, watched for health, restarted when broken, stopped."""

import os
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path

import httpx

from rehearsal import certificates, leftovers, operator, processes, servers, simulation
from rehearsal.failure import RehearsalError, last_lines
from rehearsal.kubernetes import kubeconfig
from rehearsal.kubernetes.api import Api
from rehearsal.pins import CLUSTER_TOOLS, pinned_version
from rehearsal.processes import Process
from rehearsal.progress import Progress
from rehearsal.servers import Ports, Server
from rehearsal.simulation import Delays
from rehearsal.state import CHECKOUT, StateFolder
from rehearsal.toolchain import cluster_binaries

START_SECONDS = 90.0
"""The limit for each health gate; a quiet machine needs 5 to 8 seconds for all of them, a busy one more."""
_POLL_SECONDS = 0.05
_ATTEMPTS = 3
_NAMES = (operator.NAME, "kwok", "kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd")
"""The order in which they are stopped: who writes goes before where it writes to."""


def _order(recorded: Sequence[Process]) -> tuple[str, ...]:
    """The same with what was added to this control plane in front."""
    return (*(process.name for process in recorded if process.name not in _NAMES), *_NAMES)


class _PortTakenError(RehearsalError):
    """Another program took a port between the moment that it was found free and its use."""


@dataclass(frozen=True)
class ControlPlane:
    """The control plane of one stack's rehearsal.

    Args:
        state: where its files are.
        progress: where it tells what it does.
        delays: start-up times of the simulated pods; they take effect when the control plane starts.
    """

    state: StateFolder
    progress: Progress
    delays: Delays = field(default_factory=Delays)

    @property
    def kubeconfig(self) -> Path:
        return self.state.kubeconfig

    def status(self) -> dict[str, Process | None]:
        """Each component and the process that serves it, None where that one does not live."""
        recorded = processes.load(self.state.processes)
        alive = {process.name: process for process in recorded if process.alive()}
        return {name: alive.get(name) for name in reversed(_order(recorded))}

    def url(self) -> str:
        """The API server's address, as the kubeconfig has it.

        Raises:
            RehearsalError: there is no kubeconfig, because the control plane has not been started, or none to be used.
        """
        if not self.kubeconfig.exists():
            raise RehearsalError(f"{self.kubeconfig} does not exist", "run `python -m rehearsal up` first")
        try:
            return kubeconfig.load(str(self.kubeconfig)).server
        except kubeconfig.KubeconfigError as error:
            raise RehearsalError(
                f"{self.kubeconfig} is not the kubeconfig of a rehearsal: {error}",
                "`python -m rehearsal down` and then `up` write it again",
            ) from None

    def running(self) -> bool:
        """Whether every component lives."""
        return all(self.status().values())

    def ensure(self) -> None:
        """Start what is needed; a healthy control plane is left alone, a broken one is restarted on its own data.

        Raises:
            RehearsalError: a program could not be built or did not become healthy; its last words are in the message.
        """
        recorded = processes.load(self.state.processes)
        if self.running():
            return
        if recorded:
            dead = ", ".join(name for name, process in self.status().items() if process is None)
            self.progress.line(
                f"the control plane of stack {self.state.stack} is broken (not running: {dead}): restarting it"
            )
            self.stop()
        binaries = cluster_binaries(self.progress)
        self.state.create()
        with self.progress.step("starting the control plane"):
            self._start_on_free_ports(binaries)

    def add(self, name: str, argv: Sequence[str]) -> Process:
        """Start a further program, which ends with the control plane, unless it runs; its log has its name."""
        recorded = [one for one in processes.load(self.state.processes) if one.name != name or one.alive()]
        if running := next((one for one in recorded if one.name == name), None):
            return running
        with processes.uninterrupted():
            marked = {**os.environ, **leftovers.of_control_plane(self.state.folder)}
            added = processes.start(name, argv, marked, self.state.logs / f"{name}.log")
            processes.save(self.state.processes, [*recorded, added])
        return added

    def end(self, name: str) -> None:
        """End a program that `add` started, and forget it."""
        recorded = processes.load(self.state.processes)
        processes.stop_all([one for one in recorded if one.name == name])
        processes.save(self.state.processes, [one for one in recorded if one.name != name])

    def stop(self) -> None:
        """End every component and wait until it is gone; the data stay."""
        listed = processes.load(self.state.processes)
        recorded = {process.name: process for process in listed}
        for name in _order(listed):
            if name in recorded:
                # Only the store holds data. The others are not asked: without it they would hesitate for long.
                processes.stop(recorded[name], processes.PATIENCE if name == "etcd" else 0)
        leftovers.end_control_plane(self.state.folder, self.progress)
        self.state.processes.unlink(missing_ok=True)

    def _start_on_free_ports(self, binaries: Mapping[str, Path]) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                _Start(self, binaries).run()
            except _PortTakenError:
                self.stop()
                if attempt == _ATTEMPTS:
                    raise
                self.progress.line("a port was taken by another program meanwhile: choosing others")
            except BaseException:
                self.stop()
                raise
            else:
                return


class _Start:
    """One attempt to start everything."""

    def __init__(self, plane: ControlPlane, binaries: Mapping[str, Path]) -> None:
        self._state = plane.state
        self._delays = plane.delays
        self._binaries = binaries
        self._ports = free_ports()
        self._certificates = certificates.ensure(plane.state.certificates)
        admin = kubeconfig.content(self._url, self._certificates.authority, self._certificates.admin)
        self._cluster = kubeconfig.load(admin)
        self._context = self._cluster.trust()
        self._started: list[Process] = []

    def run(self) -> None:
        """etcd and the API server start together, the others as soon as the API server answers."""
        ports, files = self._ports, self._certificates
        store = servers.etcd(self._state.etcd_data, ports, files)
        api = servers.apiserver(ports, files)
        self._spawn(store)
        self._spawn(api)
        self._wait_for(store)
        self._wait_for(api)
        followers = self._followers()
        with Api(self._cluster) as client:
            simulation.release_nodes(client)
            for server in followers:
                self._spawn(server)
            self._spawn_operator()
            simulation.apply_world(client, pinned_version(CLUSTER_TOOLS[1]))
            for server in followers:
                self._wait_for(server)
            self._poll(operator.NAME, self._operator_missing)
            self._poll("the simulated cluster", lambda: simulation.missing(client))

    @property
    def _url(self) -> str:
        return f"https://127.0.0.1:{self._ports.api}"

    def _followers(self) -> list[Server]:
        ports, files, state = self._ports, self._certificates, self._state
        kubeconfig.write(state.kubeconfig, self._url, files.authority, files.admin)
        identities = {"controller-manager": files.controller_manager, "scheduler": files.scheduler}
        for name, identity in identities.items():
            kubeconfig.write(files.authority.parent / f"{name}.kubeconfig", self._url, files.authority, identity)
        stages = state.folder / "stages.yaml"
        stages.write_text(simulation.render(self._delays))
        return [
            servers.controller_manager(ports, files, files.authority.parent / "controller-manager.kubeconfig"),
            servers.scheduler(ports, files, files.authority.parent / "scheduler.kubeconfig"),
            servers.kwok(ports, state.kubeconfig, stages),
        ]

    def _spawn(self, server: Server) -> None:
        # kwok would otherwise make a folder in the user's home.
        environment = {**os.environ, "KWOK_WORKDIR": str(self._state.folder / "kwok")}
        argv = [str(self._binaries[server.name]), *server.arguments]
        self._start(server.name, argv, environment)

    def _spawn_operator(self) -> None:
        # The simulated nodes run no images, so the operator's Deployment needs a process that answers in its place.
        argv = [sys.executable, "-m", operator.__name__, "--kubeconfig", str(self._state.kubeconfig)]
        self._start(operator.NAME, argv, {**os.environ, "PYTHONPATH": str(CHECKOUT)})

    def _operator_missing(self) -> str:
        log = self._log(operator.NAME).read_text(errors="replace")
        return "" if operator.READY in log else "it does not watch the cluster yet"

    def _start(self, name: str, argv: list[str], environment: Mapping[str, str]) -> None:
        # Interrupted in between, a process would run that nobody knows of.
        with processes.uninterrupted():
            marked = {**environment, **leftovers.of_control_plane(self._state.folder)}
            self._started.append(processes.start(name, argv, marked, self._log(name)))
            processes.save(self._state.processes, self._started)

    def _wait_for(self, server: Server) -> None:
        with httpx.Client(verify=self._context, trust_env=False, timeout=5) as client:

            def unhealthy() -> str:
                with suppress(httpx.TransportError):
                    response = client.get(server.health)
                    return "" if response.is_success else f"{server.health} answers {response.status_code}"
                return f"{server.health} does not answer"

            self._poll(server.name, unhealthy)

    def _poll(self, what: str, missing: Callable[[], str]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while reason := missing():
            self._check_alive()
            if time.monotonic() > deadline:
                raise RehearsalError(
                    f"{what} was not ready after {START_SECONDS:.0f} s: {reason}\n{self._words(what)}",
                    "look whether the machine is short of memory or CPU, then run the command again",
                )
            time.sleep(_POLL_SECONDS)

    def _check_alive(self) -> None:
        for process in self._started:
            if process.alive():
                continue
            words = self._words(process.name)
            kind = _PortTakenError if "address already in use" in words else RehearsalError
            raise kind(
                f"{process.name} ended while it started; its last lines:\n{words}",
                "run the command again; if it ends the same way, `python -m rehearsal down` starts from nothing",
            )

    def _words(self, name: str) -> str:
        log = self._log(name)
        return last_lines(log.read_text(errors="replace")) if log.exists() else ""

    def _log(self, name: str) -> Path:
        return self._state.logs / f"{name}.log"


def free_ports() -> Ports:
    """Ports on 127.0.0.1 that nobody listened on at this moment."""
    with ExitStack() as held:
        numbers: list[int] = []
        for _ in fields(Ports):
            listener = held.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            numbers.append(listener.getsockname()[1])
        return Ports(*numbers)
