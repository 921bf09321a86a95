"""Killed while a Job of the `up` works on a real PostgreSQL: the `up`, the Job's pod, or both; then `up` again."""

import shutil
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from rehearsal.engine import Engine
from rehearsal.kubernetes.api import Api
from rehearsal.kubernetes.objects import KubeObject, at, items, mapping
from tests.files.programs import at_command
from tests.rehearsal.kills import objects
from tests.rehearsal.kills.api_server import ApiServer
from tests.rehearsal.kills.boundary import Victim
from tests.rehearsal.kills.doomed import doomed_once
from tests.rehearsal.kills.kubelet import Kubelet

LONG = "1440m"
"""How long the simulated nodes let a pod run whose script runs here."""
_LABEL = "metadata.labels['"
BASE: Mapping[str, object] = {
    "operator": {"enabled": False},
    "content": {"files": []},
    "web": {"replicas": 2},
    "projects": {"storage": {"accessMode": "ReadWriteMany"}},
    "backups": {"storage": {"accessMode": "ReadWriteMany"}},
}
"""Web and task, and as little else as can be."""


class Killed(StrEnum):
    """What dies while the script is at a step."""

    ENGINE = "the engine"
    ENGINE_OF_A_LONG_JOB = "the engine of a long Job"
    """Its script is still at the step when the next `up` looks: the provider replaces a Job that is not complete."""
    POD = "the Job's pod"
    BOTH = "both"


_FIRST: Mapping[Killed, tuple[int, ...]] = {
    Killed.ENGINE: (0, 143),
    Killed.ENGINE_OF_A_LONG_JOB: (143,),
    Killed.POD: (137,),
    Killed.BOTH: (137,),
}
"""How the script can end that was at the step: well, killed, or told to by who replaces its Job."""


class Work(Protocol):
    """What a Job does to the data."""

    component: str
    script: str
    """Its path in the folder of `files`."""
    steps: tuple[str, ...]
    """Beginnings of commands of its script, at each of which it is killed."""

    def begin(self) -> Mapping[str, object]:
        """Make something to do, and say how the stack file changes."""
        ...

    def variables(self, pod: KubeObject) -> Mapping[str, str]:
        """Of the container."""
        ...

    def faults(self) -> Iterable[str]:
        """What is wrong after it."""
        ...


@dataclass(frozen=True)
class Scene:
    """A stack that is up, and the Job of its next `up`.

    Args:
        api: the cluster.
        server: its API server.
        engine: the stack as it is up.
        work: the Job's.
        folder: for files between the script and this process.
    """

    api: Api
    server: ApiServer
    engine: Engine
    work: Work
    folder: Path

    def run(self, killed: Killed, step: str) -> list[str]:
        """Change the stack and kill there; everything that is wrong afterwards, in words."""
        reached, go = self.folder / "reached", self.folder / "go"
        for file in (reached, go):
            file.unlink(missing_ok=True)
        # Only the first one that comes there stays.
        hold = f"[[ -e {reached} ]] || {{ : >{reached}; until [[ -e {go} ]]; do sleep 0.05; done; }}"
        hook = at_command(self.folder / "hook", step, hold)
        before, jobs = objects.data_of(objects.secrets(self.api)), set(objects.jobs(self.api))
        changed = replace(self.engine, overrides={**self.engine.overrides, **self.work.begin()})
        kubelet = Kubelet(
            self.api,
            self.work.component,
            ["bash", self.work.script],
            lambda pod: {**self.work.variables(pod), **hook},
            self.folder / "log",
        )
        with kubelet.at_work():
            if killed is not Killed.POD:
                assert doomed_once(changed, Victim.ENGINE, reached, self.server), f"the script never came to: {step}"
            with _meanwhile(reached, lambda: self._continue(kubelet, killed, go)):
                changed.up()
            changed.up(expect_no_changes=True)
        return [*self._faults(killed, kubelet, before, jobs), *self.work.faults()]

    def _continue(self, kubelet: Kubelet, killed: Killed, go: Path) -> None:
        # First, so that nothing but the kill ends the script's wait.
        if killed in (Killed.POD, Killed.BOTH):
            kubelet.kill()
        if killed is not Killed.ENGINE_OF_A_LONG_JOB:
            go.touch()

    def _faults(self, killed: Killed, kubelet: Kubelet, secrets: Mapping[str, str], jobs: set[str]) -> Iterator[str]:
        # After its last pod, or in its place, the pod of a Job that replaces it may find everything done.
        first, *others = kubelet.runs.values()
        if first not in _FIRST[killed] or any(others[:-1]) or [first, *others][-1]:
            yield f"its pods ended with {list(kubelet.runs.values())}"
        now = objects.data_of(objects.secrets(self.api))
        yield from (f"changed: {key}" for key, data in secrets.items() if now.get(key) != data)
        mine = [job for job in self.api.items("/apis/batch/v1/jobs") if str(at(job, "metadata", "uid")) not in jobs]
        of_component = [job for job in mine if _component(job) == self.work.component]
        if [at(job, "status", "succeeded") for job in of_component] != [1]:
            yield f"there are {len(of_component)} Jobs of {self.work.component}, and one must have succeeded"
        for name, wanted_number in (("forail-web", 2), ("forail-task", 1)):
            found = self.api.get(f"/apis/apps/v1/namespaces/forail/deployments/{name}") or {}
            if at(found, "spec", "replicas") != wanted_number:
                yield f"{name} has {at(found, 'spec', 'replicas')} replicas, not {wanted_number}"
            noted = [key for key in mapping(found, "metadata", "annotations") if "before-restore" in key]
            yield from (f"{name} has the annotation {key}" for key in noted)


def _component(obj: KubeObject) -> object:
    return at(obj, "metadata", "labels", "app.kubernetes.io/component")


@contextmanager
def _meanwhile(there: Path, act: Callable[[], None]) -> Generator[None]:
    """Act once the file is there, beside the block."""
    over = threading.Event()

    def wait() -> None:
        while not over.wait(0.05):
            if there.exists():
                act()
                return

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def account(api: Api, name: str, authority: Path, folder: Path) -> Mapping[str, str]:
    """The variables with which a script reaches the API server as an account of the stack; its token is written."""
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 86400}}
    answer = api.request("POST", f"/api/v1/namespaces/forail/serviceaccounts/{name}/token", body=body)
    folder.mkdir(exist_ok=True)
    (folder / "token").write_text(answer["status"]["token"])
    shutil.copy(authority, folder / "ca.crt")
    return {
        "FORAIL_KUBERNETES_API": api.server,
        "FORAIL_SERVICE_ACCOUNT": str(folder),
        "MY_POD_NAMESPACE": "forail",
    }


def given(pod: KubeObject, prefix: str) -> dict[str, str]:
    """The container's variables that begin so and are plain text or a label of the pod."""
    (container,) = items(pod, "spec", "containers")
    found: dict[str, str] = {}
    for one in items(container, "env"):
        label = str(at(one, "valueFrom", "fieldRef", "fieldPath") or "")
        value = at(pod, "metadata", "labels", label[len(_LABEL) : -2]) if label.startswith(_LABEL) else one.get("value")
        if str(one["name"]).startswith(prefix) and value is not None:
            found[str(one["name"])] = str(value)
    return found
