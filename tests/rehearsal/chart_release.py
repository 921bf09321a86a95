"""The objects that the vendor's Helm chart makes, as a release leaves them in a cluster, Helm's record included."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
SECRET = "forail-secrets"
DATABASE_CLAIM = "data-forail-postgres-0"
REDIS_CLAIM = "forail-redis-data"
SECRETS = {
    "postgresPassword": "postgres-password-of-the-release",
    "forailSecretKey": "secret-key-of-the-release-of-fifty-characters-abcd",
    "forailBroadcastWebsocketSecret": "websocket-secret-of-the-release-fifty-characters",
    "redisPassword": "redis-password-of-the-release",
    "forailAdminPassword": "admin-password-of-the-release",
}
PORTS: Mapping[str, Mapping[str, int]] = {
    "web": {"http": 8013, "ws": 8015},
    "frontend": {"http": 80},
    "redis": {"redis": 6379},
    "opa": {"http": 8181},
    "otel-collector": {"grpc": 4317, "http": 4318},
    "postgres": {"postgres": 5432},
}
IMAGES = {
    "web": "ghcr.io/forail-platform/forail-backend:2026.07.1",
    "task": "ghcr.io/forail-platform/forail-backend:2026.07.1",
    "frontend": "ghcr.io/forail-platform/forail-frontend:2026.07.0",
    "redis": "redis:7-alpine",
    "opa": "openpolicyagent/opa:0.58.0-rootless",
    "otel-collector": "otel/opentelemetry-collector-contrib:0.159.0",
    "postgres": "postgres:15-alpine",
}
PROBES: Mapping[str, Json] = {
    "frontend": {"httpGet": {"path": "/health", "port": 80}},
    "opa": {"httpGet": {"path": "/health", "port": 8181}},
}
"""The chart's probes that are no commands."""


@dataclass(frozen=True)
class Release:
    """One release of the chart."""

    name: str
    namespace: str

    def objects(self) -> Iterator[tuple[str, Json]]:
        """The path of the list that each object belongs to, and the object."""
        core = f"/api/v1/namespaces/{self.namespace}"
        apps = f"/apis/apps/v1/namespaces/{self.namespace}"
        rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{self.namespace}"
        yield f"{core}/secrets", self._secret()
        for name in ("settings", "receptor", "scripts", "nginx-internal", "otel-config"):
            yield f"{core}/configmaps", {"metadata": self._meta(f"forail-{name}", name), "data": {"file": "content"}}
        yield f"{core}/serviceaccounts", {"metadata": self._meta("forail", "rbac")}
        yield f"{rbac}/roles", {"metadata": self._meta("forail-job-runner", "rbac"), "rules": []}
        yield (
            f"{rbac}/rolebindings",
            {
                "metadata": self._meta("forail-job-runner", "rbac"),
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "forail-job-runner"},
                "subjects": [{"kind": "ServiceAccount", "name": "forail", "namespace": self.namespace}],
            },
        )
        yield f"{core}/persistentvolumeclaims", {"metadata": self._meta(REDIS_CLAIM, "redis"), "spec": claim("2Gi")}
        for component, ports in PORTS.items():
            yield f"{core}/services", self._service(component, ports)
        for component in IMAGES:
            if component != "postgres":
                yield f"{apps}/deployments", self._deployment(component)
        yield f"{apps}/statefulsets", self._database()
        yield f"/apis/networking.k8s.io/v1/namespaces/{self.namespace}/ingresses", self._ingress()
        yield f"/apis/batch/v1/namespaces/{self.namespace}/jobs", self._init()
        yield f"{core}/secrets", self._record()

    def labels(self, component: str) -> dict[str, str]:
        """The labels that select a component's pods."""
        return {
            "app.kubernetes.io/name": "forail",
            "app.kubernetes.io/instance": self.name,
            "app.kubernetes.io/component": component,
        }

    def _meta(self, name: str, component: str) -> Json:
        labels = self.labels(component) | {
            "app.kubernetes.io/version": "2026.10.0",
            "app.kubernetes.io/managed-by": "Helm",
            "app.kubernetes.io/part-of": "forail-platform",
            "helm.sh/chart": "forail-2026.10.0",
        }
        helm = {"meta.helm.sh/release-name": self.name, "meta.helm.sh/release-namespace": self.namespace}
        return {"name": name, "labels": labels, "annotations": helm}

    def _secret(self) -> Json:
        data = {key: base64.b64encode(value.encode()).decode() for key, value in SECRETS.items()}
        return {"metadata": self._meta(SECRET, "secrets"), "type": "Opaque", "data": data}

    def _record(self) -> Json:
        """Helm's own record of the release."""
        labels = {"owner": "helm", "name": self.name, "status": "deployed", "version": "1"}
        name = f"sh.helm.release.v1.{self.name}.v1"
        return {"metadata": {"name": name, "labels": labels}, "type": "helm.sh/release.v1", "data": {}}

    def _service(self, component: str, ports: Mapping[str, int]) -> Json:
        named = [{"name": name, "port": port, "targetPort": port} for name, port in ports.items()]
        spec = {"selector": self.labels(component), "ports": named}
        return {"metadata": self._meta(f"forail-{component}", component), "spec": spec}

    def _template(self, component: str, **pod: object) -> Json:
        container: Json = {
            "name": component,
            "image": IMAGES[component],
            "readinessProbe": PROBES.get(component, {"exec": {"command": ["true"]}}),
        }
        if component == "postgres":
            container["env"] = [
                {"name": "POSTGRES_USER", "value": "forail"},
                {"name": "PGDATA", "value": "/var/lib/postgresql/data/pgdata"},
            ]
            container["volumeMounts"] = [{"name": "data", "mountPath": "/var/lib/postgresql/data"}]
        return {"metadata": {"labels": self.labels(component)}, "spec": {"containers": [container], **pod}}

    def _deployment(self, component: str) -> Json:
        volumes: list[Json] = []
        if component == "redis":
            volumes.append({"name": "data", "persistentVolumeClaim": {"claimName": REDIS_CLAIM}})
        spec = {
            "replicas": 1,
            "selector": {"matchLabels": self.labels(component)},
            "template": self._template(component, volumes=volumes),
        }
        return {"metadata": self._meta(f"forail-{component}", component), "spec": spec}

    def _database(self) -> Json:
        spec = {
            "replicas": 1,
            "serviceName": "forail-postgres",
            "selector": {"matchLabels": self.labels("postgres")},
            "template": self._template("postgres"),
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": claim("8Gi")}],
        }
        return {"metadata": self._meta("forail-postgres", "postgres"), "spec": spec}

    def _ingress(self) -> Json:
        backend = {"service": {"name": "forail-web", "port": {"number": 8013}}}
        paths = [{"path": "/", "pathType": "Prefix", "backend": backend}]
        spec = {"ingressClassName": "traefik", "rules": [{"host": "forail.lan", "http": {"paths": paths}}]}
        return {"metadata": self._meta("forail", "ingress"), "spec": spec}

    def _init(self) -> Json:
        pod = {"restartPolicy": "Never", "containers": [{"name": "init", "image": IMAGES["web"]}]}
        spec = {"template": {"metadata": {"labels": self.labels("init")}, "spec": pod}}
        return {"metadata": self._meta("forail-init-1", "init"), "spec": spec}


def claim(size: str) -> Json:
    """The spec of a claim."""
    return {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
