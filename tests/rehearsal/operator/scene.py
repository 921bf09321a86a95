"""What a test of the stand-in operator needs around it: a core, the operator's release, and the process itself."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from components.api.kinds import GROUP
from rehearsal.kubernetes.objects import KubeObject, at, condition, items, mapping
from tests.rehearsal.operator.objects import Objects, secret
from tests.rehearsal.rehearsed import eventually

WEB_PORT = 8013
RETRY_SECONDS, RESYNC_SECONDS = 1.0, 2.0
"""Short, so that a test sees several passes."""
TOKEN = "a" * 40


@dataclass
class Core:
    """A platform in a namespace of its own, as far as the stand-in looks at one."""

    objects: Objects
    namespace: str
    runs: int = 0

    @property
    def url(self) -> str:
        return f"http://forail-web.{self.namespace}.svc.cluster.local:{WEB_PORT}"

    def install(self, token: str = TOKEN, preload: bool = True) -> None:
        labels = {"app": "forail-web"}
        self.objects.apply(deployment(self.namespace, "forail-web", labels, {"name": "web", "image": "web:1"}))
        ports = [{"name": "http", "port": WEB_PORT}]
        meta = {"name": "forail-web", "namespace": self.namespace}
        spec: KubeObject = {"selector": labels, "ports": ports}
        self.objects.apply({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec})
        self.register(token, preload)

    def register(self, token: str, preload: bool = True) -> None:
        """Run an init Job that makes `token` the valid one."""
        self.runs += 1
        name = f"forail-init-{self.runs:08d}"
        self.objects.apply(secret(self.namespace, f"pat-{self.runs}", value=token))
        reference = {"secretKeyRef": {"name": f"pat-{self.runs}", "key": "value"}}
        container = {
            "name": "bootstrap",
            "image": "ghcr.io/forail-platform/forail-backend:2026.07.1",
            "env": [
                {"name": "FORAIL_PAT", "valueFrom": reference},
                {"name": "FORAIL_PRELOAD_DATA", "value": "true" if preload else "false"},
                {"name": "FORAIL_ADMIN_USER", "value": "admin"},
            ],
        }
        pod = {"spec": {"restartPolicy": "Never", "containers": [container]}}
        meta = {"name": name, "namespace": self.namespace}
        self.objects.apply({"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": {"template": pod}})
        path = f"/apis/batch/v1/namespaces/{self.namespace}/jobs/{name}"
        eventually(f"Job {name}", lambda: condition(self.objects.get(path), "Complete"))


@dataclass
class Release:
    """The operator's release: account, rights, token and Deployment."""

    objects: Objects
    namespace: str
    url: str

    def install(self, token: str = TOKEN, *, secrets: bool = True, image: str = "2026.06.1", note: str = "1") -> None:
        """Apply it and wait for its pod.

        Args:
            token: what its Secret says.
            secrets: whether it may read Secrets.
            image: tag of the operator's image.
            note: a change of it rolls the pod.
        """
        name = f"operator-{self.namespace}"
        self.objects.apply(secret(self.namespace, "forail-operator-credentials", token=token))
        meta = {"name": "forail-operator", "namespace": self.namespace}
        self.objects.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta})
        rules = [
            {"apiGroups": [GROUP], "resources": ["*"], "verbs": ["get", "list", "watch", "update"]},
            *([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list", "watch"]}] if secrets else []),
        ]
        rbac = "rbac.authorization.k8s.io"
        self.objects.apply(
            {"apiVersion": f"{rbac}/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}
        )
        self.objects.apply(
            {
                "apiVersion": f"{rbac}/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": name},
                "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": name},
                "subjects": [{"kind": "ServiceAccount", "name": "forail-operator", "namespace": self.namespace}],
            }
        )
        self.roll(image, note)

    def roll(self, image: str = "2026.06.1", note: str = "1") -> None:
        """Apply the Deployment and wait until its newest pod alone is left and ready."""
        reference = {"secretKeyRef": {"name": "forail-operator-credentials", "key": "token"}}
        container = {
            "name": "manager",
            "image": f"ghcr.io/forail-platform/forail-operator:{image}",
            "env": [{"name": "FORAIL_URL", "value": self.url}, {"name": "FORAIL_TOKEN", "valueFrom": reference}],
        }
        labels = {"app": "forail-operator"}
        applied = self.objects.apply(deployment(self.namespace, "forail-operator", labels, container, note))
        generation = at(applied, "metadata", "generation")

        def rolled() -> bool:
            status = mapping(self.objects.get(self.objects.path_of(applied)), "status")
            counts = [status.get(key) for key in ("replicas", "updatedReplicas", "availableReplicas")]
            return status.get("observedGeneration") == generation and counts == [1, 1, 1]

        eventually("the operator's roll-out", rolled)

    def stop(self) -> None:
        """Remove the Deployment, and wait for its pod to go."""
        self.objects.delete(f"/apis/apps/v1/namespaces/{self.namespace}/deployments/forail-operator")
        pods = f"/api/v1/namespaces/{self.namespace}/pods"
        eventually("the end of the operator's pod", lambda: not items(self.objects.get(pods), "items"))


def deployment(namespace: str, name: str, labels: dict[str, str], container: KubeObject, note: str = "1") -> KubeObject:
    """A Deployment of one container."""
    account = {"serviceAccountName": name} if name == "forail-operator" else {}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels, "annotations": {"test/note": note}},
                "spec": {"containers": [container], **account},
            },
        },
    }


@dataclass
class StandIn:
    """The process."""

    kubeconfig: Path
    folder: Path
    running: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / "operator.log"

    def start(self, resync_seconds: float = RESYNC_SECONDS) -> None:
        arguments = [
            *("--kubeconfig", str(self.kubeconfig), "--state", str(self.folder / "forail.sqlite")),
            *("--retry-seconds", str(RETRY_SECONDS), "--resync-seconds", str(resync_seconds)),
        ]
        with self.log.open("ab") as log:
            argv = [sys.executable, "-m", "rehearsal.operator", *arguments]
            self.running = subprocess.Popen(argv, stdout=log, stderr=log)

    def stop(self) -> None:
        assert self.running is not None, "start it first"
        ended_by_itself = self.running.poll() is not None
        self.running.terminate()
        self.running.wait()
        assert not ended_by_itself, f"the stand-in ended by itself:\n{self.log.read_text()}"
        self.running = None


@dataclass(frozen=True)
class Scene:
    """All of it."""

    objects: Objects
    core: Core
    release: Release
    stand_in: StandIn
