"""Variables that several pods share: whatever loads Django computes the same settings."""

from __future__ import annotations

import ast
import re

import pytest

from components.application.backend import OWN, SINGLE_NODE, Backend, node_env, tenancy_env
from components.kube.environment import Env
from components.kube.files import text
from components.settings.forail import Tenancy
from components.settings.task import Nodes, TaskSettings
from components.settings.workload import WorkloadSettings
from tests.files.ldap_modules import install
from tests.unit.pods import Container, pods
from tests.unit.stacks import EVERY, every

SETTINGS_FILE = "/etc/tower/conf.d/forail.py"
# It has connections of its own, and no Redis through which its settings could reach others.
DRILL = "drill"
SOURCE = text("settings/forail.py")
# Every variable that the settings file names; it reads none under a name that it puts together.
READ = {
    node.value
    for node in ast.walk(ast.parse(SOURCE))
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[A-Z]+(_[A-Z]+)+", node.value)
} - {
    *("ATOMIC_REQUESTS", "AWX_TASK_ENV", "HTTP_X_FORWARDED_PROTO", "DEFAULTS_SNAPSHOT"),
    # Names of settings below the prefix of an LDAP server.
    *("SERVER_URI", "USER_SEARCH", "GROUP_SEARCH", "GROUP_TYPE"),
}
# What the API's processes copy from their environment into the database at each start (backend 2026.07.1,
# observability/bootstrap.py). A row outlives its variable.
COPIED = {
    "OTEL_ENABLED",
    "OTEL_EXPORTER_ENDPOINT",
    "OTEL_SERVICE_NAME",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "TENANCY_ENABLED",
}


def loading_django(stack: str) -> dict[str, Container]:
    """Every container of a stack that mounts the settings file."""
    return {
        f"{label}/{container.name}": container
        for label, pod in pods(every(stack)).items()
        for container in pod.containers
        if SETTINGS_FILE in container.mounts and container.name != DRILL
    }


def computed(container: Container, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What Django's settings become in a container; of a secret or a field the reference stands for the value."""
    namespace: dict[str, object] = {"__name__": "forail.settings.production"}
    with monkeypatch.context() as patch:
        patch.setattr("os.environ", container.env)
        install(patch)
        exec(compile(SOURCE, SETTINGS_FILE, "exec"), namespace)
    return {name: value for name, value in namespace.items() if name.isupper()}


@pytest.mark.parametrize("stack", EVERY)
def test_whatever_loads_django_computes_the_same_settings(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = loading_django(stack)
    owners = {name.split("/")[1] for name in found}
    assert owners == {"forail-web", "forail-task", "forail-init", "forail-restore"}
    assert {"Job/forail-init/migrate", "Job/forail-init/bootstrap"} <= set(found)
    settings = {name: computed(container, monkeypatch) for name, container in found.items()}
    for different in settings.values():
        # The node's name: the one setting that each process keeps to itself.
        different.pop("CLUSTER_HOST_ID", None)
    web = settings.pop(next(name for name in settings if "forail-web" in name))
    assert {"CSRF_TRUSTED_ORIGINS", "ALLOWED_HOSTS", "OPA_ENABLED", "SESSION_COOKIE_SECURE"} <= web.keys()
    for name, other in settings.items():
        assert other == web, f"{name} would switch settings of web off, through Redis"


def test_what_the_stack_gives_by_name_is_what_django_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    web = next(container for name, container in loading_django("everything").items() if "forail-web" in name)
    settings = computed(web, monkeypatch)
    assert settings["SESSION_COOKIE_AGE"] == 3600
    assert settings["LOG_AGGREGATOR_LEVEL"] == "WARNING"
    assert settings["TOWER_URL_BASE"] == "https://forail.example.com"
    assert settings["SOCIAL_AUTH_SAML_SP_ENTITY_ID"] == "https://forail.example.com"
    assert settings["AUTH_LDAP_1_GROUP_TYPE"] == ("NestedActiveDirectoryGroupType",)
    # Of a secret the reference stands for the value: the stack's own Secret, and one that exists.
    assert "SOCIAL_AUTH_OIDC_SECRET" in str(settings["SOCIAL_AUTH_OIDC_SECRET"])
    assert "ldap-bind" in str(settings["AUTH_LDAP_BIND_PASSWORD"])
    assert "radius" in str(settings["RADIUS_SECRET"])


@pytest.mark.parametrize("stack", ["prod", "everything", "elsewhere"])
def test_a_drill_has_the_same_settings_but_for_its_connections(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drill = pods(every(stack))["CronJob/forail-backup-drill"].container(DRILL)
    # The script makes them in the pod.
    monkeypatch.setattr(Container, "env", drill.env | dict.fromkeys(("DATABASE_PASSWORD", "REDIS_PASSWORD"), "made"))
    own = computed(drill, monkeypatch)
    monkeypatch.undo()
    web = computed(next(made for name, made in loading_django(stack).items() if "forail-web" in name), monkeypatch)
    web.pop("CLUSTER_HOST_ID", None)
    assert own.keys() == web.keys()
    assert {name for name in own if own[name] != web[name]} == {"DATABASES", "BROKER_URL", "CACHES", "CHANNEL_LAYERS"}


@pytest.mark.parametrize("stack", EVERY)
def test_pods_that_load_django_differ_only_in_variables_with_a_reason(stack: str) -> None:
    added = {"EXTRA_TEXT", "EXTRA_TOKEN"}
    environments = [container.env for container in loading_django(stack).values()]
    names = {name for env in environments for name in env}
    different = {name for name in names if len({env.get(name) for env in environments}) > 1}
    assert different - added <= OWN.keys()


def test_no_variable_with_a_reason_to_differ_is_read_by_the_settings_file_but_the_nodes_name() -> None:
    assert OWN.keys() & READ == {"FORAIL_NODE_NAME"}


def test_all_that_the_settings_file_reads_reaches_some_pod() -> None:
    given = {name for stack in EVERY for container in loading_django(stack).values() for name in container.env}
    assert given >= READ


def test_a_variable_without_a_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="without a reason in OWN: FORAIL_COOKIE_SECURE"):
        Backend.env_with(None, (Env("FORAIL_COOKIE_SECURE", "true"), node_env(Nodes.ONE)))  # pyright: ignore[reportArgumentType] - refused before it is used


@pytest.mark.parametrize(
    "name", sorted(READ | OWN.keys() | {"AWX_SETTINGS_DIR", "AWX_SETTINGS_FILE", "DJANGO_SETTINGS_MODULE"})
)
def test_extra_variables_of_one_workload_change_no_setting(name: str) -> None:
    with pytest.raises(ValueError, match="is set by the program from other settings"):
        WorkloadSettings.model_validate({"extraEnv": {name: "x"}})


@pytest.mark.parametrize("stack", EVERY)
def test_the_api_copies_nothing_into_the_database_but_what_every_start_sets_again(stack: str) -> None:
    """TENANCY_ENABLED would: with tenancy off again, its row would keep tenancy on."""
    copied = COPIED & pods(every(stack))["Deployment/forail-web"].env.keys()
    assert "OTEL_ENABLED" in copied
    assert all(name.startswith("OTEL_") for name in copied)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {}),
        ({"isolation": "audit"}, {"FORAIL_TENANCY_ISOLATION": "audit"}),
        ({"isolation": "strict"}, {"FORAIL_TENANCY_ISOLATION": "strict"}),
    ],
)
def test_tenancy(settings: dict[str, object], expected: dict[str, str]) -> None:
    assert {env.name: env.value for env in tenancy_env(Tenancy.model_validate(settings))} == expected


@pytest.mark.parametrize(
    ("replicas", "value", "field"), [(1, SINGLE_NODE, None), (2, None, "metadata.name"), (9, None, "metadata.name")]
)
def test_node_names(replicas: int, value: str | None, field: str | None) -> None:
    env = node_env(TaskSettings(replicas=replicas).nodes)
    assert (env.name, env.value, env.field) == ("FORAIL_NODE_NAME", value, field)
