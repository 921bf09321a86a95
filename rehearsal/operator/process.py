"""The operator's pod, read as the process that would run in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rehearsal.kubernetes.async_api import AsyncApi
from rehearsal.kubernetes.objects import KubeObject, at, condition, items, name_of, namespace_of
from rehearsal.operator import environment
from rehearsal.operator.records import Records
from rehearsal.operator.tokens import Token, secret_text

_IMAGE = re.compile(r"(^|/)forail-operator([:@]|$)")
_TOKEN = "FORAIL_TOKEN"
_CALENDAR = re.compile(r":v?(\d{4})\.0?(\d+)\.")
# Before this release the operator reads the Secrets of the whole cluster.
_NAMESPACED_SECRETS_SINCE = (2026, 7)


@dataclass(frozen=True)
class Process:
    """The operator as it was started.

    Args:
        pod: uid of its pod.
        name: `namespace/name` of its pod.
        account: the user that its requests come from.
        url: `FORAIL_URL`.
        token: `FORAIL_TOKEN`, read when the pod started.
        secret_namespaces: namespaces whose Secrets it reads; empty for all.
    """

    pod: str
    name: str
    account: str
    url: str
    token: Token
    secret_namespaces: tuple[str, ...]


def running(pods: Iterable[KubeObject]) -> KubeObject | None:
    """The newest ready pod of a Deployment that runs the operator.

    A Deployment's successor pod takes over when it is ready; of several Deployments only the newest pod works here.
    """
    ready = [pod for pod in pods if _container(pod) is not None and _is_ready(pod)]
    return max(ready, key=lambda pod: (at(pod, "metadata", "creationTimestamp"), name_of(pod)), default=None)


async def start(pod: KubeObject, client: AsyncApi, records: Records) -> Process | None:
    """The process in `pod`, None while a Secret that it needs is missing: its container could not start.

    Raises:
        ApiFailure: the API server refused.
    """
    container = _container(pod) or {}
    token = await _token(pod, container, client, records)
    if token is None:
        return None
    namespace = namespace_of(pod)
    further = environment.text(container, "SECRET_NAMESPACES").split(",")
    namespaces = dict.fromkeys([namespace, *(name.strip() for name in further if name.strip())])
    match = _CALENDAR.search(str(container.get("image", "")))
    cluster_wide = match is not None and (int(match[1]), int(match[2])) < _NAMESPACED_SECRETS_SINCE
    return Process(
        pod=_uid(pod),
        name=f"{namespace}/{name_of(pod)}",
        account=f"system:serviceaccount:{namespace}:{at(pod, 'spec', 'serviceAccountName') or 'default'}",
        url=environment.text(container, "FORAIL_URL"),
        token=token,
        secret_namespaces=() if cluster_wide else tuple(namespaces),
    )


async def _token(pod: KubeObject, container: KubeObject, client: AsyncApi, records: Records) -> Token | None:
    noted = records.started_with(_uid(pod))
    if noted is not None:
        return Token(*noted)
    text: str | None = environment.text(container, _TOKEN)
    if (reference := environment.secret_key(container, _TOKEN)) is not None:
        secret = await client.get(f"/api/v1/namespaces/{namespace_of(pod)}/secrets/{reference[0]}")
        text = secret_text(secret, reference[1])
    if text is None:
        return None
    token = Token.of(text)
    records.note_start(_uid(pod), token.digest, token.sendable)
    return token


def _container(pod: KubeObject) -> KubeObject | None:
    owners = items(pod, "metadata", "ownerReferences")
    if not any(owner.get("kind") == "ReplicaSet" for owner in owners):
        return None
    return next((one for one in items(pod, "spec", "containers") if _is_operator(one)), None)


def _is_operator(container: KubeObject) -> bool:
    named = container.get("name") == "manager" and environment.variable(container, _TOKEN) is not None
    return named or _IMAGE.search(str(container.get("image", ""))) is not None


def _is_ready(pod: KubeObject) -> bool:
    return at(condition(pod, "Ready"), "status") == "True" and not at(pod, "metadata", "deletionTimestamp")


def _uid(pod: KubeObject) -> str:
    return str(at(pod, "metadata", "uid"))
