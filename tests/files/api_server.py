"""A Kubernetes API server as far as scale.py asks it: two workloads, their pods, field managers and refusals."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any, cast

Json = dict[str, Any]
IMAGE = "registry.example.com/backend:1"
KEY_SECRET = "forail-secret-key-1a2b3c4d"
TOKEN = "the-token-of-the-account"
PULUMI = {"manager": "pulumi-kubernetes-1a2b3c4d", "operation": "Apply"}


@dataclass
class Cluster:
    """What the server holds. Pods follow the replicas at once, but for those that never end."""

    workloads: dict[str, Json] = field(default_factory=dict[str, Json])
    """By kind and name, as in a path: `deployments/forail-web`."""
    stuck: list[str] = field(default_factory=list[str])
    """Names of pods that do not end."""
    finished: list[Json] = field(default_factory=list[Json])
    """Pods that lie there for their log, with their labels."""
    refusals: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """Method and status of the next answers."""
    requests: list[str] = field(default_factory=list[str])
    """Method and path of everything that was asked."""
    folder: Path = Path()
    """Token and certificate of the account."""
    port: int = 0

    def put(self, path: str, replicas: int = 1, image: str = IMAGE, key_secret: str = KEY_SECRET) -> None:
        """A workload, applied by Pulumi."""
        key = {"name": "FORAIL_SECRET_KEY", "valueFrom": {"secretKeyRef": {"name": key_secret, "key": "secretKey"}}}
        container = {"image": image, "env": [{"name": "PGAPPNAME", "value": "forail"}, key]}
        self.workloads[path] = {
            "metadata": {"name": path, "annotations": {}, "managedFields": [PULUMI], "resourceVersion": "1"},
            "spec": {"replicas": replicas, "template": {"spec": {"containers": [container]}}},
        }

    def replicas(self) -> dict[str, int]:
        """Of every workload."""
        return {path: item["spec"]["replicas"] for path, item in self.workloads.items()}

    def notes(self) -> list[str]:
        """Annotations that are left."""
        return [key for item in self.workloads.values() for key in item["metadata"]["annotations"]]

    def managers(self) -> set[str]:
        """Everybody who owns a field."""
        return {entry["manager"] for item in self.workloads.values() for entry in item["metadata"]["managedFields"]}

    def environment(self) -> dict[str, str]:
        """What a pod's script needs to find the server."""
        return {
            "FORAIL_KUBERNETES_API": f"http://127.0.0.1:{self.port}",
            "FORAIL_SERVICE_ACCOUNT": str(self.folder),
            "MY_POD_NAMESPACE": "forail",
        }

    def answer(self, method: str, path: str, body: Json | None) -> tuple[int, Json]:
        """Status and body."""
        self.requests.append(f"{method} {path}")
        if self.refusals and self.refusals[0][0] == method:
            _, status = self.refusals.pop(0)
            return status, {"message": f"refused with {status}"}
        route, _, query = path.partition("?")
        if route == "/api/v1/namespaces/forail/pods":
            return 200, {"items": self._failed_pods() if "job-name" in query else self._pods()}
        name = route.removeprefix("/apis/apps/v1/namespaces/forail/")
        if name not in self.workloads:
            return 404, {"message": f"{name} not found"}
        if method == "PATCH" and not self._patch(self.workloads[name], body or {}, query):
            return 409, {"message": "the object has been modified"}
        return 200, self.workloads[name]

    def _pods(self) -> list[Json]:
        running = [f"{path.partition('/')[2]}-{i}" for path, count in self.replicas().items() for i in range(count)]
        names = [*running, *self.stuck]
        return [*({"metadata": {"name": name}, "status": {"phase": "Running"}} for name in names), *self.finished]

    def _failed_pods(self) -> list[Json]:
        return [pod for pod in self.finished if pod["metadata"].get("labels")]

    def _patch(self, item: Json, body: Json, query: str) -> bool:
        metadata, given = item["metadata"], body.get("metadata", {})
        if given.get("resourceVersion", metadata["resourceVersion"]) != metadata["resourceVersion"]:
            return False
        for key, value in given.get("annotations", {}).items():
            metadata["annotations"].pop(key, None)
            if value is not None:
                metadata["annotations"][key] = value
        item["spec"].update(body.get("spec", {}))
        metadata["managedFields"] = given.get("managedFields", metadata["managedFields"])
        manager = query.partition("fieldManager=")[2]
        if manager:
            metadata["managedFields"] = [*metadata["managedFields"], {"manager": manager, "operation": "Update"}]
        metadata["resourceVersion"] = str(int(metadata["resourceVersion"]) + 1)
        return True


@contextmanager
def api_server(folder: Path) -> Generator[Cluster]:
    """A running server with web and task, ended with the block."""
    cluster, lock = Cluster(folder=folder), Lock()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = cast("Json | None", json.loads(self.rfile.read(length))) if length else None
            allowed = self.headers["Authorization"] == f"Bearer {TOKEN}"
            with lock:
                status, answer = (
                    cluster.answer(self.command, self.path, body) if allowed else (401, {"message": "who?"})
                )
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_PATCH = _answer  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the test's output."""

    folder.mkdir()
    (folder / "token").write_text(f"{TOKEN}\n")
    cluster.put("deployments/forail-web", 2)
    cluster.put("deployments/forail-task")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        cluster.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield cluster
        finally:
            server.shutdown()
            thread.join()
