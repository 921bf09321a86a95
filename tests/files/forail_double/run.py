"""Runs bootstrap.py as `forail-manage shell` does, against the stand-in."""

import hashlib
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest

from tests.files.forail_double import platform
from tests.files.forail_double.registry import Registry
from tests.files.forail_double.store import DoesNotExist, Rows, Store
from tests.files.programs import FILES

SOURCE = (FILES / "init" / "bootstrap.py").read_text()
TOKEN = "abcdefghijABCDEFGHIJ0123456789abcdefghij"
ENVIRONMENT = {
    "FORAIL_ADMIN_USER": "admin",
    "FORAIL_ADMIN_EMAIL": "admin@forail.local",
    "FORAIL_ADMIN_PASSWORD": "the-admin-password",
    "FORAIL_PAT": TOKEN,
    "FORAIL_NODE_TYPE": "hybrid",
    "FORAIL_NODE_NAME": "forail-node",
    "FORAIL_PRELOAD_DATA": "true",
    "FORAIL_SECRET_KEY": platform.MINE,
    "REDIS_HOST": "forail-redis",
    "REDIS_PORT": "6379",
    "REDIS_PASSWORD": "redis/pass+word",
}

MODES = {
    "hybrid": {"FORAIL_NODE_TYPE": "hybrid"},
    "control": {"FORAIL_NODE_TYPE": "control"},
    "hybrid-per-pod": {"FORAIL_NODE_TYPE": "hybrid", "FORAIL_NODE_NAME": ""},
    "control-per-pod": {"FORAIL_NODE_TYPE": "control", "FORAIL_NODE_NAME": ""},
}
"""Variables of every node type, with one fixed node and with a node per task pod."""


@dataclass
class Installation:
    """A platform to bootstrap, with the faults a test gives it."""

    store: Store = field(default_factory=Store)
    secret_key: str = platform.MINE
    job_image: str = "registry.example/ee:1"
    pod_spec: str = ""
    pending_migrations: bool = False
    redis_fault: str | None = None
    before_verify: Callable[[], None] | None = None
    registry: Registry = field(default_factory=Registry)
    source: str = SOURCE

    def modules(self) -> dict[str, dict[str, object]]:
        """The names that bootstrap.py imports."""
        platform.bind(self.store)
        redis_fault = self.redis_fault

        def ping() -> None:
            if redis_fault is not None:
                raise platform.RedisError(redis_fault)

        def validated(good: Callable[[str], bool]) -> Callable[[str], None]:
            def validate(text: str) -> None:
                if not good(text):
                    raise platform.ValidationError(text)

            return validate

        settings = SimpleNamespace(
            SECRET_KEY=self.secret_key,
            CACHES={"default": {"LOCATION": "redis://"}},
            DEFAULT_CONTROL_PLANE_QUEUE_NAME="controlplane",
            DEFAULT_EXECUTION_QUEUE_NAME="default",
            DEFAULT_EXECUTION_QUEUE_POD_SPEC_OVERRIDE=self.pod_spec,
            GLOBAL_JOB_EXECUTION_ENVIRONMENTS=[{"name": "AWX EE (latest)", "image": self.job_image}],
            CONTROL_PLANE_EXECUTION_ENVIRONMENT="registry.example/ee:1",
            **self.registry.from_file,
        )
        client = SimpleNamespace(from_url=lambda *_a, **_k: SimpleNamespace(ping=ping))  # pyright: ignore[reportUnknownLambdaType] - any call
        models = {model.__name__: model for model in platform.MODELS}
        return {
            "redis": {"Redis": client, "RedisError": platform.RedisError},
            "django.conf": {"settings": settings},
            "django.contrib.auth.models": {"User": platform.User},
            "django.contrib.auth.validators": {
                "UnicodeUsernameValidator": lambda: validated(lambda text: text.replace("-", "").isalnum())
            },
            "django.core.cache": {"cache": platform.Cache(dead=redis_fault is not None)},
            "django.core.exceptions": {"ValidationError": platform.ValidationError},
            "django.core.management": {
                "CommandError": platform.CommandError,
                "call_command": platform.Commands(
                    self.store.atomic, pending_migrations=self.pending_migrations, key=self.secret_key
                ),
            },
            "django.core.validators": {
                "validate_email": validated(lambda text: "@" in text and len(text.rsplit(".", 1)[-1]) > 1)
            },
            "django.db": {"transaction": SimpleNamespace(atomic=self.store.atomic)},
            "forail.conf.models": {"Setting": platform.Setting},
            "forail.main.models": dict(models),
            "forail.main.utils.encryption": {
                "decrypt_field": self._decrypt_field,
            },
            # Below its submodules, which make it anew.
            "forail.conf": {"settings_registry": self.registry},
        }

    def run(self, monkeypatch: pytest.MonkeyPatch, **environment: str) -> int:
        """The exit code of one run; keyword arguments replace variables. Killed passes through."""
        with monkeypatch.context() as patch:
            for name in list(ENVIRONMENT):
                patch.setenv(name, ENVIRONMENT[name])
            for name, value in environment.items():
                patch.setenv(name, value)
            for name, contents in self.modules().items():
                parts = name.split(".")
                for depth in range(1, len(parts)):
                    patch.setitem(sys.modules, ".".join(parts[:depth]), types.ModuleType(".".join(parts[:depth])))
                module = types.ModuleType(name)
                vars(module).update(contents)
                patch.setitem(sys.modules, name, module)
            shell = types.ModuleType("bootstrap_under_test")
            patch.setitem(sys.modules, shell.__name__, shell)
            if self.before_verify is not None:
                self._hook_verify(vars(shell))
            try:
                exec(compile(self._source(), "bootstrap.py", "exec"), vars(shell))
            except SystemExit as end:
                return int(end.code or 0)
            return 0

    def _decrypt_field(self, row: platform.Model, name: str, secret_key: str | None = None) -> object:
        return platform.decrypt_field(row, name, key=secret_key or self.secret_key)

    def _source(self) -> str:
        if self.before_verify is None:
            return self.source
        hooked = SOURCE.replace("        verify(declared)\n", "        before_verify()\n        verify(declared)\n")
        if hooked == SOURCE:
            raise AssertionError("bootstrap.py no longer verifies inside its transaction")
        return hooked

    def _hook_verify(self, namespace: dict[str, object]) -> None:
        namespace["before_verify"] = self.before_verify


def bind_managers() -> None:
    """Gives every model its `objects`, a fresh query at each use as in Django."""

    class Objects:
        def __get__(self, _instance: object, owner: type[platform.Model]) -> Rows[platform.Model]:
            return platform.Users(platform.User) if owner is platform.User else Rows(owner)  # pyright: ignore[reportReturnType] - a subclass of rows

    for model in platform.MODELS:
        vars_of_model: dict[str, object] = {"objects": Objects(), "DoesNotExist": DoesNotExist}
        for name, value in vars_of_model.items():
            setattr(model, name, value)


def one(model: type[platform.Model], **lookups: object) -> platform.Model:
    """The single row that matches."""
    [row] = Rows(model).filter(**lookups)
    return row


def default_group() -> platform.InstanceGroup:
    return cast("platform.InstanceGroup", one(platform.InstanceGroup, name="default"))


def fingerprint(key: str) -> str:
    """As bootstrap.py names a key."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


bind_managers()
