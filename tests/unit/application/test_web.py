"""web: hosts, origins, cookies, probes and identity."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from components.application.web import allowed_hosts
from components.settings.exposure import ExposureSettings
from tests.unit.pods import Pod, pods
from tests.unit.stacks import HOSTS, alone, every


def web(stack: str) -> Pod:
    """The web pods of a stack."""
    return pods(every(stack))["Deployment/forail-web"]


@pytest.mark.parametrize(
    ("hosts", "namespace", "expected"),
    [
        (
            ["forail.lan"],
            "forail",
            "forail.lan forail-web forail-web.forail forail-web.forail.svc forail-web.forail.svc.cluster.local",
        ),
        (
            ["a.example", "b.example"],
            "ns",
            "a.example b.example forail-web forail-web.ns forail-web.ns.svc forail-web.ns.svc.cluster.local",
        ),
    ],
)
def test_allowed_hosts(hosts: list[str], namespace: str, expected: str) -> None:
    exposure = ExposureSettings(host=hosts[0], extra_hosts=tuple(hosts[1:]))
    assert list(allowed_hosts(exposure, namespace)) == expected.split()


@pytest.mark.parametrize(
    ("stack", "origins", "secure"),
    [
        ("alone", "https://forail.lan:30443", "true"),
        ("prod", "https://forail.example.com", "true"),
        ("everything", ",".join(f"https://{host}" for host in HOSTS), "true"),
        ("elsewhere", "http://forail.lan:30080", "false"),
    ],
)
def test_browsers_are_trusted_at_the_public_address(stack: str, origins: str, secure: str) -> None:
    env = web(stack).env
    assert env["FORAIL_CSRF_TRUSTED_ORIGINS"] == origins
    assert env["FORAIL_COOKIE_SECURE"] == secure
    assert every(stack).outputs["url"] == origins.partition(",")[0] + "/"


def test_the_address_inside_the_cluster_is_an_allowed_host() -> None:
    for stack in ("alone", "elsewhere"):
        host = every(stack).outputs["internalUrl"].removeprefix("http://").partition(":")[0]
        assert host in web(stack).env["FORAIL_ALLOWED_HOSTS"].split(",")


def test_work_goes_to_a_ready_task_node() -> None:
    assert {web(stack).env["AWX_COMPONENT"] for stack in ("alone", "prod")} == {"web"}


def test_the_websocket_relay_has_one_way_only() -> None:
    # With one node name the relay delivers; with several, Redis has delivered already and web announces no address.
    assert web("alone").env["FORAIL_NODE_NAME"] == "forail-node"
    assert web("alone").env["MY_POD_IP"] == "field:status.podIP"
    assert web("prod").env["FORAIL_NODE_NAME"] == "field:metadata.name"
    assert "MY_POD_IP" not in web("prod").env


def test_probes_ask_the_mounted_script_and_do_not_restart_for_a_lost_database() -> None:
    container = web("alone").container()
    commands = {kind: container.raw[f"{kind}Probe"]["exec"]["command"] for kind in ("startup", "readiness", "liveness")}
    assert {command[-2] for command in commands.values()} <= set(container.mounts)
    assert {kind: command[-1] for kind, command in commands.items()} == {
        "startup": "ready",
        "readiness": "ready",
        "liveness": "live",
    }
    # The script gives up after five seconds, with a reason; the kubelet gives none.
    assert all(container.raw[f"{kind}Probe"]["timeoutSeconds"] > 5 for kind in commands)


def test_backups_on_demand_find_script_folder_and_key() -> None:
    container = web("alone").container()
    assert {"/usr/local/bin/backup.sh", "/usr/local/bin/restore.sh", "/var/backups/forail"} <= set(container.mounts)
    assert {"DATABASE_PASSWORD", "FORAIL_SECRET_KEY"} <= set(container.env)


def test_a_dump_by_hand_keeps_old_ones_as_long_as_the_nightly_one() -> None:
    """The script deletes what is older than its variable says, or than a week without one."""
    found = pods(every("prod"))
    nightly = found["CronJob/forail-backup"].env["BACKUP_RETENTION_DAYS"]
    assert web("prod").env["BACKUP_RETENTION_DAYS"] == nightly == "30"


def test_http_and_websockets_have_their_ports() -> None:
    service = every("alone").one("Service", "forail-web").inputs["spec"]
    assert {port["name"]: port["port"] for port in service["ports"]} == {"http": 8013, "websocket": 8015}


def test_every_replica_prefers_its_own_node() -> None:
    assert "topologySpreadConstraints" in web("prod").spec
    assert "topologySpreadConstraints" not in web("alone").spec
    assert every("prod").one("Deployment", "forail-web").inputs["spec"]["replicas"] == 2


@pytest.mark.parametrize("label", ["Deployment/forail-web", "Deployment/forail-task", "Job/forail-init"])
def test_django_finds_its_settings(label: str) -> None:
    for container in pods(every("alone"))[label].containers:
        if container.name != "database":
            assert "/etc/tower/settings.py" in container.mounts, "without it the application stops"
            folders = {str(PurePosixPath(path).parent) for path in container.mounts}
            assert {"/etc/tower/conf.d", "/etc/receptor"} <= folders


def test_extra_variables_come_as_text_or_reference() -> None:
    env = web("everything").env
    assert (env["EXTRA_TEXT"], env["EXTRA_TOKEN"]) == ("web", "secret:web-extra/token")


def test_telemetry_can_be_off() -> None:
    off = alone().deploy(otelCollector={"enabled": False})
    assert pods(off)["Deployment/forail-web"].env["OTEL_ENABLED"] == "false"
