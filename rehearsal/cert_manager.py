"""cert-manager on the rehearsal's API server: its own controllers issue from a CA that is made for the rehearsal."""

import time
from typing import Any

from rehearsal import definitions
from rehearsal.control_plane import START_SECONDS, ControlPlane
from rehearsal.failure import RehearsalError, last_lines
from rehearsal.kubernetes.api import Api
from rehearsal.pins import CERT_MANAGER, CERT_MANAGER_DEFINITIONS
from rehearsal.toolchain import built

NAME = CERT_MANAGER.name
NAMESPACE = "cert-manager"
"""Where the Secrets of a ClusterIssuer are."""
GROUP = "cert-manager.io"
CLUSTER_ISSUER = "ClusterIssuer"
_READY = "controllers started"
_AUTHORITY = "rehearsal-ca"
_SELF_SIGNED = "rehearsal-self-signed"
_POLL_SECONDS = 0.05
Json = dict[str, Any]


def start(plane: ControlPlane, api: Api) -> None:
    """Have it run until the control plane stops.

    Raises:
        RehearsalError: it could not be built, or ended at once; its last words are in the message.
    """
    program = built(CERT_MANAGER, plane.progress)[NAME]
    definitions.bring(api, [CERT_MANAGER_DEFINITIONS], plane.progress)
    api.create("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    process = plane.add(
        NAME, [str(program), "--kubeconfig", str(plane.kubeconfig), "--cluster-resource-namespace", NAMESPACE]
    )
    log = plane.state.logs / f"{NAME}.log"
    deadline = time.monotonic() + START_SECONDS
    while _READY not in log.read_text(errors="replace"):
        if not process.alive() or time.monotonic() > deadline:
            raise RehearsalError(
                f"{NAME} did not start; its last lines:\n{last_lines(log.read_text(errors='replace'))}",
                "run the command again; if it ends the same way, `python -m rehearsal down` starts from nothing",
            )
        time.sleep(_POLL_SECONDS)


def stop(plane: ControlPlane, api: Api) -> None:
    """End it, and remove it from the cluster with all that it issued."""
    plane.end(NAME)
    definitions.remove(api, [CERT_MANAGER_DEFINITIONS], plane.progress)
    api.delete(f"/api/v1/namespaces/{NAMESPACE}")


def issuer(api: Api, kind: str, name: str, namespace: str = NAMESPACE) -> None:
    """Create an issuer, where there is none of this name, and the CA that it signs with.

    Args:
        api: the cluster, with the definitions.
        kind: `Issuer` or `ClusterIssuer`.
        name: the issuer's.
        namespace: an Issuer's, which must exist; a ClusterIssuer has none, and its CA is in `cert-manager`.
    """
    base = f"/apis/{GROUP}/v1"
    home = f"{base}/namespaces/{namespace}"
    api.create(f"{home}/issuers", _object("Issuer", _SELF_SIGNED, {"selfSigned": {}}))
    authority = {
        "isCA": True,
        "commonName": "Rehearsal CA",
        "secretName": _AUTHORITY,
        "privateKey": {"algorithm": "ECDSA", "size": 256},
        "issuerRef": {"name": _SELF_SIGNED},
    }
    api.create(f"{home}/certificates", _object("Certificate", _AUTHORITY, authority))
    wanted = _object(kind, name, {"ca": {"secretName": _AUTHORITY}})
    api.create(f"{base}/clusterissuers" if kind == CLUSTER_ISSUER else f"{home}/issuers", wanted)


def _object(kind: str, name: str, spec: Json) -> Json:
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
