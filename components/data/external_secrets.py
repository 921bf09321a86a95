"""ExternalSecrets: the controller External Secrets makes of each a Secret with a value from a store."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from ..kube.environment import Kept, SecretRef
from ..kube.explained import explained_by
from ..kube.metadata import Scope, waits_for
from ..settings.external_secrets import RemoteSecret, SecretStore

API_VERSION = "external-secrets.io/v1"
KEY = "value"
# Beyond what a store takes to answer; a store that is not there answers never.
TIMEOUT = "3m"


@dataclass(frozen=True, kw_only=True)
class ExternalSecretArgs:
    """One secret of a store."""

    scope: Scope
    """Namespace and labels."""
    path: str
    """Where the stack file names it."""
    suffix: str
    """What it is, as the end of its name."""
    store: SecretStore
    """Where the store is."""
    remote: RemoteSecret
    """Where the store has it."""
    refresh_interval: str
    """How often the controller looks for another value."""
    guards_data: bool
    """The Secret keeps its first value, and stays when the ExternalSecret goes: data was made with it."""


def source(store: SecretStore, remote: RemoteSecret) -> str:
    """Where a value comes from, in one text."""
    return f"{store.kind} {store.name}/{remote.place()}"


def external_secret(name: str, args: ExternalSecretArgs, parent: pulumi.Resource) -> SecretRef:
    """Makes the ExternalSecret, waits until the store has given the value, and returns where pods read it.

    Its name, which is the Secret's too, changes with the place in the store: who reads it rolls.
    """
    place = hashlib.sha256(source(args.store, args.remote).encode()).hexdigest()[:8]
    object_name = f"{args.scope.application}-{args.suffix}-{place}"
    made = kubernetes.apiextensions.CustomResource(
        name,
        api_version=API_VERSION,
        kind="ExternalSecret",
        metadata=args.scope.meta("secrets", object_name, annotations=waits_for("Ready")),
        spec=_spec(object_name, args),
        opts=pulumi.ResourceOptions(
            parent=parent,
            custom_timeouts=pulumi.CustomTimeouts(create=TIMEOUT, update=TIMEOUT),
            hooks=explained_by(name, partial(_unfetched, args)),
        ),
    )
    # A preview that has yet to make it knows no Secret to read either.
    return SecretRef(made.id.apply(lambda _: object_name), KEY, Kept(args.path, object_name))


def _spec(object_name: str, args: ExternalSecretArgs) -> dict[str, object]:
    # Without a template the Secret would get our labels, and be taken for one of the stack's.
    labels = {**args.scope.labels_of("secrets"), "app.kubernetes.io/managed-by": "external-secrets"}
    remote = {"key": args.remote.key, "property": args.remote.property, "version": args.remote.version}
    return {
        "refreshPolicy": "CreatedOnce" if args.guards_data else "Periodic",
        "refreshInterval": args.refresh_interval,
        "secretStoreRef": {"kind": args.store.kind.value, "name": args.store.name},
        "target": {
            "name": object_name,
            "creationPolicy": "Orphan" if args.guards_data else "Owner",
            "deletionPolicy": "Retain",
            "template": {"type": "Opaque", "metadata": {"labels": labels}},
        },
        "data": [
            {"secretKey": KEY, "remoteRef": {part: text for part, text in remote.items() if text is not None}},
        ],
    }


def _unfetched(args: ExternalSecretArgs, inputs: Mapping[str, Any], errors: Sequence[str]) -> str:
    metadata = inputs.get("metadata", {})
    return message(args, metadata.get("namespace"), metadata.get("name"), " ".join(errors))


def message(args: ExternalSecretArgs, namespace: str, name: str, error: str) -> str:
    """What to do about an ExternalSecret that was not made, or has no value in time."""
    # The second is the stand-in provider's.
    if "no matches for kind" in error or "CustomResourceDefinition" in error:
        return (
            f"{args.path}: the cluster has no {API_VERSION} ExternalSecret: install External Secrets, 0.16 or later, "
            "and run up again"
        )
    path = '{.status.conditions[?(@.type=="Ready")].message}'
    return (
        f"{args.path}: External Secrets has not fetched it from {args.store.kind} {args.store.name}. Why: "
        f"kubectl -n {namespace} get externalsecret {name} -o jsonpath='{path}' (if that prints nothing, "
        "its controller does not run). A store that is not there or not ready: secrets.externalSecrets.store; a secret "
        f"that the store does not have: {args.path}.key, property and version. Then run up again"
    )
