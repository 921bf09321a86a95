"""A certificate that cert-manager issues for the public hosts and renews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pulumi
import pulumi_kubernetes as kubernetes

from ..kube.explained import explained_by
from ..kube.metadata import Scope, waits_for
from ..settings.tls import CERT_MANAGER, CLUSTER_ISSUER, IssuerRef

SECRET_NAME = "forail-tls-issued"
"""Secret that cert-manager writes. Not the stack's own `forail-tls`: while a stack goes from one TLS mode to the other,
both exist, and neither owner deletes what the other one has just written."""
NAME = "forail"
_API_VERSION = f"{CERT_MANAGER}/v1"
# What ACME needs at most: a DNS-01 challenge waits until its record has spread.
TIMEOUT_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class IssuedCertificateArgs:
    """What is issued."""

    scope: Scope
    """Namespace and labels."""
    hosts: tuple[str, ...]
    """Public host names, the main one first."""
    issuer_ref: IssuerRef
    """`exposure.tls.issuerRef`."""


class IssuedCertificate(pulumi.ComponentResource):
    """cert-manager's Certificate for the hosts, waited for until it is issued, also after each change of it.

    An issuer of cert-manager's own is read first, so that a preview fails where it, or cert-manager, is missing.
    Creates: Certificate `forail`.
    Leaves the Secret `forail-tls-issued` to cert-manager, also when the stack goes: it never deletes one.
    """

    secret_name: pulumi.Output[str]
    """Secret with certificate and key, known once they are issued."""
    promised_name: pulumi.Output[str]
    """The same, known at once: for a way in that the issuer needs for its challenge."""

    def __init__(self, name: str, args: IssuedCertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:edge:IssuedCertificate", name, None, opts)
        reference, timeout = args.issuer_ref, f"{TIMEOUT_SECONDS}s"
        certificate = kubernetes.apiextensions.CustomResource(
            f"{name}-tls-issued",
            api_version=_API_VERSION,
            kind="Certificate",
            metadata=args.scope.meta("ingress", NAME, annotations=waits_for("Ready")),
            spec={
                "secretName": SECRET_NAME,
                "secretTemplate": {"labels": args.scope.labels_of("ingress")},
                "dnsNames": list(args.hosts),
                "issuerRef": {
                    "name": self._issuer(name, args) if reference.group == CERT_MANAGER else reference.name,
                    "kind": reference.kind,
                    "group": reference.group,
                },
                "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
                "usages": ["digital signature", "server auth"],
                # cert-manager before 1.18 keeps every request that it ever made.
                "revisionHistoryLimit": 1,
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                # A changed object is still Ready for what it was, so the wait would end at once. A new one is issued
                # into the same Secret, which serves until then.
                replace_on_changes=["spec"],
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
                hooks=explained_by(f"{name}-tls-issued", _unissued),
            ),
        )
        self.secret_name = certificate.urn.apply(lambda _: SECRET_NAME)
        self.promised_name = pulumi.Output.from_input(SECRET_NAME)
        self.register_outputs({"secret": SECRET_NAME})

    def _issuer(self, name: str, args: IssuedCertificateArgs) -> pulumi.Output[str]:
        reference = args.issuer_ref
        namespace = None if reference.kind == CLUSTER_ISSUER else args.scope.namespace
        # Where it is missing, the engine says only that this resource does not exist: its name tells what to change.
        issuer = _LiveIssuer(f"{name}-exposure.tls.issuerRef", reference, namespace, self)
        return issuer.metadata.apply(lambda metadata: cast("str", metadata["name"]))


class _LiveIssuer(pulumi.CustomResource):
    """An issuer as it is in the cluster, read and never written. A ClusterIssuer has no namespace."""

    metadata: pulumi.Output[Mapping[str, Any]]

    def __init__(
        self, name: str, reference: IssuerRef, namespace: pulumi.Input[str] | None, parent: pulumi.Resource
    ) -> None:
        home = {} if namespace is None else {"namespace": namespace}
        identity = reference.name if namespace is None else pulumi.Output.concat(namespace, "/", reference.name)
        super().__init__(
            f"kubernetes:{_API_VERSION}:{reference.kind}",
            name,
            {"apiVersion": _API_VERSION, "kind": reference.kind, "metadata": {"name": reference.name, **home}},
            pulumi.ResourceOptions(parent=parent, id=identity),
        )


def _unissued(inputs: Mapping[str, Any], _: Sequence[str]) -> str:
    return unissued(inputs.get("metadata", {}).get("namespace", "<namespace>"))


def unissued(namespace: str) -> str:
    """What to do when the certificate does not come; the former one stays in use meanwhile."""
    return (
        f"cert-manager has not issued the certificate {namespace}/{NAME}: "
        f"kubectl -n {namespace} describe certificates.{CERT_MANAGER} {NAME} says what it waits for, and with ACME "
        f"kubectl -n {namespace} describe challenges.acme.{CERT_MANAGER}. Where the kind is unknown, install "
        "cert-manager or set another exposure.tls.mode. Correct the cause, then run `pulumi up` again"
    )
