"""The node of one Job: runs the real script of its pods, as no simulated node does, and says how it ended."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal.kubernetes.api import Api
from rehearsal.kubernetes.exchange import ApiError, ApiFailure
from rehearsal.kubernetes.objects import KubeObject, at, items, name_of, namespace_of

_MERGE_PATCH = "application/merge-patch+json"
_POLL_SECONDS = 0.1


@dataclass
class Kubelet:
    """Runs one command for each pod of a component that the simulated nodes have started; they must not end it.

    Args:
        api: the cluster.
        component: the pods' `app.kubernetes.io/component`.
        command: what its container runs.
        environment: its variables, from the pod.
        log: where its words go.
        runs: how each of them ended, by the pod's name, in their order.
    """

    api: Api
    component: str
    command: list[str]
    environment: Callable[[KubeObject], Mapping[str, str]]
    log: Path
    runs: dict[str, int] = field(default_factory=dict[str, int])
    _running: subprocess.Popen[bytes] | None = None

    @contextmanager
    def at_work(self) -> Generator[None]:
        """In a thread, until the end of the block; what runs then is killed."""
        over = threading.Event()
        thread = threading.Thread(target=self._work, args=(over,))
        thread.start()
        try:
            yield
        finally:
            over.set()
            self.kill()
            thread.join()

    def kill(self) -> None:
        """Kill the container that runs, with everything in it."""
        if self._running is not None:
            _end_session(self._running.pid)

    def _work(self, over: threading.Event) -> None:
        while not over.wait(_POLL_SECONDS):
            try:
                found = self.api.items("/api/v1/pods")
            except ApiFailure:
                continue
            for pod in found:
                ours = at(pod, "metadata", "labels", "app.kubernetes.io/component") == self.component
                if ours and at(pod, "status", "phase") == "Running" and name_of(pod) not in self.runs:
                    self._run(pod)

    def _run(self, pod: KubeObject) -> None:
        variables = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **self.environment(pod)}
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                self.command, env=variables, stdout=log, stderr=log, start_new_session=True
            )
            code = self._ended(pod, self._running)
        # What the container left behind goes with it.
        _end_session(self._running.pid)
        self._running = None
        # As a container runtime has it.
        self.runs[name_of(pod)] = 128 - code if code < 0 else code
        self._say(pod, self.runs[name_of(pod)])

    def _ended(self, pod: KubeObject, process: subprocess.Popen[bytes]) -> int:
        """Wait for its end; where somebody deletes the pod, it is told to end."""
        path = f"/api/v1/namespaces/{namespace_of(pod)}/pods/{name_of(pod)}"
        while process.poll() is None:
            time.sleep(_POLL_SECONDS)
            with suppress(ApiFailure):
                live = self.api.get(path)
                if live is None or at(live, "metadata", "deletionTimestamp"):
                    process.terminate()
                    break
        try:
            return process.wait(timeout=float(str(at(pod, "spec", "terminationGracePeriodSeconds"))))
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def _say(self, pod: KubeObject, code: int) -> None:
        ended = {"terminated": {"exitCode": code, "reason": "Error" if code else "Completed"}, "running": None}
        containers = [
            {
                "name": one["name"],
                "image": one["image"],
                "imageID": "",
                "ready": False,
                "restartCount": 0,
                "state": ended,
            }
            for one in items(pod, "spec", "containers")
        ]
        status = {"phase": "Failed" if code else "Succeeded", "containerStatuses": containers}
        path = f"/api/v1/namespaces/{namespace_of(pod)}/pods/{name_of(pod)}/status"
        # It may have been deleted.
        with suppress(ApiError):
            self.api.request("PATCH", path, body={"status": status}, content_type=_MERGE_PATCH)


def _end_session(leader: int) -> None:
    """Kill every process of the session, as the end of a container does."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            session = int(stat.read_text().rpartition(")")[2].split()[3])
        except OSError:
            continue
        if session == leader:
            try:
                os.kill(int(stat.parent.name), signal.SIGKILL)
            except ProcessLookupError:
                continue
