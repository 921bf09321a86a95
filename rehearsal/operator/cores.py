"""The simulated Forails: where a URL leads, and which token opens what is there."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from urllib.parse import urlsplit

from rehearsal.kubernetes.async_api import AsyncApi
from rehearsal.kubernetes.exchange import ApiFailure
from rehearsal.kubernetes.objects import KubeObject, at, condition, items, name_of, namespace_of
from rehearsal.operator import environment
from rehearsal.operator.cache import Cache, Key
from rehearsal.operator.records import Applied, Records
from rehearsal.operator.seeds import seed
from rehearsal.operator.tokens import Token, secret_text

INIT_JOB = "forail-init-"
"""How the names of the core's init Jobs begin."""
TOKEN_VARIABLE = "FORAIL_PAT"
"""The init container's variable with the token that the Job registers."""
NOWHERE = (".invalid", ".example")
_CLUSTER_DOMAIN = ".svc.cluster.local"
_FRESH_SECONDS = 1.0
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Site:
    """What a URL leads to.

    Args:
        core: identity of the Forail there.
        failure: why nothing answers; empty when it does.
        accepts: digest of the one token it accepts; None accepts every token, "" none.
        version: the backend's release.
    """

    core: str = ""
    failure: str = ""
    accepts: str | None = ""
    version: str = ""

    def authorises(self, token: Token) -> bool:
        """Whether a request with this token is let in."""
        return self.accepts is None or self.accepts == token.digest


class Cores:
    """Every Forail that can be reached.

    A Service of this cluster leads to the core in its namespace, and so does the host of an Ingress; hosts under
    `.invalid` and `.example` lead nowhere. Any other host is a Forail outside, about which nothing is known: it exists
    and accepts every token.

    Args:
        client: who reads.
        records: where they keep what they hold.
    """

    def __init__(self, client: AsyncApi, records: Records) -> None:
        self._client = client
        self._records = records
        self._seen = asyncio.Event()
        self._jobs = Cache(client, "/apis/batch/v1/jobs", self._notice)
        self._known: dict[str, tuple[float, Site]] = {}

    async def run(self) -> None:
        """Note what each init Job applied, at the moment in which it completes."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._jobs.run())
            group.create_task(self._note_jobs())

    async def at(self, url: str) -> Site:
        """What `url` leads to; at most a second old."""
        now = asyncio.get_running_loop().time()
        found = self._known.get(url)
        if found is None or found[0] + _FRESH_SECONDS < now:
            try:
                found = now, await self._look(url)
            except ApiFailure as error:
                return Site(failure=f"dial tcp: {error}")
            self._known[url] = found
        return found[1]

    def _notice(self, _: Key) -> None:
        self._seen.set()

    async def _note_jobs(self) -> None:
        while True:
            await self._seen.wait()
            self._seen.clear()
            try:
                for job in self._jobs:
                    await self._note(job)
            except ApiFailure as error:
                _LOG.warning("an init Job could not be read: %s", error)

    async def _note(self, job: KubeObject) -> None:
        completed = condition(job, "Complete")
        identity = str(at(job, "metadata", "uid"))
        if (
            not name_of(job).startswith(INIT_JOB)
            or at(completed, "status") != "True"
            or self._records.knows_job(identity)
        ):
            return
        pod = at(job, "spec", "template", "spec")
        found = [one for one in environment.containers(pod) if environment.variable(one, TOKEN_VARIABLE)]
        container = found[0] if found else {}
        token = environment.text(container, TOKEN_VARIABLE)
        if (reference := environment.secret_key(container, TOKEN_VARIABLE)) is not None:
            path = f"/api/v1/namespaces/{namespace_of(job)}/secrets/{reference[0]}"
            token = secret_text(await self._client.get(path), reference[1]) or ""
        core = await self._identity(namespace_of(job))
        seed(
            self._records,
            core,
            environment.text(container, "FORAIL_ADMIN_USER") or "admin",
            environment.text(container, "FORAIL_PRELOAD_DATA") != "false",
        )
        version = str(container.get("image", "")).partition("@")[0].rpartition(":")[2]
        applied = Applied(Token.of(token).digest if token else "", version)
        self._records.note_job(identity, core, str(at(job, "status", "completionTime")), applied)
        self._known.clear()
        _LOG.info("%s/%s has registered its token", namespace_of(job), name_of(job))

    async def _identity(self, namespace: str) -> str:
        # A namespace that is made again has an empty database.
        found = await self._client.get(f"/api/v1/namespaces/{namespace}")
        return str(at(found, "metadata", "uid") or "")

    async def _look(self, url: str) -> Site:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            return Site(failure=f"parse {url!r}: {error}")
        if parts.scheme not in ("http", "https"):
            return Site(failure=f'unsupported protocol scheme "{parts.scheme}"')
        missing = Site(failure=f"dial tcp: lookup {host}: no such host")
        if not host or host.endswith(NOWHERE):
            return missing
        service = _service_of(host)
        if service is not None:
            found = await self._client.get(f"/api/v1/namespaces/{service[1]}/services/{service[0]}")
            if found is not None:
                return await self._behind(found, port)
            if host.endswith((".svc", _CLUSTER_DOMAIN)):
                return missing
        namespace = await self._ingress_namespace(host)
        return await self._core(namespace) if namespace else self._outside(host)

    async def _behind(self, service: KubeObject, port: int) -> Site:
        namespace, name = namespace_of(service), name_of(service)
        if port not in [entry.get("port") for entry in items(service, "spec", "ports")]:
            return Site(failure=f"dial tcp {name}.{namespace}:{port}: i/o timeout")
        slices = await self._client.get(
            f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices",
            labelSelector=f"kubernetes.io/service-name={name}",
        )
        endpoints = [one for entry in items(slices, "items") for one in items(entry, "endpoints")]
        if not any(at(endpoint, "conditions", "ready") for endpoint in endpoints):
            return Site(failure=f"dial tcp {name}.{namespace}:{port}: connect: connection refused")
        return await self._core(namespace)

    async def _core(self, namespace: str) -> Site:
        core = await self._identity(namespace)
        applied = self._records.applied(core)
        return Site(core, version=applied.version, accepts=applied.token) if applied else Site(core)

    async def _ingress_namespace(self, host: str) -> str:
        found = await self._client.get("/apis/networking.k8s.io/v1/ingresses")
        for ingress in items(found, "items"):
            if any(rule.get("host") == host for rule in items(ingress, "spec", "rules")):
                return namespace_of(ingress)
        return ""

    def _outside(self, host: str) -> Site:
        seed(self._records, host)
        return Site(host, accepts=None, version="outside")


def _service_of(host: str) -> tuple[str, str] | None:
    """Name and namespace of the Service that a host may be."""
    labels = host.removesuffix(_CLUSTER_DOMAIN).removesuffix(".svc").split(".")
    return (labels[0], labels[1]) if len(labels) == 2 else None
