"""What a test of the stand-in operator needs around it: a core, the operator's release, and the process itself."""

from __future__ import annotations

import base64
import subprocess
import sys
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.content.crd import custom_resource_definition
from components.content.kinds import API_VERSION, GROUP, Kind
from rehearsal.providers.kubernetes.api import APPLY_PATCH, Api, ApiError
from rehearsal.providers.kubernetes.objects import KubeObject, at, condition, items, mapping
from tests.rehearsal.rehearsed import eventually

WEB_PORT = 8013
RETRY_SECONDS, RESYNC_SECONDS = 1.0, 2.0
"""Short, so that a test sees several passes; the tests of the default periods read the parser."""
TOKEN = "a" * 40
CONTENT = f"/apis/{API_VERSION}"


@dataclass
class Objects:
    """The cluster's objects, and the memory of what must go when the test is over."""

    api: Api
    made: list[str] = field(default_factory=list[str])

    def apply(self, obj: KubeObject, manager: str = "pulumi") -> KubeObject:
        """Server-side apply, as the provider does it."""
        path = self.path_of(obj)
        if path not in self.made:
            self.made.append(path)
        params = {"fieldManager": manager, "force": "true"}
        return self.api.request("PATCH", path, body=obj, params=params, content_type=APPLY_PATCH)

    def get(self, path: str) -> KubeObject | None:
        try:
            return self.api.request("GET", path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def delete(self, path: str) -> None:
        with suppress(ApiError):
            self.api.request("DELETE", path, params={"propagationPolicy": "Background"})

    def path_of(self, obj: KubeObject) -> str:
        kind = self.api.find(obj["apiVersion"], obj["kind"])
        assert kind is not None, f"{obj['apiVersion']} {obj['kind']} is not served"
        return kind.path(at(obj, "metadata", "namespace") or "", at(obj, "metadata", "name"))

    def namespace(self, prefix: str) -> str:
        """A namespace of its own for one test."""
        name = f"{prefix}-{uuid.uuid4().hex[:8]}"
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        return name

    def define(self) -> None:
        """The nine definitions, once the API server answers for each."""
        for kind in Kind:
            self.apply(custom_resource_definition(kind))
        for kind in Kind:
            eventually(f"{kind} answers", lambda kind=kind: self._answers(f"{CONTENT}/{kind.plural}"))

    def undefine(self) -> None:
        """Delete what `define` made, and wait until it is gone."""
        self.clear()
        for path in self.made:
            eventually(f"deletion of {path}", lambda path=path: self.get(path) is None)

    def clear(self) -> None:
        """Delete everything that was applied, last first."""
        for path in reversed(self.made):
            self.delete(path)

    def _answers(self, path: str) -> bool:
        # A new definition is first not served, then for a moment not stored.
        with suppress(ApiError):
            return self.get(path) is not None
        return False


@dataclass
class Content:
    """Custom resources in one namespace."""

    objects: Objects
    namespace: str

    def apply(self, kind: Kind, name: str, spec: KubeObject, **metadata: Any) -> KubeObject:
        meta = {"name": name, "namespace": self.namespace, **metadata}
        return self.objects.apply({"apiVersion": API_VERSION, "kind": kind.value, "metadata": meta, "spec": spec})

    def secret(self, name: str, **values: str) -> None:
        self.objects.apply(secret(self.namespace, name, **values))

    def path(self, kind: Kind, name: str) -> str:
        return f"{CONTENT}/namespaces/{self.namespace}/{kind.plural}/{name}"

    def get(self, kind: Kind, name: str) -> KubeObject | None:
        return self.objects.get(self.path(kind, name))

    def delete(self, kind: Kind, name: str) -> None:
        self.objects.delete(self.path(kind, name))

    def synced(self, kind: Kind, name: str) -> KubeObject:
        """The resource, once its condition is True for its present generation."""
        return self.until(kind, name, lambda obj: says(obj, kind.condition, "True"), "to be in sync")

    def failed(self, kind: Kind, name: str, text: str) -> KubeObject:
        """The resource, once its condition is False with `text` in the message."""

        def fails(obj: KubeObject) -> bool:
            found = condition(obj, kind.condition) or {}
            return says(obj, kind.condition, "False") and text in found["message"]

        return self.until(kind, name, fails, f"to fail with {text!r}")

    def gone(self, kind: Kind, name: str) -> None:
        """Returns once there is no such resource."""
        eventually(f"deletion of {kind} {name}", lambda: self.get(kind, name) is None)

    def until(self, kind: Kind, name: str, holds: Callable[[KubeObject], bool], what: str) -> KubeObject:
        """The resource, once `holds` is true of it."""
        found: list[KubeObject] = []

        def check() -> bool:
            obj = self.get(kind, name)
            found[:] = [obj] if obj is not None and holds(obj) else []
            return bool(found)

        try:
            eventually(f"{kind} {name} {what}", check)
        except AssertionError as error:
            raise AssertionError(f"{error}; its status: {at(self.get(kind, name), 'status')}") from None
        return found[0]


def says(obj: KubeObject, kind: str, status: str) -> bool:
    """Whether a condition has this status for the object's present generation."""
    found = condition(obj, kind) or {}
    return found.get("status") == status and found.get("observedGeneration") == at(obj, "metadata", "generation")


def secret(namespace: str, name: str, **values: str) -> KubeObject:
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "Opaque", "data": data}


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

    def start(self) -> None:
        arguments = [
            *("--kubeconfig", str(self.kubeconfig), "--state", str(self.folder / "forail.sqlite")),
            *("--retry-seconds", str(RETRY_SECONDS), "--resync-seconds", str(RESYNC_SECONDS)),
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
