"""Pods that run jobs while a workload is rolled out, and the order in which the API server saw it all."""

import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from math import inf

from rehearsal.kubernetes.api import Api
from rehearsal.kubernetes.exchange import ApiError
from rehearsal.kubernetes.objects import KubeObject, at, condition, name_of
from tests.rehearsal.rehearsed import Cluster, eventually

JOB = "rehearsal.forail/job"
"""The annotation of a simulated pod that runs a job; see `rehearsal/simulation/stages.yaml`."""
MERGE_PATCH = "application/merge-patch+json"


@dataclass(frozen=True)
class Seen:
    """One event of a pod.

    Args:
        kind: ADDED, MODIFIED or DELETED.
        pod: the pod as it was then.
    """

    kind: str
    pod: KubeObject

    @property
    def version(self) -> int:
        """The moment, in the order of all writes to the API server."""
        return int(self.pod["metadata"]["resourceVersion"])

    @property
    def uid(self) -> str:
        return str(self.pod["metadata"]["uid"])

    @property
    def serving(self) -> bool:
        """Whether the pod is ready and nobody has asked it to end."""
        asked = at(self.pod, "metadata", "deletionTimestamp")
        return self.kind != "DELETED" and not asked and at(condition(self.pod, "Ready"), "status") == "True"


@dataclass
class Rollout:
    """What happened to the task pods of a namespace, complete once the block of `watched` has ended.

    Args:
        old: uid of each pod that there was before, by its name.
        job_ended: the moment at which the job of each of them ended, by the pod's uid.
        events: of the task pods, in their order.
    """

    old: Mapping[str, str]
    job_ended: dict[str, int] = field(default_factory=dict[str, int])
    events: list[Seen] = field(default_factory=list[Seen])

    def ended(self) -> dict[str, int]:
        """The moment at which each old pod was gone, by its uid."""
        gone = {event.uid: event.version for event in self.events if event.kind == "DELETED"}
        return {uid: gone[uid] for uid in self.old.values() if uid in gone}

    def killed_jobs(self) -> list[str]:
        """The old pods that ended before their job did."""
        ended = self.ended()
        return [name for name, uid in self.old.items() if uid in ended and self.job_ended.get(uid, inf) > ended[uid]]

    def begun(self) -> dict[str, int]:
        """The moment at which each new pod came, by its uid."""
        return {
            event.uid: event.version
            for event in self.events
            if event.kind == "ADDED" and event.uid not in self.old.values()
        }

    def most_away(self) -> int:
        """How many of the pods were not serving at once, at the worst moment."""
        serving = dict.fromkeys(self.old, True)
        worst = 0
        for event in self.events:
            serving[name_of(event.pod)] = event.serving
            worst = max(worst, sum(not one for one in serving.values()))
        return worst


@contextmanager
def watched(cluster: Cluster, namespace: str) -> Generator[Rollout]:
    """Have each task pod run a job for the block, and note what happens to the pods.

    A job ends as soon as its pod is asked to end, and it has been shown that the simulated kubelet lets it go on.
    """
    scene = _Scene(cluster.api, f"/api/v1/namespaces/{namespace}/pods")
    pods = [pod for pod in cluster.api.items(scene.path) if _is_task(pod)]
    rollout = Rollout({name_of(pod): pod["metadata"]["uid"] for pod in pods})
    assert rollout.old, "there is no task pod"
    for pod in pods:
        scene.annotate(pod, "job")
    since = scene.version()
    stopped = threading.Event()
    jobs = threading.Thread(target=scene.end_jobs, args=(rollout, stopped), daemon=True)
    jobs.start()
    try:
        yield rollout
        # The official provider's update of a Deployment can end before the old pods do.
        eventually("new task pods in the place of the old", lambda: scene.is_over(rollout))
    finally:
        stopped.set()
        jobs.join()
    rollout.events.extend(event for event in scene.history(since) if _is_task(event.pod))


@dataclass(frozen=True)
class _Scene:
    api: Api
    path: str

    def annotate(self, pod: KubeObject, job: str | None) -> int:
        changed = self.api.request(
            "PATCH",
            f"{self.path}/{name_of(pod)}",
            body={"metadata": {"annotations": {JOB: job}, "uid": pod["metadata"]["uid"]}},
            content_type=MERGE_PATCH,
        )
        return int(changed["metadata"]["resourceVersion"])

    def version(self) -> str:
        return str(at(self.api.get(self.path), "metadata", "resourceVersion"))

    def end_jobs(self, rollout: Rollout, stopped: threading.Event) -> None:
        """Until told to stop, or all have ended."""
        while not stopped.wait(0.05) and len(rollout.job_ended) < len(rollout.old):
            for pod in self.api.items(self.path):
                uid = pod["metadata"]["uid"]
                asked = pod["metadata"].get("deletionTimestamp")
                if asked and uid in rollout.old.values() and uid not in rollout.job_ended:
                    self.another_ends(pod)
                    with suppress(ApiError):  # It is gone, and its job with it.
                        rollout.job_ended[uid] = self.annotate(pod, None)

    def is_over(self, rollout: Rollout) -> bool:
        """Whether only new task pods are there, as many as there were old ones."""
        there = {pod["metadata"]["uid"] for pod in self.api.items(self.path) if _is_task(pod)}
        return len(there) == len(rollout.old) and not there & set(rollout.old.values())

    def another_ends(self, pod: KubeObject) -> None:
        """A pod without a job, asked later, has ended: the kubelet does not just come late."""
        name = f"{name_of(pod)}-witness"
        container = {"name": "witness", "image": "registry.example/witness:1"}
        spec = {"nodeName": pod["spec"]["nodeName"], "containers": [container]}
        self.api.create(self.path, {"metadata": {"name": name}, "spec": spec})
        self.api.delete(f"{self.path}/{name}")
        eventually("the end of a pod without a job", lambda: self.api.get(f"{self.path}/{name}") is None)

    def history(self, since: str) -> Sequence[Seen]:
        """All events of pods from `since` until now."""
        until = int(self.version())
        seen: list[Seen] = []
        marker = {"name": "marker", "image": "registry.example/marker:1"}
        self.api.create(self.path, {"metadata": {"name": "marker"}, "spec": {"containers": [marker]}})
        for event in self.api.watch(self.path, {"resourceVersion": since}, 30):
            assert event is not None, "the marker's event did not come"
            seen.append(Seen(*event))
            if seen[-1].version > until:
                break
        self.api.delete(f"{self.path}/marker")
        return seen[:-1]


def _is_task(pod: KubeObject) -> bool:
    return at(pod, "metadata", "labels", "app.kubernetes.io/component") == "task"
