"""settings/forail.py executed as Forail does: inside a module that already holds settings."""

import json
from typing import cast
from urllib.parse import unquote, urlsplit

import pytest

from tests.files.ldap_modules import install
from tests.files.programs import FILES

SOURCE = (FILES / "settings" / "forail.py").read_text()
REQUIRED = {
    "DATABASE_HOST": "forail-postgres",
    "DATABASE_PORT": "5432",
    "DATABASE_NAME": "forail",
    "DATABASE_USER": "forail",
    "DATABASE_PASSWORD": "db'pass\"word",
    "REDIS_HOST": "forail-redis",
    "REDIS_PORT": "6379",
    "REDIS_PASSWORD": "a/b+c@d:e%f g#h?i",
    "FORAIL_SECRET_KEY": "secret",
    "FORAIL_BROADCAST_WEBSOCKET_SECRET": "relay",
}


def load(
    monkeypatch: pytest.MonkeyPatch, defaults: dict[str, object] | None = None, /, **environment: str
) -> dict[str, object]:
    """The settings that the file sets or changes under exactly the required and the given variables.

    `defaults` are further ones that the module holds before.
    """
    before: dict[str, object] = {"ALLOWED_HOSTS": [], "DATABASES": {}, "SECRET_KEY": None, "TENANCY_ENABLED": False}
    before |= defaults or {}
    namespace: dict[str, object] = {"__name__": "forail.settings.production", **before}
    with monkeypatch.context() as patch:
        patch.setattr("os.environ", {**REQUIRED, **environment})
        exec(compile(SOURCE, "forail.py", "exec"), namespace)
    return {name: value for name, value in namespace.items() if name.isupper() and before.get(name) != value}


def test_the_required_variables_alone_set_what_every_stack_has(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch)
    assert set(settings) == {
        "ALLOWED_HOSTS",
        "AWX_AUTO_DEPROVISION_INSTANCES",
        "BROADCAST_WEBSOCKET_PORT",
        "BROADCAST_WEBSOCKET_PROTOCOL",
        "BROADCAST_WEBSOCKET_SECRET",
        "BROADCAST_WEBSOCKET_VERIFY_CERT",
        "BROKER_URL",
        "CACHES",
        "CHANNEL_LAYERS",
        "DATABASES",
        "SECRET_KEY",
        "SECURE_PROXY_SSL_HEADER",
        "SYSTEM_UUID",
    }
    assert settings["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1"]
    assert settings["SECRET_KEY"] == "secret"
    assert settings["BROADCAST_WEBSOCKET_SECRET"] == "relay"
    assert settings["BROADCAST_WEBSOCKET_PORT"] == 8013


def test_the_database_has_a_time_out_and_tls_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = cast("dict[str, dict[str, object]]", load(monkeypatch)["DATABASES"])["default"]
    assert plain == {
        "ATOMIC_REQUESTS": True,
        "ENGINE": "forail.main.db.profiled_pg",
        "NAME": "forail",
        "USER": "forail",
        "PASSWORD": "db'pass\"word",
        "HOST": "forail-postgres",
        "PORT": "5432",
        "OPTIONS": {"connect_timeout": 5},
    }
    tls = load(monkeypatch, DATABASE_SSLMODE="verify-full", DATABASE_SSLROOTCERT="/etc/ca.crt")
    options = cast("dict[str, dict[str, object]]", tls["DATABASES"])["default"]["OPTIONS"]
    assert options == {"connect_timeout": 5, "sslmode": "verify-full", "sslrootcert": "/etc/ca.crt"}


def test_every_redis_url_carries_the_password_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch)
    cache = cast("dict[str, dict[str, object]]", settings["CACHES"])["default"]
    layer = cast("dict[str, dict[str, dict[str, object]]]", settings["CHANNEL_LAYERS"])["default"]["CONFIG"]
    [host] = cast("list[str]", layer["hosts"])
    urls = {str(settings["BROKER_URL"]): "/0", str(cache["LOCATION"]): "/1", host: "/0"}
    for url, database in urls.items():
        parts = urlsplit(url)
        assert unquote(parts.password or "") == REQUIRED["REDIS_PASSWORD"]
        assert (parts.hostname, parts.port, parts.path) == ("forail-redis", 6379, database)
    assert cache["OPTIONS"] == {"socket_timeout": 5, "socket_connect_timeout": 5}


def test_hosts_are_the_given_ones_and_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, FORAIL_ALLOWED_HOSTS="forail.lan, forail-web ,127.0.0.1,")
    assert settings["ALLOWED_HOSTS"] == ["forail.lan", "forail-web", "127.0.0.1", "localhost"]


def test_cookies_origins_and_environments_follow_their_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch,
        FORAIL_COOKIE_SECURE="false",
        FORAIL_CSRF_TRUSTED_ORIGINS="https://forail.lan,http://forail.lan:30080",
        FORAIL_JOB_EXECUTION_ENVIRONMENT="registry.example/ee:1",
        FORAIL_CONTROL_PLANE_EXECUTION_ENVIRONMENT="registry.example/ee:2",
        FORAIL_NODE_NAME="forail-node",
    )
    assert settings["SESSION_COOKIE_SECURE"] is False
    assert settings["CSRF_COOKIE_SECURE"] is False
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://forail.lan", "http://forail.lan:30080"]
    assert settings["GLOBAL_JOB_EXECUTION_ENVIRONMENTS"] == [
        {"name": "AWX EE (latest)", "image": "registry.example/ee:1"}
    ]
    assert settings["CONTROL_PLANE_EXECUTION_ENVIRONMENT"] == "registry.example/ee:2"
    assert settings["CLUSTER_HOST_ID"] == "forail-node"
    assert "CLUSTER_HOST_ID" not in load(monkeypatch, FORAIL_NODE_NAME="")


@pytest.mark.parametrize(
    ("enforcement", "expected"),
    [
        ("disabled", {"OPA_ENABLED": False}),
        ("failOpen", {"OPA_ENABLED": True, "OPA_FAIL_MODE": "allow", "OPA_SERVER_URL": "http://opa:8181"}),
        ("failClosed", {"OPA_ENABLED": True, "OPA_FAIL_MODE": "deny", "OPA_SERVER_URL": "http://opa:8181"}),
    ],
)
def test_policy_enforcement_becomes_forails_two_settings(
    monkeypatch: pytest.MonkeyPatch, enforcement: str, expected: dict[str, object]
) -> None:
    settings = load(monkeypatch, OPA_ENFORCEMENT=enforcement, OPA_SERVER_URL="http://opa:8181")
    assert {name: value for name, value in settings.items() if name.startswith("OPA_")} == expected


@pytest.mark.parametrize(("isolation", "strict"), [("audit", False), ("strict", True)])
def test_tenancy_becomes_settings_only_when_given(
    monkeypatch: pytest.MonkeyPatch, isolation: str, strict: bool
) -> None:
    settings = load(monkeypatch, FORAIL_TENANCY_ISOLATION=isolation)
    assert {name: value for name, value in settings.items() if name.startswith("TENANCY_")} == {
        "TENANCY_ENABLED": True,
        "TENANCY_RLS_ENABLED": True,
        "TENANCY_STRICT_ISOLATION_ENABLED": strict,
    }
    assert not [name for name in load(monkeypatch) if name.startswith("TENANCY_")]


PROXIES = {"HTTPS_PROXY": "http://robot:p%40ss@proxy:3128", "NO_PROXY": "localhost,.svc"}


def test_jobs_get_the_proxy_and_nothing_else_of_the_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, **PROXIES, SSL_CERT_FILE="/a", FORAIL_JOB_VARIABLES=",".join(PROXIES))
    assert settings["AWX_TASK_ENV"] == PROXIES
    assert "AWX_TASK_ENV" not in load(monkeypatch, **PROXIES), "one by extraEnv is the pod's own"
    # Variables that jobs get anyway stay, and one of these that is given there is meant.
    before: dict[str, object] = {"AWX_TASK_ENV": {"COLOUR": "blue", "NO_PROXY": "own"}}
    beside = load(monkeypatch, before, **PROXIES, FORAIL_JOB_VARIABLES=",".join(PROXIES))
    assert beside["AWX_TASK_ENV"] == {**PROXIES, "COLOUR": "blue", "NO_PROXY": "own"}


@pytest.mark.parametrize("missing", PROXIES)
def test_a_variable_that_jobs_should_get_must_be_there(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    given = {**PROXIES, "FORAIL_JOB_VARIABLES": ",".join(PROXIES)}
    with pytest.raises(KeyError, match=missing):
        load(monkeypatch, **{name: value for name, value in given.items() if name != missing})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"FORAIL_ALLOWED_HOSTS": "*"}, "FORAIL_ALLOWED_HOSTS must list host names"),
        ({"FORAIL_ALLOWED_HOSTS": "forail.lan,*.lan"}, "FORAIL_ALLOWED_HOSTS must list host names"),
        ({"FORAIL_CSRF_TRUSTED_ORIGINS": "forail.lan"}, "each origin needs its scheme"),
        ({"FORAIL_COOKIE_SECURE": "yes"}, "FORAIL_COOKIE_SECURE must be 'true' or 'false'"),
        ({"OPA_ENFORCEMENT": "closed"}, "OPA_ENFORCEMENT must be disabled, failOpen or failClosed"),
        ({"OPA_ENFORCEMENT": "failOpen", "OPA_SERVER_URL": ""}, "OPA_SERVER_URL must not be empty"),
        ({"FORAIL_SETTINGS": '{"RADIUS_SERVER": '}, "FORAIL_SETTINGS must be a JSON object"),
        ({"FORAIL_SETTINGS": "[1]"}, "FORAIL_SETTINGS must be a JSON object"),
        ({"FORAIL_SETTING_RADIUS_SECRET": ""}, "FORAIL_SETTING_RADIUS_SECRET must not be empty"),
        ({"FORAIL_TENANCY_ISOLATION": "disabled"}, "FORAIL_TENANCY_ISOLATION must be audit or strict"),
        *(({name: ""}, f"{name} must not be empty") for name in REQUIRED),
    ],
)
def test_unusable_values_stop_forail_with_the_variables_name(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], said: str
) -> None:
    with pytest.raises(ValueError, match=said.replace("(", r"\(")) as caught:
        load(monkeypatch, **changes)
    assert REQUIRED["REDIS_PASSWORD"] not in str(caught.value)


def test_what_the_stack_gives_by_name_becomes_settings_and_no_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot: dict[str, object] = {"SESSION_COOKIE_AGE": 1800, "RADIUS_SECRET": "", "OTHER": 1}
    environment = {
        "FORAIL_SETTINGS": '{"SESSION_COOKIE_AGE": 1800, "AWX_TASK_ENV": {"A": "b"}}',
        "FORAIL_SETTING_RADIUS_SECRET": "from a file\n",
    }
    settings = load(monkeypatch, {"DEFAULTS_SNAPSHOT": snapshot}, **environment)
    assert settings["SESSION_COOKIE_AGE"] == 1800
    assert settings["AWX_TASK_ENV"] == {"A": "b"}
    assert settings["RADIUS_SECRET"] == "from a file"
    # What equals the snapshot of the defaults, Forail would let the UI change.
    assert snapshot == {"OTHER": 1}


def test_ldap_servers_become_the_objects_that_forail_takes_from_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    given = {
        "AUTH_LDAP_SERVER_URI": "ldaps://a",
        "AUTH_LDAP_USER_SEARCH": ["ou=people", "SCOPE_SUBTREE", "(uid=%(user)s)"],
        "AUTH_LDAP_GROUP_SEARCH": ["ou=groups", "SCOPE_ONELEVEL", "(a=b)"],
        "AUTH_LDAP_GROUP_TYPE": "PosixGroupType",
        "AUTH_LDAP_5_SERVER_URI": "ldaps://b",
        "AUTH_LDAP_5_USER_SEARCH": [["ou=one", "SCOPE_BASE", "(c=d)"], ["ou=two", "SCOPE_BASE", "(e=f)"]],
        "AUTH_LDAP_5_GROUP_SEARCH": ["ou=groups", "SCOPE_BASE", "(a=b)"],
        "AUTH_LDAP_5_GROUP_TYPE": "GroupOfNamesType",
        "AUTH_LDAP_1_USER_DN_TEMPLATE": "uid=%(user)s",
        "AUTH_LDAP_1_SERVER_URI": "ldaps://c",
        "AUTH_LDAP_1_GROUP_SEARCH": ["ou=groups", "SCOPE_BASE", "(a=b)"],
        "AUTH_LDAP_1_GROUP_TYPE": "GroupOfNamesType",
    }
    settings = load(monkeypatch, FORAIL_SETTINGS=json.dumps(given))
    assert settings["AUTH_LDAP_SERVER_URI"] == "ldaps://a"
    assert settings["AUTH_LDAP_USER_SEARCH"] == ("LDAPSearch", "ou=people", 2, "(uid=%(user)s)")
    assert settings["AUTH_LDAP_GROUP_SEARCH"] == ("LDAPSearch", "ou=groups", 1, "(a=b)")
    assert settings["AUTH_LDAP_GROUP_TYPE"] == ("PosixGroupType",)
    one, two = (("LDAPSearch", "ou=one", 0, "(c=d)"), ("LDAPSearch", "ou=two", 0, "(e=f)"))
    assert settings["AUTH_LDAP_5_USER_SEARCH"] == ("LDAPSearchUnion", one, two)
    assert settings["AUTH_LDAP_5_GROUP_TYPE"] == ("GroupOfNamesType",)
    assert "AUTH_LDAP_1_USER_SEARCH" not in settings


def test_the_mandatory_empty_file_sets_nothing() -> None:
    namespace: dict[str, object] = {}
    exec((FILES / "settings" / "settings.py").read_text(), namespace)
    assert [name for name in namespace if name != "__builtins__"] == []
