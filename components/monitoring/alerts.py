"""The alerts: what each asks Prometheus, for how long it must hold, and what whoever is paged does about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..settings.monitoring import AlertName

CERTIFICATE_DAYS = 14
"""Two weeks hold a weekend and a holiday. cert-manager renews 30 days before the end, so until then it had time."""
CLAIM_FREE = 0.1
"""A tenth of a claim: the default ones hold then about one more dump, or a week of growth."""


@dataclass(frozen=True)
class Alert:
    """One rule. `action` says where to look and what to do; labels of the series may be named as in Prometheus."""

    name: AlertName
    expr: str
    minutes: int
    critical: bool
    summary: str
    action: str

    def rule(self) -> dict[str, object]:
        """As a PrometheusRule has it."""
        return {
            "alert": self.name.value,
            "expr": self.expr,
            "for": f"{self.minutes}m",
            "labels": {"severity": "critical" if self.critical else "warning"},
            "annotations": {"summary": self.summary, "description": self.action},
        }


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What there is to watch in one stack."""

    namespace: str
    """The platform's namespace."""
    operator_namespace: str | None
    """The operator's; None without one whose metrics are scraped."""
    pending_minutes: int
    """`monitoring.pendingMinutes`."""
    backup_seconds: int | None
    """Age at which the newest backup is too old; None where they are suspended."""
    drill_seconds: int | None
    """The same for the drill; None without one."""
    certificate_ends: int | None = None
    """When the certificate expires, in seconds since the epoch; None where the stack does not know."""
    issued_certificate: str | None = None
    """cert-manager's Certificate; None in the other modes."""


def alerts(watched: Watched) -> tuple[Alert, ...]:
    """Every alert of the stack, in the order of `AlertName`."""
    found = (*_platform(watched), *_kept(watched), *_certificate(watched), *_claims(watched), *_operator(watched))
    return tuple(sorted(found, key=lambda alert: list(AlertName).index(alert.name)))


def _platform(watched: Watched) -> Iterator[Alert]:
    web = f'namespace="{watched.namespace}",job="forail-web"'
    yield Alert(
        AlertName.DOWN,
        f"absent(up{{{web}}} == 1)",
        5,
        critical=True,
        summary="No web pod of Forail answers.",
        action=f"kubectl -n {watched.namespace} get pods; python -m components.verify says what does not work. Where "
        "the pods are ready, look in Prometheus at the target's error: 401 is a token that init has not stored.",
    )
    yield Alert(
        AlertName.NODE_WITHOUT_CAPACITY,
        f'max by (hostname) (awx_instance_capacity{{{web},node_type!="hop"}}) == 0',
        10,
        critical=False,
        summary="Node {{ $labels.hostname }} takes no jobs.",
        action="It is disabled, or has not reported for two minutes. Under Instances in the UI see which; for a task "
        f"pod kubectl -n {watched.namespace} logs its container `task`.",
    )
    yield Alert(
        AlertName.JOBS_PENDING,
        f"max(awx_pending_jobs_total{{{web}}}) > 0",
        watched.pending_minutes,
        critical=False,
        summary=f"Jobs have been pending for {watched.pending_minutes} minutes.",
        action="The job's page says why. Where no node has capacity: more task pods or larger ones, or a drained node "
        "to enable again.",
    )
    yield Alert(
        AlertName.JOBS_IN_ERROR,
        f'max(delta(awx_status_total{{{web},status="error"}}[30m])) > 0',
        1,
        critical=False,
        summary="Jobs ended in error: Forail could not run them.",
        action="Unlike `failed`, that is the platform's fault: the job's page has the reason.",
    )
    restarts = f'namespace="{watched.namespace}"'
    yield Alert(
        AlertName.CONTAINER_OUT_OF_MEMORY,
        f'max by (pod, container) (kube_pod_container_status_last_terminated_reason{{{restarts},reason="OOMKilled"}})'
        f" > 0 and max by (pod, container) (increase(kube_pod_container_status_restarts_total{{{restarts}}}[15m])) > 0",
        1,
        critical=False,
        summary="{{ $labels.container }} of {{ $labels.pod }} ran out of memory.",
        action="Raise its resources.limits.memory in the stack file. A task pod lost the jobs that it ran.",
    )


def _kept(watched: Watched) -> Iterator[Alert]:
    """Backups and drills: the CronJob's last success, and a CronJob that never had one."""
    kept = (
        (AlertName.BACKUP_OLD, "forail-backup", watched.backup_seconds, "backup of Forail's database"),
        (AlertName.DRILL_OLD, "forail-backup-drill", watched.drill_seconds, "drill of Forail's backups"),
    )
    for name, cron_job, seconds, what in kept:
        if seconds is None:
            continue
        of = f'namespace="{watched.namespace}",cronjob="{cron_job}"'
        last = f"kube_cronjob_status_last_successful_time{{{of}}}"
        yield Alert(
            name,
            f"time() - max({last}) > {seconds} or "
            f"(time() - max(kube_cronjob_created{{{of}}}) > {seconds} unless max({last}))",
            5,
            critical=True,
            summary=f"The last {what} that succeeded is too old.",
            action=f"kubectl -n {watched.namespace} get jobs and the log of the last one of {cron_job}: its last line "
            "names the fault and the fix.",
        )


def _certificate(watched: Watched) -> Iterator[Alert]:
    seconds = CERTIFICATE_DAYS * 24 * 3600
    if watched.issued_certificate is not None:
        of = f'namespace="{watched.namespace}",name="{watched.issued_certificate}"'
        expr = f"min(certmanager_certificate_expiration_timestamp_seconds{{{of}}}) - time() < {seconds}"
        action = f"cert-manager should have renewed it: kubectl -n {watched.namespace} describe certificate."
    elif watched.certificate_ends is not None:
        expr = f"vector({watched.certificate_ends}) - time() < {seconds}"
        action = "Run `pulumi up`, which renews a self-signed one within the last tenth of its life, before that with "
        action += "rotation.tlsCertificate raised; or give a new exposure.tls.certificate with its key."
    else:
        return
    yield Alert(
        AlertName.CERTIFICATE_EXPIRES,
        expr,
        60,
        critical=True,
        summary=f"Forail's certificate expires within {CERTIFICATE_DAYS} days.",
        action=action,
    )


def _claims(watched: Watched) -> Iterator[Alert]:
    of = f'namespace="{watched.namespace}",persistentvolumeclaim=~"forail-.*"'
    yield Alert(
        AlertName.CLAIM_NEARLY_FULL,
        "min by (persistentvolumeclaim) "
        f"(kubelet_volume_stats_available_bytes{{{of}}} / kubelet_volume_stats_capacity_bytes{{{of}}}) < {CLAIM_FREE}",
        10,
        critical=True,
        summary="Claim {{ $labels.persistentvolumeclaim }} has less than a tenth free.",
        action="Raise its storage.size in the stack file, where its class can grow; for forail-backups lower "
        "backups.retentionDays.",
    )


def _operator(watched: Watched) -> Iterator[Alert]:
    if watched.operator_namespace is None:
        return
    of = f'namespace="{watched.operator_namespace}",job="{watched.operator_namespace}/forail-operator"'
    yield Alert(
        AlertName.OPERATOR_DOWN,
        f"absent(up{{{of}}} == 1)",
        10,
        critical=False,
        summary="No pod of Forail's operator answers.",
        action=f"kubectl -n {watched.operator_namespace} get pods. Content stays as it is until it is back.",
    )
    yield Alert(
        AlertName.OPERATOR_FAILS,
        f"sum by (controller) (increase(controller_runtime_reconcile_errors_total{{{of}}}[15m])) > 0",
        30,
        critical=False,
        summary="The operator has failed to apply a {{ $labels.controller }} for half an hour.",
        action="kubectl get forail -A shows which object is not Synced; its condition says what Forail answered.",
    )
