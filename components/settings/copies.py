"""`backups.copies`: each dump goes to another place as well, by rclone."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Annotated, Self

from pydantic import Field, model_validator

from ..schema.section import Section
from ..schema.suggestions import nearest
from ..schema.values import DnsSubdomain, SecretKeyName
from ..schema.words import ConflictError, Matching
from .secret_mapping import COPIES
from .stores import STORES, OptionKind, OptionName, StoreType, anonymous, implied
from .variables import PASSWORD_IN_URL
from .workload import Resources, resources

_PART = r"(?!\.{1,2}(/|$))[^/\x00-\x1f\x7f]+"


class StoreSecret(Section):
    """A Secret of the platform's namespace with the store's credentials, for example from External Secrets."""

    secret_name: DnsSubdomain
    """Name of the Secret."""
    keys: Annotated[dict[OptionName, SecretKeyName], Field(min_length=1)]
    """For each option of rclone the key in the Secret, such as `secret_access_key: secretKey`."""


class CopiesSettings(Section):
    """`backups.copies`: each dump, its checksum, `.meta` and encrypted key go to a store, by rclone.

    Credentials are given as `copiesSecrets` or in `existingSecret`, one of the two."""

    type: StoreType
    """rclone's name of the backend."""
    path: Annotated[
        str,
        Matching(
            "a path in the store: bucket or folder, then folders, such as bucket/forail", rf"/?{_PART}(/{_PART})*"
        ),
    ]
    """Bucket and folder, of this stack only: dumps that are too old are deleted there. A bucket is never made."""
    options: dict[OptionName, Annotated[str, Matching("text that is not empty", r"[\s\S]+", longest=32768)]] = Field(
        default_factory=dict[str, str]
    )
    """rclone's options of this backend that are no secrets, such as `region: eu-central-1`."""
    existing_secret: StoreSecret | None = None
    """Secret that exists, with the options that are secrets."""
    retention_days: Annotated[int, Field(ge=1, le=36500, strict=True)] = 90
    """Days a copy is kept, by the time in its name; at least `backups.retentionDays`."""
    retention_count: Annotated[int, Field(ge=1, le=10000, strict=True)] = 7
    """The newest so many copies stay, whatever their age."""
    resources: Resources = resources("64Mi", "50m", "512Mi", "1")
    """Requests and limits of the container that copies."""

    @model_validator(mode="after")
    def _options_are_the_backends(self) -> Self:
        for name, value in self.options.items():
            kind = STORES[self.type].get(name)
            if kind is None:
                raise ConflictError(f"options.{name}", self._unknown(name))
            if kind is not OptionKind.TEXT or PASSWORD_IN_URL.search(value):
                raise ConflictError(
                    f"options.{name}",
                    f"is a secret given in clear: run {COPIES.command(name)}, or name its key in existingSecret.keys, "
                    "and remove the clear value from the file and from its history",
                )
        for name in self.existing_secret.keys if self.existing_secret else ():
            problem = self._misplaced(name)
            if problem is not None:
                raise ConflictError(f"existingSecret.keys.{name}", problem)
        return self

    def _misplaced(self, name: str) -> str | None:
        """What is wrong with giving the option `name` as a secret."""
        if name not in STORES[self.type]:
            return self._unknown(name)
        return "is also given in backups.copies.options: keep one of the two" if name in self.options else None

    def _unknown(self, name: str) -> str:
        near = nearest(name, STORES[self.type])
        hint = f"did you mean {near}?" if near else f"`rclone help backend {self.type}` lists them"
        return f"must be an option of rclone's {self.type}: {hint}"

    def contradictions(self, secrets: AbstractSet[str]) -> Iterator[tuple[str, str]]:
        """Pairs of YAML path and message where `secrets`, the names below `copiesSecrets`, do not fit."""
        for name in sorted(secrets):
            problem = self._misplaced(name)
            if problem is not None:
                yield f"{COPIES.key}.{name}", problem
        if secrets and self.existing_secret is not None:
            yield "backups.copies.existingSecret", f"is given beside {COPIES.key}: keep one of the two"
        if not secrets and self.existing_secret is None and not anonymous(self.type, self.options):
            needed = [name for name, kind in STORES[self.type].items() if kind is not OptionKind.TEXT][:4]
            yield (
                "backups.copies",
                f"has no credentials: run {COPIES.command(needed[0])}, or name a Secret in existingSecret "
                f"(secret options of {self.type} begin with {', '.join(needed)})",
            )

    @property
    def all_options(self) -> dict[str, str]:
        """What rclone is told beside the secrets: the options, and that no bucket is to be made."""
        return {**implied(self.type, self.options), **self.options}
