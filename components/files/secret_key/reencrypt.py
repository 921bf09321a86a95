"""Which key the database's secrets are stored under, and their change to another one. Run by `forail-manage shell`.

Forail itself runs with the key in FORAIL_SECRET_KEY. REENCRYPT says what is done:

  ask    prints a line `key: FORAIL_SECRET_KEY`, or the name of the FORAIL_SECRET_KEY_FORMER_<number> that opens what
         is stored, or `key: none` while nothing was ever stored. Changes nothing
  apply  stores everything under TOWER_SECRET_KEY instead, by Forail's own command, proves each value and records the
         new key: all in one transaction, so whatever ends it early leaves the old key's values

On failure the last line on stderr begins with "secret-key:" and the exit code is 1. No value and no key is printed.
"""

import hashlib
import io
import os
import re
import sys

from django.core.cache import cache
from django.core.management import call_command
from django.db import transaction
from forail.conf.models import Setting
from forail.main.models import Credential
from forail.main.utils.encryption import decrypt_field

ENCRYPTED = "$encrypted$"
# As bootstrap.py records it.
KEY_MARKER = "FORAIL_STACK_SECRET_KEY_FINGERPRINT"
CURRENT = "FORAIL_SECRET_KEY"
FORMER = re.compile(rf"{CURRENT}_FORMER_[0-9]+")
# Enough to tell a key from a damaged value.
TRIED = 5


class RefusedError(Exception):
    """It cannot be done; the text says why and what to do."""


def fingerprint(key):
    """Names a key without telling it: the first 12 hex digits of its SHA-256."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def encrypted_values():
    """(row, field) of what is stored encrypted: credentials first, then settings."""
    for credential in Credential.objects.order_by("pk").iterator():
        for field, value in credential.inputs.items():
            if isinstance(value, str) and value.startswith(ENCRYPTED) and value != ENCRYPTED:
                yield credential, field
    for setting in Setting.objects.order_by("pk").iterator():
        if isinstance(setting.value, str) and setting.value.startswith(ENCRYPTED):
            yield setting, "value"


def opens(key, row, field):
    """Whether the key decrypts the value."""
    try:
        decrypt_field(row, field, secret_key=key)
    except Exception:
        return False
    return True


def keys(environ):
    """Each key by the name of its variable, the current one first and then the newest."""
    former = sorted((name for name in environ if FORMER.fullmatch(name)), key=lambda name: int(name.rpartition("_")[2]))
    return {name: environ[name] for name in (CURRENT, *former) if environ.get(name)}


def ask(environ):
    """The name of the variable whose key the stored secrets have; None while there are none."""
    known = keys(environ)
    tried = 0
    for row, field in encrypted_values():
        for name, key in known.items():
            if opens(key, row, field):
                return name
        tried += 1
        if tried == TRIED:
            break
    marker = Setting.objects.filter(key=KEY_MARKER, user=None).first()
    if not tried:
        if marker is None:
            return None
        recorded = [name for name, key in known.items() if fingerprint(key) == marker.value]
        if recorded:
            return recorded[0]
    said = ", ".join(f"{name} {fingerprint(key)}" for name, key in known.items())
    raise RefusedError(
        f"no key opens what this database stores (recorded: {marker.value if marker else 'none'}; known: {said}). "
        "Nothing was changed: a key of another epoch or installation is needed"
    )


def apply(environ):
    """Everything under the new key, or nothing."""
    new = environ["TOWER_SECRET_KEY"]
    with transaction.atomic():
        # It prints the new key.
        call_command("regenerate_secret_key", use_custom_key=True, skip_checks=True, stdout=io.StringIO())
        proven = 0
        for row, field in encrypted_values():
            if not opens(new, row, field):
                raise RefusedError(f"{type(row).__name__} {row.pk} does not open with the new key. Nothing was changed")
            proven += 1
        marker = Setting.objects.filter(key=KEY_MARKER, user=None).first()
        if marker is None:
            Setting.objects.create(key=KEY_MARKER, value=fingerprint(new))
        else:
            marker.value = fingerprint(new)
            marker.save(update_fields=["value"])
    # Settings are kept there too, encrypted under the former key.
    cache.clear()
    return proven


try:
    if os.environ["REENCRYPT"] == "ask":
        sys.stdout.write(f"key: {ask(os.environ) or 'none'}\n")
    else:
        sys.stdout.write(f"proven: {apply(os.environ)}\n")
except RefusedError as error:
    sys.stderr.write(f"secret-key: {error}\n")
    raise SystemExit(1) from None
except Exception as error:
    # Not its text: it may hold what was to be encrypted.
    sys.stderr.write(f"secret-key: {type(error).__name__} while the stored secrets were read. Nothing was changed\n")
    raise SystemExit(1) from None
