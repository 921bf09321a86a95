"""When a Service is ready: an address for a load balancer, endpoints that have settled for a selector."""

from __future__ import annotations

import time

from rehearsal.kubernetes.api import Api
from rehearsal.kubernetes.objects import KubeObject, at, items, name_of, namespace_of
from rehearsal.providers.kubernetes.readiness import NotYet, Ready, Verdict

# The official provider waits this long after the last change of a Service's endpoints, every time.
SETTLE_SECONDS = 10.0
_LOOK_SECONDS = 1.0


def needs_wait(service: KubeObject) -> bool:
    """Whether there is anything to wait for: not for headless, external and selector-less Services."""
    kind = at(service, "spec", "type")
    if kind == "LoadBalancer":
        return True
    return kind != "ExternalName" and at(service, "spec", "clusterIP") != "None" and bool(_selector(service))


def _selector(service: KubeObject) -> object:
    return at(service, "spec", "selector")


class ServiceWait:
    """Judges one Service over time: its endpoints must not have changed for a while."""

    def __init__(self, api: Api, settle_seconds: float = SETTLE_SECONDS) -> None:
        self._api = api
        self._settle_seconds = settle_seconds
        self._seen: object = None
        self._changed = time.monotonic()

    def tick(self) -> float:
        """Seconds until it is worth looking again."""
        settled_in = self._changed + self._settle_seconds - time.monotonic()
        return max(0.05, min(_LOOK_SECONDS, settled_in))

    def judge(self, service: KubeObject) -> Verdict:
        """Look at the Service and its EndpointSlices."""
        load_balancer = at(service, "spec", "type") == "LoadBalancer"
        if load_balancer and not items(service, "status", "loadBalancer", "ingress"):
            return NotYet("no load balancer address is published in its status")
        if not _selector(service) or at(service, "spec", "clusterIP") == "None":
            return Ready()
        endpoints = self._endpoints(service)
        if endpoints != self._seen:
            self._seen, self._changed = endpoints, time.monotonic()
        waiting = sum(1 for _, ready in endpoints if not ready)
        if waiting:
            return NotYet(f"{waiting} of {len(endpoints)} endpoints are not ready")
        if time.monotonic() - self._changed < self._settle_seconds:
            return NotYet("its endpoints may still change")
        return Ready()

    def _endpoints(self, service: KubeObject) -> list[tuple[str, bool]]:
        slices = self._api.request(
            "GET",
            f"/apis/discovery.k8s.io/v1/namespaces/{namespace_of(service)}/endpointslices",
            params={"labelSelector": f"kubernetes.io/service-name={name_of(service)}"},
        )
        return sorted(
            (str(endpoint.get("addresses")), at(endpoint, "conditions", "ready") is not False)
            for entry in items(slices, "items")
            for endpoint in items(entry, "endpoints")
        )
