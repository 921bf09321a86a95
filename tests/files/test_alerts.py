"""The alerts in the real promtool, on series made up for them, and the queries of the dashboard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.monitoring.alerts import CERTIFICATE_DAYS, Watched, alerts
from components.settings.monitoring import AlertName
from tests.files.programs import FILES, program, run

DAY = 86400
WATCHED = Watched(
    namespace="forail",
    operator_namespace="forail-operator",
    pending_minutes=30,
    backup_seconds=2 * DAY,
    drill_seconds=8 * DAY,
    # promtool's clock begins with the epoch.
    certificate_ends=(CERTIFICATE_DAYS + 1) * DAY,
)
WEB = 'namespace="forail",job="forail-web",pod="a"'
OTHER = 'namespace="other",job="forail-web",pod="a"'
OPERATOR = 'namespace="forail-operator",job="forail-operator/forail-operator"'
BACKUP = 'namespace="forail",cronjob="forail-backup"'
DRILL = 'namespace="forail",cronjob="forail-backup-drill"'
CLAIM = 'namespace="forail",persistentvolumeclaim="forail-postgres"'
CONTAINER = 'namespace="forail",pod="forail-task",container="task"'


@dataclass(frozen=True)
class Case:
    """Series step by step, and whether the alert fires at some minute."""

    alert: AlertName
    series: Mapping[str, str]
    minute: int
    fires: bool = True
    step: str = "1m"
    watched: Watched = WATCHED


CASES = {
    "no pod answers": Case(AlertName.DOWN, {f"up{{{WEB}}}": "0x10"}, 6),
    "there is no pod": Case(AlertName.DOWN, {f"up{{{OTHER}}}": "1x10"}, 6),
    "one of two pods answers": Case(
        AlertName.DOWN,
        {f"up{{{WEB}}}": "0x10", f'up{{{WEB[:-1]}b"}}': "1x10"},
        6,
        fires=False,
    ),
    "a pod comes back within five minutes": Case(AlertName.DOWN, {f"up{{{WEB}}}": "0 0 0 1 1 1 1 1"}, 6, fires=False),
    "a node without capacity": Case(
        AlertName.NODE_WITHOUT_CAPACITY, {f'awx_instance_capacity{{{WEB},hostname="n",node_type="hybrid"}}': "0x20"}, 12
    ),
    "a hop node never has any": Case(
        AlertName.NODE_WITHOUT_CAPACITY,
        {f'awx_instance_capacity{{{WEB},hostname="n",node_type="hop"}}': "0x20"},
        12,
        fires=False,
    ),
    "jobs pending for half an hour": Case(AlertName.JOBS_PENDING, {f"awx_pending_jobs_total{{{WEB}}}": "3x60"}, 31),
    "jobs that start in between": Case(
        AlertName.JOBS_PENDING, {f"awx_pending_jobs_total{{{WEB}}}": "3x20 0 3x20"}, 40, fires=False
    ),
    "a job in error": Case(AlertName.JOBS_IN_ERROR, {f'awx_status_total{{{WEB},status="error"}}': "1x10 2x30"}, 15),
    "a job that failed by itself": Case(
        AlertName.JOBS_IN_ERROR, {f'awx_status_total{{{WEB},status="failed"}}': "1x10 2x30"}, 15, fires=False
    ),
    "errors of last year": Case(
        AlertName.JOBS_IN_ERROR, {f'awx_status_total{{{WEB},status="error"}}': "5x40"}, 35, fires=False
    ),
    "killed for its memory": Case(
        AlertName.CONTAINER_OUT_OF_MEMORY,
        {
            f'kube_pod_container_status_last_terminated_reason{{{CONTAINER},reason="OOMKilled"}}': "0x10 1x20",
            f"kube_pod_container_status_restarts_total{{{CONTAINER}}}": "0x10 1x20",
        },
        13,
    ),
    "restarted for another reason": Case(
        AlertName.CONTAINER_OUT_OF_MEMORY,
        {
            f'kube_pod_container_status_last_terminated_reason{{{CONTAINER},reason="Error"}}': "0x10 1x20",
            f"kube_pod_container_status_restarts_total{{{CONTAINER}}}": "0x10 1x20",
        },
        13,
        fires=False,
    ),
    "killed long ago": Case(
        AlertName.CONTAINER_OUT_OF_MEMORY,
        {
            f'kube_pod_container_status_last_terminated_reason{{{CONTAINER},reason="OOMKilled"}}': "1x60",
            f"kube_pod_container_status_restarts_total{{{CONTAINER}}}": "1x60",
        },
        50,
        fires=False,
    ),
    "a backup three days old": Case(
        AlertName.BACKUP_OLD, {f"kube_cronjob_status_last_successful_time{{{BACKUP}}}": "0x72"}, 3 * 1440, step="1h"
    ),
    "a backup of yesterday": Case(
        AlertName.BACKUP_OLD,
        {f"kube_cronjob_status_last_successful_time{{{BACKUP}}}": "0x24"},
        1440,
        fires=False,
        step="1h",
    ),
    "no backup ever": Case(AlertName.BACKUP_OLD, {f"kube_cronjob_created{{{BACKUP}}}": "0x72"}, 3 * 1440, step="1h"),
    "no backup yet": Case(AlertName.BACKUP_OLD, {f"kube_cronjob_created{{{BACKUP}}}": "0x60"}, 60, fires=False),
    "an old stack with a backup of today": Case(
        AlertName.BACKUP_OLD,
        {
            f"kube_cronjob_created{{{BACKUP}}}": "0x72",
            f"kube_cronjob_status_last_successful_time{{{BACKUP}}}": f"{3 * DAY}x72",
        },
        3 * 1440,
        fires=False,
        step="1h",
    ),
    "no drill for nine days": Case(
        AlertName.DRILL_OLD, {f"kube_cronjob_status_last_successful_time{{{DRILL}}}": "0x216"}, 9 * 1440, step="1h"
    ),
    "the certificate's last days": Case(AlertName.CERTIFICATE_EXPIRES, {}, 2 * 1440, step="1h"),
    "a certificate that holds": Case(AlertName.CERTIFICATE_EXPIRES, {}, 60, fires=False),
    "cert-manager does not renew": Case(
        AlertName.CERTIFICATE_EXPIRES,
        {'certmanager_certificate_expiration_timestamp_seconds{namespace="forail",name="forail"}': f"{10 * DAY}x120"},
        61,
        watched=Watched(
            namespace="forail",
            operator_namespace=None,
            pending_minutes=30,
            backup_seconds=None,
            drill_seconds=None,
            issued_certificate="forail",
        ),
    ),
    "a claim nearly full": Case(
        AlertName.CLAIM_NEARLY_FULL,
        {
            f"kubelet_volume_stats_available_bytes{{{CLAIM}}}": "9x20",
            f"kubelet_volume_stats_capacity_bytes{{{CLAIM}}}": "100x20",
        },
        12,
    ),
    "a claim with room": Case(
        AlertName.CLAIM_NEARLY_FULL,
        {
            f"kubelet_volume_stats_available_bytes{{{CLAIM}}}": "11x20",
            f"kubelet_volume_stats_capacity_bytes{{{CLAIM}}}": "100x20",
        },
        12,
        fires=False,
    ),
    "no operator": Case(AlertName.OPERATOR_DOWN, {f"up{{{OPERATOR}}}": "0x20"}, 12),
    "the operator answers": Case(AlertName.OPERATOR_DOWN, {f"up{{{OPERATOR}}}": "1x20"}, 12, fires=False),
    "the operator fails again and again": Case(
        AlertName.OPERATOR_FAILS,
        {f'controller_runtime_reconcile_errors_total{{{OPERATOR},controller="project"}}': "0+1x60"},
        50,
    ),
    "the operator failed once": Case(
        AlertName.OPERATOR_FAILS,
        {f'controller_runtime_reconcile_errors_total{{{OPERATOR},controller="project"}}': "0x5 1x60"},
        50,
        fires=False,
    ),
}


def promtool(command: list[str]) -> str:
    """What it prints; fails the test where it finds a fault."""
    answer = run([program("promtool", "prometheus"), *command])
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def written(folder: Path, watched: Watched) -> Path:
    """The rules as Prometheus' operator hands them on."""
    file = folder / "rules.yaml"
    rules = [alert.rule() for alert in alerts(watched)]
    file.write_text(yaml.safe_dump({"groups": [{"name": "forail", "rules": rules}]}))
    return file


@pytest.mark.parametrize("case", list(CASES))
def test_it_fires_when_it_must(tmp_path: Path, case: str) -> None:
    scene = CASES[case]
    written(tmp_path, scene.watched)
    test: dict[str, Any] = {
        "interval": scene.step,
        "input_series": [{"series": series, "values": values} for series, values in scene.series.items()],
        # `count` of no series is no series: then the alert did not fire.
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{scene.alert}",alertstate="firing"}})',
                "eval_time": f"{scene.minute}m",
                "exp_samples": [{"labels": "{}", "value": 1}] if scene.fires else [],
            }
        ],
    }
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump({"rule_files": ["rules.yaml"], "evaluation_interval": scene.step, "tests": [test]}))
    promtool(["test", "rules", str(file)])


def test_every_alert_fires_and_keeps_quiet_somewhere() -> None:
    fires = {case.alert for case in CASES.values() if case.fires}
    quiet = {case.alert for case in CASES.values() if not case.fires}
    assert fires == set(AlertName)
    assert quiet == set(AlertName) - {AlertName.DRILL_OLD}, "the drill's is the backup's"


def test_promtool_finds_no_fault_in_the_rules(tmp_path: Path) -> None:
    checked = promtool(["check", "rules", str(written(tmp_path, WATCHED))])
    assert f"{len(AlertName)} rules found" in checked


def test_the_queries_of_the_dashboard_can_be_read(tmp_path: Path) -> None:
    dashboard = json.loads((FILES / "monitoring" / "dashboard.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(expressions) >= len(dashboard["panels"]) > 10
    told = [one.replace("$__rate_interval", "5m").replace("$", "") for one in expressions]
    rules = [{"record": f"panel:{number}", "expr": one} for number, one in enumerate(told)]
    file = tmp_path / "dashboard.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    assert f"{len(expressions)} rules found" in promtool(["check", "rules", str(file)])


def test_the_dashboard_and_the_alerts_speak_of_the_same_series() -> None:
    """A series that neither Forail nor the others promise would show nothing for ever."""
    text = (FILES / "monitoring" / "dashboard.json").read_text()
    for alert in alerts(WATCHED):
        for series in ("awx_pending_jobs_total", "awx_status_total", "kube_cronjob_status_last_successful_time"):
            assert series not in alert.expr or series in text, alert.name
