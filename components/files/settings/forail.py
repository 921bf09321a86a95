"""Forail's Django settings for one stack: everything that differs between stacks comes from the environment.

Mounted at /etc/tower/conf.d/forail.py in every pod that loads Forail: web, task, the steps of init, restore. All must
set the same here but CLUSTER_HOST_ID: what a process reads from its file, Forail hands to every other one through Redis
for a minute, so a pod without a variable would switch it off for all. Forail executes this inside its own settings
module, so helpers are lower-case with a leading underscore: Django takes upper-case names only. It is a single file on
purpose: Forail reads conf.d in no particular order. What is set here is read-only in the UI and wins over the database.

Raises KeyError for a missing required variable and ValueError, naming the variable and the fix, for an unusable one.
"""

import json as _json
import os as _os
import re as _re
from urllib.parse import quote as _quote

# Seconds. Without them a server that accepts and never answers blocks every process for ever.
_connect_timeout = 5
_loopback_hosts = ("localhost", "127.0.0.1")


def _flag(name: str) -> bool:
    """True or False from a variable that must hold exactly one of the two words."""
    text = _os.environ[name].strip().lower()
    if text not in ("true", "false"):
        raise ValueError(f"environment variable {name} must be 'true' or 'false'")
    return text == "true"


def _listed(name: str) -> list[str]:
    """The entries of a comma-separated variable, without blanks; empty when the variable is absent."""
    return [entry.strip() for entry in _os.environ.get(name, "").split(",") if entry.strip()]


def _required(name: str) -> str:
    """A variable that must exist and hold something."""
    value = _os.environ[name]
    if not value:
        raise ValueError(f"environment variable {name} must not be empty")
    return value


# Keys and identity ----------------------------------------------------------------------------------------------------
SECRET_KEY = _required("FORAIL_SECRET_KEY")
if _os.environ.get("FORAIL_NODE_NAME"):
    CLUSTER_HOST_ID = _os.environ["FORAIL_NODE_NAME"]
# All zeros is Forail's "no machine identity": instances are matched by name alone.
SYSTEM_UUID = "00000000-0000-0000-0000-000000000000"
# The task pod registers itself at start; Forail allows that only with this switch.
AWX_AUTO_DEPROVISION_INSTANCES = True

# Database -------------------------------------------------------------------------------------------------------------
_database_options: dict[str, object] = {"connect_timeout": _connect_timeout}
if _os.environ.get("DATABASE_SSLMODE"):
    _database_options["sslmode"] = _os.environ["DATABASE_SSLMODE"]
if _os.environ.get("DATABASE_SSLROOTCERT"):
    _database_options["sslrootcert"] = _os.environ["DATABASE_SSLROOTCERT"]
DATABASES = {
    "default": {
        "ATOMIC_REQUESTS": True,
        "ENGINE": "forail.main.db.profiled_pg",
        "NAME": _required("DATABASE_NAME"),
        "USER": _required("DATABASE_USER"),
        "PASSWORD": _required("DATABASE_PASSWORD"),
        "HOST": _required("DATABASE_HOST"),
        "PORT": _required("DATABASE_PORT"),
        "OPTIONS": _database_options,
    }
}

# Redis: database 0 carries the callback queue and the channel layer, database 1 the cache -----------------------------
_redis_host = _required("REDIS_HOST")
_redis_port = _required("REDIS_PORT")
_redis_password = _quote(_required("REDIS_PASSWORD"), safe="")
_redis_url = f"redis://:{_redis_password}@{_redis_host}:{_redis_port}"
BROKER_URL = f"{_redis_url}/0"
CACHES = {
    "default": {
        "BACKEND": "forail.main.cache.AWXRedisCache",
        "LOCATION": f"{_redis_url}/1",
        "OPTIONS": {"socket_timeout": _connect_timeout, "socket_connect_timeout": _connect_timeout},
    }
}
# Capacity and expiry are Forail's own defaults (the expiry is five years, in seconds): the whole entry is replaced.
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [f"{_redis_url}/0"], "capacity": 10000, "group_expiry": 157784760},
    }
}

# Browsers, proxies and the websocket relay ----------------------------------------------------------------------------
# The loopback names are always there: probes use them.
ALLOWED_HOSTS = list(dict.fromkeys([*_listed("FORAIL_ALLOWED_HOSTS"), *_loopback_hosts]))
if any("*" in host for host in ALLOWED_HOSTS):
    raise ValueError("environment variable FORAIL_ALLOWED_HOSTS must list host names; '*' would accept any Host header")
if _listed("FORAIL_CSRF_TRUSTED_ORIGINS"):
    CSRF_TRUSTED_ORIGINS = _listed("FORAIL_CSRF_TRUSTED_ORIGINS")
    if not all(origin.startswith(("http://", "https://")) for origin in CSRF_TRUSTED_ORIGINS):
        raise ValueError("environment variable FORAIL_CSRF_TRUSTED_ORIGINS: each origin needs its scheme, https://...")
if "FORAIL_COOKIE_SECURE" in _os.environ:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _flag("FORAIL_COOKIE_SECURE")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
BROADCAST_WEBSOCKET_SECRET = _required("FORAIL_BROADCAST_WEBSOCKET_SECRET")
BROADCAST_WEBSOCKET_PORT = 8013
BROADCAST_WEBSOCKET_PROTOCOL = "http"
BROADCAST_WEBSOCKET_VERIFY_CERT = False

# Execution environments: pinned images under Forail's own names, so that an existing database is updated in place -----
if _os.environ.get("FORAIL_JOB_EXECUTION_ENVIRONMENT"):
    GLOBAL_JOB_EXECUTION_ENVIRONMENTS = [
        {"name": "AWX EE (latest)", "image": _os.environ["FORAIL_JOB_EXECUTION_ENVIRONMENT"]}
    ]
if _os.environ.get("FORAIL_CONTROL_PLANE_EXECUTION_ENVIRONMENT"):
    CONTROL_PLANE_EXECUTION_ENVIRONMENT = _os.environ["FORAIL_CONTROL_PLANE_EXECUTION_ENVIRONMENT"]

# Policies: Forail ignores these as plain environment variables and knows only 'allow' and 'deny' ----------------------
if "OPA_ENFORCEMENT" in _os.environ:
    if _os.environ["OPA_ENFORCEMENT"] not in ("disabled", "failOpen", "failClosed"):
        raise ValueError("environment variable OPA_ENFORCEMENT must be disabled, failOpen or failClosed")
    OPA_ENABLED = _os.environ["OPA_ENFORCEMENT"] != "disabled"
    if OPA_ENABLED:
        OPA_FAIL_MODE = "deny" if _os.environ["OPA_ENFORCEMENT"] == "failClosed" else "allow"
        OPA_SERVER_URL = _required("OPA_SERVER_URL")

# Tenancy: one word for Forail's three switches. Left out, they stay editable in the UI --------------------------------
if "FORAIL_TENANCY_ISOLATION" in _os.environ:
    if _os.environ["FORAIL_TENANCY_ISOLATION"] not in ("audit", "strict"):
        raise ValueError("environment variable FORAIL_TENANCY_ISOLATION must be audit or strict")
    TENANCY_ENABLED = TENANCY_RLS_ENABLED = True
    TENANCY_STRICT_ISOLATION_ENABLED = _os.environ["FORAIL_TENANCY_ISOLATION"] == "strict"

# What the stack gives by Forail's own names; a secret comes in a variable of its own ----------------------------------
_secret_prefix = "FORAIL_SETTING_"


def _declared() -> dict[str, object]:
    """The settings that the stack gives; of a secret, without the line end of the file that it came from."""
    try:
        found = dict(_json.loads(_os.environ.get("FORAIL_SETTINGS") or "{}"))
    except (TypeError, ValueError):
        # What the parser says of it would show a part.
        raise ValueError("environment variable FORAIL_SETTINGS must be a JSON object: run pulumi up again") from None
    names = [name for name in _os.environ if name.startswith(_secret_prefix)]
    secrets = {name.removeprefix(_secret_prefix): _required(name).rstrip("\r\n") for name in sorted(names)}
    return {**found, **secrets, **_directories(found)}


def _directories(found: dict[str, object]) -> dict[str, object]:
    """The settings of LDAP servers that Forail takes from a file as objects only."""
    prefixes = [
        name.removesuffix("SERVER_URI") for name in found if _re.fullmatch("AUTH_LDAP_([1-5]_)?SERVER_URI", name)
    ]
    if not prefixes:
        return {}
    import ldap
    from django_auth_ldap import config

    def search(form: list[str]) -> object:
        return config.LDAPSearch(form[0], getattr(ldap, form[1]), form[2])

    made: dict[str, object] = {}
    for prefix in prefixes:
        users, groups, kind = (found.get(prefix + name) for name in ("USER_SEARCH", "GROUP_SEARCH", "GROUP_TYPE"))
        if users:
            several = isinstance(users[0], list)
            made[f"{prefix}USER_SEARCH"] = config.LDAPSearchUnion(*map(search, users)) if several else search(users)
        made |= {f"{prefix}GROUP_SEARCH": search(groups), f"{prefix}GROUP_TYPE": getattr(config, kind)()}
    return made


for _name, _value in _declared().items():
    globals()[_name] = _value
    # Forail compares with this to see what a file sets; a value that equals its default would stay the UI's to change.
    globals().get("DEFAULTS_SNAPSHOT", {}).pop(_name, None)

# The proxy, for jobs in any pod; a variable that is set for them anyway is meant -------------------------------------
if _listed("FORAIL_JOB_VARIABLES"):
    _proxy = {name: _required(name) for name in _listed("FORAIL_JOB_VARIABLES")}
    AWX_TASK_ENV = {**_proxy, **globals().get("AWX_TASK_ENV", {})}
