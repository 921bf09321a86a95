"""What Forail keeps encrypted, in the real database, and the command that stores it under another key."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TextIO

from tests.files.forail_double.database import atomic, sql
from tests.files.forail_double.encryption import PREFIX, decrypt, encrypt


def _quoted(value: object) -> str:
    return "'" + json.dumps(value).replace("'", "''") + "'"


@dataclass
class Credential:
    """A row of Forail's credentials."""

    pk: int
    inputs: dict[str, object]

    def save(self) -> None:
        """Writes the inputs."""
        sql(f"UPDATE main_credential SET inputs = {_quoted(self.inputs)} WHERE id = {self.pk}")


@dataclass
class Setting:
    """A row of Forail's settings, of no user."""

    pk: int
    key: str
    value: object

    def save(self, update_fields: list[str]) -> None:
        """Writes the value."""
        assert update_fields == ["value"]
        sql(f"UPDATE conf_setting SET value = {_quoted(self.value)} WHERE id = {self.pk}")


@dataclass
class Rows:
    """What a query found."""

    rows: list[Credential] | list[Setting]

    def __iter__(self) -> Iterator[Credential | Setting]:
        return iter(self.rows)

    def iterator(self) -> Iterator[Credential | Setting]:
        """The same."""
        return iter(self)

    def first(self) -> Credential | Setting | None:
        """The first row, if there is one."""
        return self.rows[0] if self.rows else None


class Credentials:
    """The query that finds all of them."""

    def order_by(self, field: str) -> Rows:
        """In the order of their keys."""
        assert field == "pk"
        rows = [row.split("\t") for row in sql("SELECT id, inputs FROM main_credential ORDER BY id")]
        return Rows([Credential(int(key), json.loads(inputs)) for key, inputs in rows])


class Settings:
    """Queries of the settings."""

    def order_by(self, field: str) -> Rows:
        """In the order of their keys."""
        assert field == "pk"
        rows = [row.split("\t") for row in sql("SELECT id, key, value FROM conf_setting ORDER BY id")]
        return Rows([Setting(int(pk), key, json.loads(value)) for pk, key, value in rows])

    def filter(self, key: str, user: None) -> Rows:
        """Those with that key, for everybody."""
        del user
        return Rows([row for row in self.order_by("pk").rows if isinstance(row, Setting) and row.key == key])

    def create(self, key: str, value: object) -> None:
        """One more."""
        sql(f"INSERT INTO conf_setting (key, value) VALUES ('{key}', {_quoted(value)})")


def decrypt_field(row: Credential | Setting, field: str, secret_key: str | None = None) -> str:
    """The value in clear, by the given key or the pod's."""
    value = row.inputs[field] if isinstance(row, Credential) else row.value
    return decrypt(str(value), field, row.pk, secret_key or os.environ["FORAIL_SECRET_KEY"])


def regenerate(*, use_custom_key: bool, stdout: TextIO) -> None:
    """Forail's command: everything under another key, and that key on stdout."""
    assert use_custom_key
    new = os.environ["TOWER_SECRET_KEY"]
    with atomic():
        for credential in Credentials().order_by("pk"):
            assert isinstance(credential, Credential)
            for field, value in credential.inputs.items():
                if str(value).startswith(PREFIX):
                    credential.inputs[field] = encrypt(decrypt_field(credential, field), field, credential.pk, new)
            credential.save()
        for setting in Settings().order_by("pk"):
            if isinstance(setting, Setting) and str(setting.value).startswith(PREFIX):
                setting.value = encrypt(decrypt_field(setting, "value"), "value", setting.pk, new)
                setting.save(["value"])
    stdout.write(f"{new}\n")


def call_command(name: str, *, skip_checks: bool, use_custom_key: bool, stdout: TextIO) -> None:
    """Only that command."""
    assert (name, skip_checks) == ("regenerate_secret_key", True)
    regenerate(use_custom_key=use_custom_key, stdout=stdout)


MODULES: dict[str, dict[str, object]] = {
    "django.core.cache": {"cache": SimpleNamespace(clear=lambda: None)},
    "django.core.management": {"call_command": call_command},
    "django.db": {"transaction": SimpleNamespace(atomic=atomic), "connection": SimpleNamespace()},
    "forail.conf.models": {"Setting": SimpleNamespace(objects=Settings())},
    "forail.main.models": {"Credential": SimpleNamespace(objects=Credentials())},
    "forail.main.utils.encryption": {"decrypt_field": decrypt_field},
}
"""What scripts import."""
