"""Proves that what the database keeps encrypted can be read with this pod's key. Run by `forail-manage shell`.

Prints how many values of credentials decrypt; none is an answer too. Changes nothing and prints no value. On a failure
the last line on stderr begins with "credentials:" and the exit code is 1.
"""

import sys

from forail.main.models import Credential
from forail.main.utils.encryption import decrypt_field

SHOWN = 10

read = 0
unreadable = []
for credential in Credential.objects.order_by("pk"):
    for field, value in credential.inputs.items():
        if not str(value).startswith("$encrypted$"):
            continue
        try:
            decrypt_field(credential, field)
            read += 1
        except Exception as error:
            unreadable.append(f"{credential.pk}.{field} ({type(error).__name__})")

if unreadable:
    more = f" and {len(unreadable) - SHOWN} more" if len(unreadable) > SHOWN else ""
    sys.stderr.write(
        f"credentials: {len(unreadable)} of {read + len(unreadable)} encrypted values do not decrypt with "
        f"FORAIL_SECRET_KEY: {', '.join(unreadable[:SHOWN])}{more}. They were stored under another key\n"
    )
    raise SystemExit(1)
sys.stdout.write(f"credentials: {read} encrypted values decrypt\n")
