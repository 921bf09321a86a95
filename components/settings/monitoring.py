"""`monitoring`: what the Prometheus operator and Grafana read."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StrictBool

from ..schema.section import Section
from .metadata import CommonLabels


class AlertName(StrEnum):
    """The alerts, as Prometheus calls them."""

    DOWN = "ForailDown"
    NODE_WITHOUT_CAPACITY = "ForailNodeWithoutCapacity"
    JOBS_PENDING = "ForailJobsPending"
    JOBS_IN_ERROR = "ForailJobsInError"
    CONTAINER_OUT_OF_MEMORY = "ForailContainerOutOfMemory"
    BACKUP_OLD = "ForailBackupOld"
    DRILL_OLD = "ForailDrillOld"
    CERTIFICATE_EXPIRES = "ForailCertificateExpires"
    CLAIM_NEARLY_FULL = "ForailClaimNearlyFull"
    OPERATOR_DOWN = "ForailOperatorDown"
    OPERATOR_FAILS = "ForailOperatorFails"


class MonitoringSettings(Section):
    """`monitoring`: objects for the Prometheus operator, whose definitions (monitoring.coreos.com) must be in the
    cluster, and a dashboard for Grafana."""

    enabled: StrictBool = False
    """Make a token that may only read metrics, ServiceMonitor and PodMonitor, PrometheusRule and dashboard."""
    labels: CommonLabels = Field(default_factory=dict[str, str])
    """Labels by which the cluster's Prometheus selects them, such as `release: kube-prometheus-stack`."""
    dashboard_labels: CommonLabels = Field(default_factory=lambda: {"grafana_dashboard": "1"})
    """Labels by which Grafana's sidecar finds the dashboard's ConfigMap."""
    scrape_seconds: Annotated[int, Field(ge=15, le=300, strict=True)] = 60
    """Seconds between two scrapes. Each counts rows in the database; above 300, Prometheus would take values for
    gone."""
    pending_minutes: Annotated[int, Field(ge=1, le=1440, strict=True)] = 30
    """Minutes that jobs may be pending without a break before `ForailJobsPending` fires."""
    silent: tuple[AlertName, ...] = ()
    """Alerts that are left out."""
