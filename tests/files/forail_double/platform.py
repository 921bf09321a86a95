"""Forail's models and management commands over the store, with their observed refusals and side effects."""

import hashlib
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import ClassVar, TextIO, cast

from tests.files.forail_double.store import Model, Rows, Store

MINE = "secret-key"
"""The platform's key unless a test gives another."""


class CommandError(Exception):
    """A management command's own refusal."""


class ValidationError(Exception):
    """A validator's refusal."""


class InvalidToken(Exception):  # noqa: N818 - Fernet's name
    """A stored value was encrypted under another key; the real one has no text either."""


class RedisError(Exception):
    """What the Redis client says."""


def encrypted(text: str, key: str = MINE) -> str:
    """A stored secret that only the key opens."""
    return f"$encrypted$UTF8$AESCBC${hashlib.sha256(key.encode()).hexdigest()}${text}"


class User(Model):
    defaults: ClassVar[Mapping[str, object]] = {
        "username": "",
        "email": "",
        "password": "!",
        "is_superuser": False,
        "is_staff": False,
        "is_active": True,
        "auditor": False,
    }
    unique: ClassVar[str | None] = "username"

    username: str
    password: str
    auditor: bool

    @property
    def is_system_auditor(self) -> bool:
        return self.auditor

    @is_system_auditor.setter
    def is_system_auditor(self, auditor: bool) -> None:
        """It is a role that is given at once, not a column."""
        self.auditor = auditor
        self.save(update_fields=["auditor"])

    def check_password(self, raw: str) -> bool:
        return self.password == f"hash:{raw}"

    def set_password(self, raw: str) -> None:
        self.password = f"hash:{raw}"

    def set_unusable_password(self) -> None:
        self.password = "!"

    def has_usable_password(self) -> bool:
        return not self.password.startswith("!")


class Users(Rows[User]):
    def create_user(self, username: str, email: str = "", password: str | None = None, **extra: object) -> User:
        stored = "!" if password is None else f"hash:{password}"
        return self.create(username=username, email=email, password=stored, **extra)

    def create_superuser(self, username: str, email: str, password: str) -> User:
        return self.create_user(username, email, password, is_superuser=True, is_staff=True)


class Instance(Model):
    defaults: ClassVar[Mapping[str, object]] = {
        "hostname": "",
        "node_type": "hybrid",
        "node_state": "ready",
        "ip_address": "",
        "uuid": "",
    }
    unique: ClassVar[str | None] = "hostname"

    hostname: str
    node_type: str
    node_state: str
    ip_address: str


class Members(Rows[Instance]):
    """A group's instances."""

    def __init__(self, group: "InstanceGroup") -> None:
        self.group = cast("int", group.pk)
        super().__init__(Instance, [instance for owner, instance in Instance.store.members if owner == self.group])

    def add(self, *instances: Instance) -> None:
        new = {(self.group, cast("int", instance.pk)) for instance in instances} - Instance.store.members
        if new:
            Instance.store.members |= new
            Instance.store.wrote("members add")

    def clear(self) -> None:
        Instance.store.members = {pair for pair in Instance.store.members if pair[0] != self.group}
        Instance.store.wrote("members clear")


class InstanceGroup(Model):
    defaults: ClassVar[Mapping[str, object]] = {
        "name": "",
        "is_container_group": False,
        "pod_spec_override": "",
        "policy_instance_list": [],
        "policy_instance_percentage": 0,
    }
    unique: ClassVar[str | None] = "name"

    is_container_group: bool
    pod_spec_override: str
    policy_instance_list: list[str]
    policy_instance_percentage: int

    @property
    def instances(self) -> Members:
        return Members(self)

    def save(self, update_fields: object = None) -> None:
        """A saved container group loses its policy in memory only; a second full save would write that."""
        super().save(cast("list[str] | None", update_fields))
        if self.is_container_group:
            self.policy_instance_list, self.policy_instance_percentage = [], 0


class ExecutionEnvironment(Model):
    defaults: ClassVar[Mapping[str, object]] = {"name": "", "image": "", "managed": False, "credential": None}
    unique: ClassVar[str | None] = "name"


class Credential(Model):
    defaults: ClassVar[Mapping[str, object]] = {"name": "", "inputs": {}}

    inputs: dict[str, object]


class Setting(Model):
    defaults: ClassVar[Mapping[str, object]] = {"key": "", "value": None, "user_id": None}

    value: object


class Organization(Model):
    defaults: ClassVar[Mapping[str, object]] = {"name": ""}


class Project(Model):
    defaults: ClassVar[Mapping[str, object]] = {"name": ""}


class OAuth2AccessToken(Model):
    defaults: ClassVar[Mapping[str, object]] = {
        "token": "",
        "user_id": None,
        "scope": "write",
        "expires": None,
        "application_id": None,
        "description": "",
    }
    unique: ClassVar[str | None] = "token"

    token: str
    user_id: int

    @property
    def user(self) -> User:
        return User.load(self.user_id)


MODELS: tuple[type[Model], ...] = (
    User,
    Instance,
    InstanceGroup,
    ExecutionEnvironment,
    Credential,
    Setting,
    Organization,
    Project,
    OAuth2AccessToken,
)


class Commands:
    """`call_command` with the commands that bootstrap uses, and their observed behaviour."""

    def __init__(
        self, atomic: Callable[[], AbstractContextManager[None]], *, pending_migrations: bool = False, key: str = MINE
    ) -> None:
        self.atomic = atomic
        self.pending_migrations = pending_migrations
        self.key = key

    def __call__(self, name: str, **options: object) -> None:
        options.pop("skip_checks", None)
        known = {
            "migrate": self.migrate,
            "provision_instance": self.provision_instance,
            "deprovision_instance": self.deprovision_instance,
            "register_queue": self.register_queue,
            "create_preload_data": self.create_preload_data,
            "regenerate_secret_key": self.regenerate_secret_key,
        }
        if name not in known:
            raise CommandError(f"Unknown command: {name!r}")
        cast("Callable[..., None]", known[name])(**options)

    def migrate(self, *, check_unapplied: bool, verbosity: int) -> None:
        """`--check` says it only by its exit code."""
        if not check_unapplied or verbosity:
            raise AssertionError("the bootstrap file must not migrate")
        if self.pending_migrations:
            raise SystemExit(1)

    def provision_instance(self, hostname: str = "", node_type: str = "hybrid") -> None:
        """A second run always writes: state back to installed, address emptied."""
        if not hostname:
            raise CommandError("Registering with values from settings only intended for use in K8s installs")
        if node_type not in ("control", "execution", "hop", "hybrid"):
            raise CommandError(f"argument --node_type: invalid choice: {node_type!r}")
        with self.atomic():
            instance = Rows(Instance).filter(hostname=hostname).first() or Instance(hostname=hostname, uuid="random")
            instance.node_state, instance.ip_address, instance.node_type = "installed", "", node_type
            instance.save()

    def deprovision_instance(self, hostname: str) -> None:
        if Rows(Instance).filter(hostname=hostname).exists():
            Rows(Instance).filter(hostname=hostname).delete()

    def register_queue(self, queuename: str, instance_percent: int) -> None:
        """Creates the group without members, and never touches the container flag."""
        group = Rows(InstanceGroup).filter(name=queuename).first()
        if group is None:
            group = Rows(InstanceGroup).create(name=queuename)
        if group.policy_instance_percentage != instance_percent:
            group.policy_instance_percentage = instance_percent
            group.save()

    def regenerate_secret_key(self, *, use_custom_key: bool, stdout: TextIO) -> None:
        """Writes each credential and setting anew, in a transaction of its own, and prints the new key."""
        new = os.environ["TOWER_SECRET_KEY"]
        assert use_custom_key, "a key that only the log would know"
        with self.atomic():
            for credential in Rows(Credential):
                for field in credential.inputs:
                    text = str(decrypt_field(credential, field, key=self.key))
                    if str(credential.inputs[field]).startswith("$encrypted$"):
                        credential.inputs[field] = encrypted(text, new)
                credential.save()
            for setting in Rows(Setting):
                if str(setting.value).startswith("$encrypted$"):
                    setting.value = encrypted(str(decrypt_field(setting, "value", key=self.key)), new)
                    setting.save()
        stdout.write(f"{new}\n")

    def create_preload_data(self) -> None:
        """Not atomic, nothing once any organization exists, and an AttributeError without a superuser."""
        superuser = Rows(User).filter(is_superuser=True).first()
        if Rows(Organization).exists():
            return
        Rows(Organization).create(name="Default")
        Rows(Project).create(name="Demo Project")
        Rows(Credential).create(name="Demo Credential", inputs={"username": cast("User", superuser).username})


class Cache:
    """Forail's cache: with Redis gone it stores nothing, says nothing and answers None."""

    def __init__(self, *, dead: bool) -> None:
        self.dead = dead
        self.values: dict[str, object] = {}

    def set(self, key: str, value: object, timeout: int) -> None:
        if not self.dead and timeout > 0:
            self.values[key] = value

    def get(self, key: str) -> object:
        return self.values.get(key)

    def delete(self, key: str) -> None:
        self.values.pop(key, None)

    def clear(self) -> None:
        self.values.clear()


def decrypt_field(row: Model, field: str, *, key: str) -> object:
    """The stored text under its key, InvalidToken under any other."""
    inputs = cast("Mapping[str, object] | None", getattr(row, "inputs", None))
    value = str(getattr(row, field) if inputs is None else inputs[field])
    if not value.startswith("$encrypted$"):
        return value
    fingerprint, text = value.split("$")[4:6]
    if fingerprint != hashlib.sha256(key.encode()).hexdigest():
        raise InvalidToken
    return text


def bind(store: Store) -> None:
    """Makes every model read and write this store."""
    for model in MODELS:
        model.store = store
