"""What a valid stack file means: defaults, what is laid over them, and what derives from them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from components.edge.way_in import routes
from components.schema import descriptions
from components.schema.section import Section
from components.schema.shape import keys
from components.schema.values import plain_bytes, plain_cores, quantity
from components.settings.images import RELEASE, ImageName, moves
from components.settings.postgres import ExternalPostgres
from components.settings.stack import StackFile
from components.settings.storage import AccessMode
from components.settings.tls import ExistingTls, SelfSignedTls
from components.settings.variables import SecretEnvironment
from tests.unit.settings.stackfile import nested, parsed, problems


def stack(**values: object) -> StackFile:
    return parsed(nested({path.replace("__", "."): value for path, value in values.items()})).stack


def test_an_empty_stack_file_is_the_defaults() -> None:
    assert parsed({}).stack == StackFile()


def test_the_defaults_are_what_the_documented_deployment_has() -> None:
    defaults = StackFile()

    assert defaults.exposure.origins == ("https://forail.lan:30443",)
    assert [
        claim.storage.size
        for claim in (defaults.postgres, defaults.redis, defaults.projects, defaults.receptor, defaults.backups)
        if not isinstance(claim, ExternalPostgres)
    ] == ["8Gi", "2Gi", "4Gi", "2Gi", "10Gi"]
    assert defaults.projects.storage.access_mode is AccessMode.READ_WRITE_MANY
    assert defaults.task.resources.limits.memory == "4Gi"
    assert defaults.warnings == ()


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        StackFile().web.replicas = 2  # pyright: ignore[reportAttributeAccessIssue] - the point of the test


def test_one_number_is_laid_over_its_neighbours() -> None:
    task = stack(task__resources__limits__memory="6Gi").task

    assert task.resources.limits.memory == "6Gi"
    assert task.resources.limits.cpu == StackFile().task.resources.limits.cpu
    assert task.resources.requests == StackFile().task.resources.requests


def test_a_claim_keeps_its_size_when_its_class_changes() -> None:
    claim = stack(projects__storage__storageClass="fast").projects.storage

    assert (claim.size, claim.storage_class, claim.access_mode) == ("4Gi", "fast", AccessMode.READ_WRITE_MANY)


def test_an_existing_claim_may_say_how_it_is_shared() -> None:
    file = nested({"projects.storage.existingClaim": "mine", "projects.storage.accessMode": "ReadWriteOnce"})

    assert parsed(file).stack.projects.storage.pins_to_one_node


def test_the_charts_empty_storage_class_is_the_clusters_default() -> None:
    file = nested({"redis.storage.storageClass": "", "redis.storage.existingClaim": "mine"})

    assert parsed(file).stack.redis.storage.storage_class is None


def test_another_mode_shares_no_defaults() -> None:
    tls = stack(exposure__tls__mode="existing").exposure.tls
    file = nested({"postgres.mode": "external", "postgres.host": "db", "postgres.tls.mode": "disable"})
    postgres = parsed(file, {"postgresPassword": "given"}).stack.postgres

    assert tls == ExistingTls(mode="existing", secret_name="forail-tls")
    assert isinstance(postgres, ExternalPostgres)
    assert postgres.port == 5432


def test_a_mode_that_is_the_default_keeps_the_defaults() -> None:
    assert stack(exposure__tls__mode="selfSigned", exposure__tls__validityDays=30).exposure.tls == SelfSignedTls(
        validity_days=30
    )
    assert stack(postgres__mode="inCluster", postgres__user="app").postgres == StackFile().postgres.model_copy(
        update={"user": "app"}
    )


@pytest.mark.parametrize(
    ("mode", "tls", "ports", "origin"),
    [
        ("nodePort", "selfSigned", {}, "https://forail.lan:30443"),
        ("nodePort", "selfSigned", {"https": 443}, "https://forail.lan"),
        ("nodePort", "disabled", {"http": 31080}, "http://forail.lan:31080"),
        ("nodePort", "disabled", {"http": 80}, "http://forail.lan"),
        ("loadBalancer", "existing", None, "https://forail.lan"),
        ("hostNetwork", "disabled", None, "http://forail.lan"),
    ],
)
def test_origins_derive_from_exposure(mode: str, tls: str, ports: dict[str, int] | None, origin: str) -> None:
    file: dict[str, Any] = {"exposure": {"mode": mode, "tls": {"mode": tls}}}
    if ports is not None:
        file["exposure"]["ports"] = ports

    assert parsed(file).stack.exposure.origins == (origin,)


def test_extra_hosts_have_origins_too() -> None:
    assert len(stack(exposure__extraHosts=["a.lan", "b.lan"]).exposure.origins) == 3


def test_environment_takes_text_and_secrets_of_the_cluster() -> None:
    environment = {"HTTP_PROXY": "http://proxy:3128", "API_TOKEN": {"secretName": "proxy", "key": "token"}}

    assert stack(web__extraEnv=environment).web.extra_env == {
        "HTTP_PROXY": "http://proxy:3128",
        "API_TOKEN": SecretEnvironment(secret_name="proxy", key="token"),
    }


def test_replicas_fit_a_shared_claim() -> None:
    assert problems({"web": {"replicas": 3}, "task": {"replicas": 2}}) == {}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("exposure.className", "nginx.example.com"),
        ("exposure.host", "xn--mnchen-3ya.de"),
        ("images.registry", "localhost:5000/mirror"),
        ("images.registry", "registry.example.com/a-b/c__d"),
        ("assistant.model", "hf.co/bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M"),
        ("forail.admin.email", "o'brien@xn--mnchen-3ya.xn--p1ai"),
        ("web.extraEnv", {"HTTPS_PROXY": "http://proxy:3128", "ENDPOINT": "http://host:80/@scope"}),
    ],
)
def test_names_of_other_systems_are_taken_as_these_have_them(path: str, value: object) -> None:
    assert problems(nested({path: value})) == {}


@pytest.mark.parametrize("name", ["forail-prod", "Forail", "forail@server.example"])
def test_an_external_server_names_its_databases_and_users(name: str) -> None:
    file = {"postgres.mode": "external", "postgres.host": "db", "postgres.tls.mode": "require"}

    assert problems(nested({**file, "postgres.user": name, "postgres.database": name}), {"postgresPassword": "p"}) == {}


def test_a_platform_without_operator_may_have_any_namespace() -> None:
    assert problems({"namespace": {"name": "forail-operator"}, "operator": {"enabled": False}}) == {}


def test_the_assistant_takes_no_path_of_the_platform() -> None:
    taken = {f"/{route.path.split('/')[1]}" for route in routes("web", "frontend")}

    assert [path for path in taken if not problems(nested({"assistant.ingress.path": path}))] == []
    assert problems(nested({"assistant.ingress.path": "/api-assistant"})) == {}


@pytest.mark.parametrize("value", ["500m", 1, 0.5, "2"])
def test_cores_may_be_numbers(value: object) -> None:
    assert stack(web__resources__requests__cpu=value).web.resources.requests.cpu == str(value)


@pytest.mark.parametrize(
    ("text", "number"), [("500m", "0.5"), ("2", "2"), ("1k", "1000"), ("1Ki", "1024"), ("1.5Gi", "1610612736")]
)
def test_quantities_are_the_clusters(text: str, number: str) -> None:
    assert quantity(text) == quantity(number)


@pytest.mark.parametrize(
    "schedule",
    ["30 1 * * *", "*/15 0-6,22 1,15 jan-mar MON-FRI", "@daily", "0 0 ? * 0", "5/10 * * * *"],
)
def test_cron_schedules_that_the_controller_knows(schedule: str) -> None:
    assert stack(backups__schedule=schedule).backups.schedule == schedule


@pytest.mark.parametrize(
    ("schedule", "field"),
    [
        ("60 * * * *", "minute"),
        ("0 24 * * *", "hour"),
        ("0 0 0 * *", "day of month"),
        ("0 0 * 13 *", "month"),
        ("0 0 * * 7", "day of week"),
        ("0 0 * * fri-mon", "day of week"),
        ("*/0 * * * *", "minute"),
        ("1-a * * * *", "minute"),
        ("* * * *", "five cron fields"),
        ("@reboot", "five cron fields"),
    ],
)
def test_cron_schedules_that_it_would_reject(schedule: str, field: str) -> None:
    assert field in problems({"backups": {"schedule": schedule}})["backups.schedule"]


def test_warnings_name_the_path_and_the_reason() -> None:
    warned = stack(exposure__host="forail.local", task__resources__limits__memory="2Gi").warnings

    assert [warning.partition(" ")[0] for warning in warned] == ["exposure.host", "task.resources.limits.memory"]
    assert "mDNS" in warned[0]
    assert "137" in warned[1]
    assert stack(task__execution="control", task__resources__limits__memory="2Gi").warnings == ()


@pytest.mark.parametrize(
    ("image", "tag", "moves"),
    [
        ("postgres", "15-alpine", True),
        ("postgres", "15", True),
        ("postgres", "15-bookworm", True),
        ("postgres", "15.19", False),
        ("postgres", "15.19-alpine3.24", False),
        ("postgres", "19beta3-alpine", False),
        ("postgres", "alpine", True),
        ("redis", "7-alpine", True),
        ("redis", "7.4-alpine", True),
        ("redis", "7.4.11-alpine", False),
        ("redis", "bookworm", True),
        ("backend", "2026.07.1", False),
        ("backend", "main", True),
        ("backend", "stable-2", True),
        ("backend", "8f3c1d2", False),
        ("assistantOllama", "7", False),
        ("opa", "0.58.0-rootless", False),
        ("opa", "edge-rootless", True),
    ],
)
def test_a_tag_that_moves_is_warned_of(image: str, tag: str, moves: bool) -> None:
    """Not refused: `15-alpine` was the release's own tag, and stack files that name it must still load."""
    warned = [warning.partition(" ")[0] for warning in stack(**{f"images__{image}__tag": tag}).warnings]

    # Another warning is of versions that are in no release together.
    assert [path for path in warned if path != "images:"] == ([f"images.{image}.tag"] if moves else [])


def test_no_image_of_the_release_moves() -> None:
    assert [name for name, (_, tag) in RELEASE.items() if moves(name, tag)] == []


def test_the_datastores_stay_at_the_majors_that_hold_the_data() -> None:
    """A Postgres of another major does not start on the data directory, and an older Redis cannot read the file."""
    assert RELEASE[ImageName.POSTGRES][1].startswith("15.")
    assert RELEASE[ImageName.REDIS][1].startswith("7.4.")


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("4Gi", "4Gi"),
        ("4096M", "4096M"),
        ("4.5Gi", "4831838208"),
        ("5000000k", "5000000000"),
        ("4294967296000m", "4294967296"),
    ],
)
def test_the_backend_reads_memory_in_whole_units_only(value: str, plain: str) -> None:
    """For 4.5Gi or 5000000k it assumes one byte, and no job ever fits."""
    assert plain_bytes(value) == plain


@pytest.mark.parametrize(
    ("value", "plain"), [("2", "2"), ("0.5", "0.5"), ("500m", "500m"), ("0.01k", "10"), ("0.5k", "500")]
)
def test_the_backend_reads_cores_in_numbers_and_thousandths_only(value: str, plain: str) -> None:
    """For others it assumes one core."""
    assert Decimal(plain_cores(value).rstrip("m")) == Decimal(plain.rstrip("m"))
    assert plain_cores(value).endswith("m") is plain.endswith("m")


def test_every_field_is_described() -> None:
    def undescribed(section: type[Section]) -> list[str]:
        return [f"{section.__name__}.{key}" for key in keys(section) if not descriptions.of(section).get(key)]

    sections = [Section]
    for section in sections:
        sections.extend(section.__subclasses__())
    # Other tests have sections of their own.
    ours = [section for section in sections if section.__module__.startswith("components.")]
    assert len(ours) > 50
    assert [name for section in ours for name in undescribed(section)] == []
