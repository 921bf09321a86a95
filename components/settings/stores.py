"""The places that rclone 1.75 can copy to, and the options of each: text, secrets, and passwords."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from ..schema.suggestions import nearest
from ..schema.words import Matching, Words


class OptionKind(StrEnum):
    """How a backend's option may be given."""

    TEXT = "text"
    """In the stack file, or as a secret."""
    SECRET = "secret"
    """Only as a secret."""
    PASSWORD = "password"
    """Only as a secret; rclone takes it in the form that `rclone obscure` makes, and the pod makes that form."""


_TABLE: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("stores.json").read_text(encoding="utf-8"))
STORES: Mapping[str, Mapping[str, OptionKind]] = {
    store: {option: OptionKind(kind) for option, kind in options.items()} for store, options in _TABLE.items()
}
"""Options by backend, as `rclone config providers` names both. Left out: backends that lead to another remote (crypt,
union and the like), that keep files in the pod itself, or that take none."""
# Uploads would otherwise make the bucket that a misspelt path names, and need the right to.
_NO_CREATION = ("no_check_bucket", "no_check_container")
# What says that the pod's node or nobody is the identity.
_NO_SECRET = ("env_auth", "use_msi", "anonymous")
# Stores that are used without a credential in networks of their own.
_OPEN = frozenset({"hdfs", "oos", "sia", "webdav"})


def _store(value: str) -> str:
    if value in STORES:
        return value
    near = nearest(value, STORES) or {"azure": "azureblob", "google cloud storage": "gcs", "minio": "s3"}.get(value)
    hint = f"did you mean {near}?" if near else "for example s3, gcs, azureblob, b2, sftp or webdav"
    raise ValueError(f"must be a backend of rclone that can hold copies: {hint}")


StoreType = Annotated[
    str,
    AfterValidator(_store),
    Words("a backend of rclone: such as s3, gcs, azureblob, b2, sftp or webdav", form="|".join(STORES)),
]
OPTION_FORM = r"[a-z0-9][a-z0-9_]{0,62}"
"""The name of a backend's option, with '_' as rclone's configuration file has it."""
OptionName = Annotated[
    str, Matching("an option of rclone: lower-case letters, digits and '_', such as access_key_id", OPTION_FORM)
]


def implied(store: str, given: Mapping[str, str]) -> dict[str, str]:
    """Options that are set unless `given`: no bucket is made by an upload into one that is missing."""
    return {name: "true" for name in _NO_CREATION if name in STORES[store] and name not in given}


def anonymous(store: str, given: Mapping[str, str]) -> bool:
    """Whether no secret is needed: the store takes none, or the options say who the pod is without one."""
    return store in _OPEN or any(given.get(name) == "true" for name in _NO_SECRET)
