"""When an Ingress is ready: an address in its status, and a Service with endpoints behind every path."""

from __future__ import annotations

import time
from collections.abc import Iterator

from rehearsal.kubernetes.api import Api
from rehearsal.kubernetes.objects import KubeObject, at, items, namespace_of
from rehearsal.providers.kubernetes.readiness import NotYet, Ready, Verdict
from rehearsal.providers.kubernetes.services import SETTLE_SECONDS

_LOOK_SECONDS = 1.0


class IngressWait:
    """Judges one Ingress over time: a Service that never comes only delays it, as with the official provider."""

    def __init__(self, api: Api, settle_seconds: float = SETTLE_SECONDS) -> None:
        self._api = api
        self._settle_seconds = settle_seconds
        self._missing: list[str] = []
        self._changed = time.monotonic()

    def tick(self) -> float:
        """Seconds until it is worth looking again."""
        return _LOOK_SECONDS

    def judge(self, ingress: KubeObject) -> Verdict:
        """Look at the Ingress, and at the EndpointSlices of its Services."""
        if not items(ingress, "status", "loadBalancer", "ingress"):
            return NotYet(
                "no controller has published an address in its status: check the ingress controller, "
                'or set the annotation pulumi.com/skipAwait: "true" where none publishes one'
            )
        missing = [name for name in sorted(set(_services(ingress))) if not self._is_served(ingress, name)]
        if missing != self._missing:
            self._missing, self._changed = missing, time.monotonic()
        if missing and time.monotonic() - self._changed < self._settle_seconds:
            return NotYet(f"no endpoints for the Service {', '.join(missing)} of its paths yet")
        return Ready()

    def _is_served(self, ingress: KubeObject, service: str) -> bool:
        namespace = namespace_of(ingress)
        slices = self._api.request(
            "GET",
            f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices",
            params={"labelSelector": f"kubernetes.io/service-name={service}"},
        )
        return bool(items(slices, "items")) or self._is_external(namespace, service)

    def _is_external(self, namespace: str, service: str) -> bool:
        found = self._api.get(f"/api/v1/namespaces/{namespace}/services/{service}")
        return at(found, "spec", "type") == "ExternalName"


def _services(ingress: KubeObject) -> Iterator[str]:
    for rule in items(ingress, "spec", "rules"):
        for path in items(rule, "http", "paths"):
            name = at(path, "backend", "service", "name")
            if isinstance(name, str):
                yield name
