"""What Prometheus scrapes and alerts on, and what Grafana shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from ..application.backups import DEADLINE_SECONDS
from ..application.drill import late_seconds, valid_seconds
from ..application.web import METRICS_PATH
from ..edge.cert_manager import NAME as ISSUED
from ..kube.environment import SecretRef
from ..kube.explained import explained_by
from ..kube.files import text
from ..kube.metadata import Scope
from ..operator.release import COMPONENT as OPERATOR_COMPONENT
from ..settings.backups import BackupsSettings
from ..settings.exposure import ExposureSettings
from ..settings.monitoring import MonitoringSettings
from ..settings.tls import CertManagerTls
from .alerts import Watched, alerts

NAME = "forail"
DASHBOARD = "forail-dashboard"
GROUP = "monitoring.coreos.com"
_API_VERSION = f"{GROUP}/v1"


@dataclass(frozen=True, kw_only=True)
class WatchedOperator:
    """The operator that runs by this program."""

    scope: Scope
    """Its namespace and labels."""
    namespace: str
    """Name of the namespace."""


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """What is watched."""

    scope: Scope
    """The platform's namespace and labels."""
    namespace: str
    """Name of the namespace, for series."""
    settings: MonitoringSettings
    """`monitoring`."""
    token: SecretRef
    """Token that may read metrics."""
    exposure: ExposureSettings
    """`exposure`: whose certificate it is."""
    certificate_ends: pulumi.Output[int] | None
    """When the certificate expires, in seconds since the epoch; None where the stack does not know."""
    backups: BackupsSettings
    """`backups`: how old the newest may be."""
    operator: WatchedOperator | None
    """None where there is none, or upstream's chart made its pods."""


class Monitoring(pulumi.ComponentResource):
    """Objects for the Prometheus operator and for Grafana.

    Creates: ServiceMonitor and PrometheusRule `forail`, ConfigMap `forail-dashboard`, and where the operator's pods are
    this program's PodMonitor `forail-operator` beside them.
    Leaves Prometheus, kube-state-metrics and Grafana to you.
    """

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:monitoring:Monitoring", name, None, opts)
        every = f"{args.settings.scrape_seconds}s"
        self._object(f"{name}-web", "ServiceMonitor", NAME, args.scope, args, self._web(args, every))
        if args.operator is not None:
            endpoint = {"port": "metrics", "interval": every}
            pods = {"matchLabels": args.operator.scope.selector(OPERATOR_COMPONENT)}
            spec = {"selector": pods, "podMetricsEndpoints": [endpoint]}
            self._object(f"{name}-operator", "PodMonitor", "forail-operator", args.operator.scope, args, spec)
        self._object(f"{name}-rules", "PrometheusRule", NAME, args.scope, args, self._rules(args))
        kubernetes.core.v1.ConfigMap(
            f"{name}-dashboard",
            metadata=_labelled(args.scope, DASHBOARD, args.settings.dashboard_labels),
            data={"forail.json": text("monitoring/dashboard.json")},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})

    def _web(self, args: MonitoringArgs, every: str) -> dict[str, Any]:
        endpoint = {
            "port": "metrics",
            "path": METRICS_PATH,
            "interval": every,
            "authorization": {"credentials": {"name": args.token.name, "key": args.token.key}},
        }
        return {"selector": {"matchLabels": args.scope.selector("web")}, "endpoints": [endpoint]}

    def _rules(self, args: MonitoringArgs) -> pulumi.Output[dict[str, Any]]:
        def groups(ends: int | None) -> dict[str, Any]:
            silent = args.settings.silent
            rules = [alert.rule() for alert in alerts(_watched(args, ends)) if alert.name not in silent]
            return {"groups": [{"name": NAME, "rules": rules}]}

        ends = args.certificate_ends
        return pulumi.Output.from_input(groups(None)) if ends is None else ends.apply(groups)

    def _object(
        self, name: str, kind: str, object_name: str, scope: Scope, args: MonitoringArgs, spec: pulumi.Input[Any]
    ) -> None:
        kubernetes.apiextensions.CustomResource(
            name,
            api_version=_API_VERSION,
            kind=kind,
            metadata=_labelled(scope, object_name, args.settings.labels),
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self, hooks=explained_by(name, _refused)),
        )


def _watched(args: MonitoringArgs, certificate_ends: int | None) -> Watched:
    backups = args.backups
    return Watched(
        namespace=args.namespace,
        operator_namespace=None if args.operator is None else args.operator.namespace,
        pending_minutes=args.settings.pending_minutes,
        backup_seconds=None if backups.suspended else late_seconds(backups, DEADLINE_SECONDS),
        drill_seconds=None if backups.drill is None else valid_seconds(backups.drill),
        certificate_ends=certificate_ends,
        issued_certificate=ISSUED if isinstance(args.exposure.tls, CertManagerTls) else None,
    )


def _labelled(scope: Scope, name: str, labels: Mapping[str, str]) -> Any:
    meta = scope.meta("monitoring", name)
    meta.labels = {**labels, **scope.labels_of("monitoring")}
    return meta


def _refused(inputs: Mapping[str, Any], _: Sequence[str]) -> str:
    return (
        f"{inputs.get('kind')} was not made. Where the kind is unknown, install the Prometheus operator's definitions "
        f"({GROUP}), or set monitoring.enabled: false; then run `pulumi up` again"
    )
