"""Private keys from secret configuration: that Forail reads them, and that a passphrase comes with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...api.models import Credential, SecretConfig
from ...settings.ssh_key import PrivateKey
from ..problems import Problem
from ..read.resource import Resource
from .credential_types import TYPES
from .input_traits import ASK, CredentialType, Trait

_PASSPHRASE = "ssh_key_unlock"


def check(resources: Iterable[Resource], values: Mapping[str, PrivateKey]) -> Iterator[Problem]:
    """Keys that Forail refuses, by what is known of the values of `contentSecrets`; others are taken on trust."""
    for resource in resources:
        spec = resource.spec
        kind = TYPES.get(spec.credential_type) if isinstance(spec, Credential) else None
        if not isinstance(spec, Credential) or kind is None:
            continue
        for place, item in enumerate(spec.inputs_from):
            if isinstance(item.value_from, SecretConfig) and Trait.PRIVATE_KEY in kind.inputs.get(item.name, Trait(0)):
                key = item.value_from.secret_config
                message = _wrong(spec, kind, values[key]) if key in values else None
                if message:
                    path = ("spec", "inputsFrom", place, "valueFrom", "secretConfig")
                    yield Problem(resource.described, path, f"names contentSecrets.{key}, which {message}")


def _wrong(spec: Credential, kind: CredentialType, key: PrivateKey) -> str | None:
    if key is PrivateKey.NONE:
        return (
            "is not a private key that Forail takes: give the whole file, from -----BEGIN … PRIVATE KEY----- to its "
            "END line, in the format of OpenSSH or PEM"
        )
    if _PASSPHRASE not in kind.inputs:
        return None
    source = next((item.value_from for item in spec.inputs_from if item.name == _PASSPHRASE), None)
    in_clear = spec.inputs.get(_PASSPHRASE, "")
    if key is PrivateKey.ENCRYPTED and source is None and not in_clear:
        ask = f", or {ASK} in inputs" if Trait.ASKS in kind.inputs[_PASSPHRASE] else ""
        return f"has a passphrase, which Forail needs as {_PASSPHRASE}: add that to inputsFrom{ask}"
    # A Secret that the stack does not make may hold an empty passphrase, which Forail takes for none.
    if key is PrivateKey.OPEN and (in_clear or isinstance(source, SecretConfig)):
        return f"has no passphrase, and Forail refuses {_PASSPHRASE} beside such a key: remove it"
    return None
