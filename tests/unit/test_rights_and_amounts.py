"""What the platform's containers may do and use, and how long their secrets are, each number with its reason.

Every container has a row: a new one is added here together with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from components.kube.files import text
from tests.unit.pods import pods
from tests.unit.running import containers, long_running, platform

CHART = "the vendor's chart"


@dataclass(frozen=True)
class May:
    """What a container may do: capabilities, user and group, and whether it may write to its image's files."""

    reason: str
    capabilities: frozenset[str] = frozenset()
    user: tuple[int, int] | None = None
    read_only: bool = False


ROOT_IMAGE = May("the backend image has no user of its own and runs its commands as root, with no capability")
CLIENT = May("a client that reads its script and talks to a server")
NGINX = frozenset({"CHOWN", "SETGID", "SETUID", "NET_BIND_SERVICE"})
SERVER = (
    "the entrypoint looks through another user's data directory (DAC_OVERRIDE), takes it over (CHOWN, FOWNER) and "
    "becomes postgres (SETGID, SETUID)"
)
ENTRYPOINT = frozenset({"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"})
MAY = {
    "Deployment/forail-web web": May(
        f"nginx gives its folders and workers to nobody; NET_BIND_SERVICE is {CHART}'s, its ports are above 1024", NGINX
    ),
    "Deployment/forail-frontend frontend": May(
        "nginx binds port 80, and gives its cache and workers to its user", NGINX
    ),
    "StatefulSet/forail-postgres postgres": May(SERVER, ENTRYPOINT),
    "Deployment/forail-redis redis": May(
        "redis of the Alpine image is 999 and its group 1000", user=(999, 1000), read_only=True
    ),
    "Deployment/forail-opa opa": May("the user of the rootless image", user=(1000, 1000), read_only=True),
    "Deployment/forail-otel-collector otel-collector": May("the image's user", user=(10001, 10001), read_only=True),
    "Job/forail-init database": CLIENT,
    "Job/forail-init migrate": ROOT_IMAGE,
    "Job/forail-init bootstrap": ROOT_IMAGE,
    "CronJob/forail-backup backup": ROOT_IMAGE,
    "CronJob/forail-restore restore": ROOT_IMAGE,
    "Job/forail-restore restore": ROOT_IMAGE,
    "CronJob/forail-backup-drill postgres": May(f"the same image, started again after a crash: {SERVER}", ENTRYPOINT),
    "CronJob/forail-backup-drill drill": ROOT_IMAGE,
    "Deployment/forail-assistant assistant": May(f"{CHART} drops every capability, too"),
    "Deployment/forail-assistant-ollama ollama": May(f"models are in root's home; {CHART} drops every capability, too"),
    "Job/forail-assistant-models pull": CLIENT,
    "Job/forail-verify verify": May(
        "nobody: it reads its program and talks to servers", user=(65534, 65534), read_only=True
    ),
}
PRIVILEGED = "Deployment/forail-task task"


def test_every_container_has_its_rights_here() -> None:
    assert set(containers()) == {*MAY, PRIVILEGED}


@pytest.mark.parametrize("name", list(MAY))
def test_what_a_container_may_do(name: str) -> None:
    security, may = containers()[name].security, MAY[name]
    expected: dict[str, Any] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    if may.capabilities:
        expected["capabilities"]["add"] = sorted(may.capabilities)
    if may.user is not None:
        # The number too: with only runAsNonRoot the kubelet refuses images whose user is a name.
        expected |= {"runAsUser": may.user[0], "runAsGroup": may.user[1], "runAsNonRoot": True}
    if may.read_only:
        expected["readOnlyRootFilesystem"] = True
    assert security == expected, may.reason


def test_redis_can_write_what_another_user_left_on_the_claim() -> None:
    """A platform that the chart installed ran it as root; the group of all files is what the claim can be given."""
    groups = {label: pod.spec["securityContext"].get("fsGroup") for label, pod in pods(platform()).items()}
    assert {label: group for label, group in groups.items() if group is not None} == {"Deployment/forail-redis": 1000}


def test_the_private_ca_is_trusted_for_ten_years() -> None:
    """Clients were given it by hand. A leaf is valid for a year, and renewed in its last tenth."""
    hours = platform().one("SelfSignedCert", "forail-ca").inputs["validityPeriodHours"]
    assert hours == 87600
    leaf = platform().one("LocallySignedCert", "forail-tls-leaf").inputs
    assert (leaf["validityPeriodHours"], leaf["earlyRenewalHours"]) == (8760, 876)


def test_generated_values_have_what_every_password_rule_asks_for() -> None:
    """PostgreSQL's passwordcheck refuses only letters; one of each kind costs nothing at these lengths."""
    for made in platform().all("RandomPassword"):
        assert [made.inputs[f"min{kind}"] for kind in ("Lower", "Upper", "Numeric")] == [1, 1, 1], made.name


LENGTHS = {
    "forail-admin-password": (24, "people type it; 142 bits"),
    "forail-postgres-password": (32, CHART),
    "forail-postgres-superuser-password": (32, "as the other role's"),
    "forail-secret-key": (50, f"{CHART}, and Django's own keys"),
    "forail-broadcast-websocket-secret": (50, CHART),
    "forail-redis-password": (32, "as the database's"),
    "forail-personal-access-token": (40, "within the 30 to 64 that a given one may have"),
    "forail-assistant-chat-token": (40, "as the other token"),
    "forail-monitoring-token": (40, "as the other token"),
}


def test_generated_values_are_as_long_as_their_use_asks() -> None:
    found = {made.name: made.inputs["length"] for made in platform().all("RandomPassword")}
    assert found == {name: length for name, (length, _) in LENGTHS.items()}


AMOUNTS = {
    # Requests and limits: memory and CPU. Where nothing is said, the vendor's chart's.
    "Deployment/forail-web web": ("512Mi", "200m", "2Gi", "2"),
    # 2Gi was seen to be killed (137) in a first project sync.
    "Deployment/forail-task task": ("1Gi", "200m", "4Gi", "2"),
    "Deployment/forail-frontend frontend": ("32Mi", "25m", "128Mi", "200m"),
    "StatefulSet/forail-postgres postgres": ("256Mi", "100m", "1Gi", "1"),
    "Deployment/forail-redis redis": ("64Mi", "50m", "256Mi", "500m"),
    "Deployment/forail-opa opa": ("64Mi", "50m", "256Mi", "500m"),
    "Deployment/forail-otel-collector otel-collector": ("128Mi", "50m", "512Mi", "500m"),
    # Migrations use one core whole: half of one is what the deadline was measured with.
    "Job/forail-init database": ("512Mi", "500m", "2Gi", "2"),
    "Job/forail-init migrate": ("512Mi", "500m", "2Gi", "2"),
    "Job/forail-init bootstrap": ("512Mi", "500m", "2Gi", "2"),
    # Its longest steps are those of init.
    "Job/forail-restore restore": ("512Mi", "500m", "2Gi", "2"),
    # pg_dump and gzip pass the data on, and keep little of it in memory.
    "CronJob/forail-backup backup": ("256Mi", "100m", "1Gi", "1"),
    "CronJob/forail-restore restore": ("256Mi", "100m", "1Gi", "1"),
    # As much as the restore that it tries, and a server that writes no more than once.
    "CronJob/forail-backup-drill postgres": ("256Mi", "100m", "1Gi", "1"),
    "CronJob/forail-backup-drill drill": ("256Mi", "100m", "1Gi", "1"),
    "Deployment/forail-assistant assistant": ("512Mi", "250m", "2Gi", "1"),
    "Deployment/forail-assistant-ollama ollama": ("2Gi", "500m", "6Gi", "4"),
    # The server pulls; this asks it to.
    "Job/forail-assistant-models pull": ("64Mi", "50m", "256Mi", "500m"),
    # Python with the standard library, one request at a time.
    "Job/forail-verify verify": ("64Mi", "50m", "256Mi", "500m"),
}


def test_every_container_has_its_amounts_here() -> None:
    assert set(AMOUNTS) == set(containers())


@pytest.mark.parametrize("name", list(AMOUNTS))
def test_what_a_container_asks_for_and_may_use(name: str) -> None:
    resources = containers()[name].raw["resources"]
    found = tuple(resources[side][kind] for side in ("requests", "limits") for kind in ("memory", "cpu"))
    assert found == AMOUNTS[name]


PORTS = {
    # 8013 and 8015 are the vendor's; the operator's default URL and the vendor's Ingress name them.
    "web": {"http": 8013, "websocket": 8015, "metrics": 8014},
    # The rest are the images' own.
    "frontend": {"http": 80},
    "postgres": {"postgres": 5432},
    "redis": {"redis": 6379},
    "opa": {"http": 8181},
    "otel-collector": {"otlp-grpc": 4317, "otlp-http": 4318, "health": 13133},
    "assistant": {"http": 8100},
    "ollama": {"http": 11434},
    "task": {},
}


@pytest.mark.parametrize("name", list(PORTS))
def test_which_ports_a_container_listens_on(name: str) -> None:
    found = {port["name"]: port["containerPort"] for port in long_running()[name].raw.get("ports", [])}
    assert found == PORTS[name]


def test_the_collectors_health_is_asked_where_its_configuration_has_it() -> None:
    probe = long_running()["otel-collector"].raw["livenessProbe"]["httpGet"]
    assert f":{probe['port']}" in text("otel_collector/config.yaml")
