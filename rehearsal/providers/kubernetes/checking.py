"""Validates and completes an object's inputs before anything is compared or sent."""

from __future__ import annotations

from rehearsal.kubernetes.exchange import ApiFailure
from rehearsal.kubernetes.objects import annotation, at
from rehearsal.providers.calls import CheckCall, CheckResult
from rehearsal.providers.kubernetes.annotations import WAIT_FOR
from rehearsal.providers.kubernetes.autonaming import with_name
from rehearsal.providers.kubernetes.clusters import Connection
from rehearsal.providers.kubernetes.tokens import object_type_of, refusal_of
from rehearsal.providers.kubernetes.wait_for import WaitForError, parse
from rehearsal.providers.wire import Properties, Secret, plain


def check_inputs(call: CheckCall, connection: Connection) -> CheckResult:
    """Complete apiVersion, kind, name and namespace; refuse what the stand-in or the provider does not serve."""
    api_version, kind = object_type_of(call.type_token)
    inputs: Properties = {"apiVersion": api_version, "kind": kind, **call.news}
    if isinstance(inputs.get("metadata"), Secret):
        # Names are in every message and identifier: metadata cannot be secret as a whole.
        inputs["metadata"] = inputs["metadata"].value
    refusal = refusal_of(call.type_token, str(plain(inputs["kind"])))
    if refusal is not None:
        return CheckResult(inputs, [("", refusal)])
    failures: list[tuple[str, str]] = []
    if at(inputs, "metadata", "generateName"):
        failures.append(("metadata.generateName", "does not go with server-side apply: give name, or give neither"))
    if annotation(plain(inputs), WAIT_FOR):
        try:
            parse(annotation(plain(inputs), WAIT_FOR))
        except WaitForError as error:
            failures.append(("metadata.annotations", str(error)))
    named = with_name(inputs, plain(call.olds), call.resource_name, call.random_seed, call.proposed_name)
    return CheckResult(_with_namespace(named, connection), failures)


def _with_namespace(inputs: Properties, connection: Connection) -> Properties:
    """Inputs with the provider's namespace where a namespaced object names none."""
    metadata: object = inputs.get("metadata")
    if not isinstance(metadata, dict) or at(inputs, "metadata", "namespace") or connection.reachable is None:
        return inputs
    try:
        kind = connection.reachable.find(str(inputs["apiVersion"]), str(inputs["kind"]))
    except ApiFailure:
        kind = None
    if kind is None or not kind.namespaced:
        return inputs
    return {**inputs, "metadata": {**metadata, "namespace": connection.namespace}}
