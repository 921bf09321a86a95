"""Verifies that a Forail platform works, from a sign-in to a job, and prints one row for each check.

    pulumi stack output --json --show-secrets | python -m components.verify [--json] [--timeout SECONDS]
    python3 /etc/forail/verify --environment        in the Job, with the variables that it sets

Only the standard library, because it runs in the backend image and on anyone's machine alike. Exit code 0: no check
failed; 1: one did; 2: what it was given is unusable. Secrets come by standard input or variables, and never go out.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from checks import Check, Checks
from report import NotCheckedError, OffError, Result, Row, VerifyError, document, passed, table
from target import Target, UnusableError, from_environment, from_outputs

# Between two tries of a check that does not hold yet: short at first.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
LONGEST_TEXT = 600
# Of a container, the kubelet keeps this many bytes of what it writes there.
LONGEST_MESSAGE = 4096
FROM_INSIDE = (
    "Not seen from inside the cluster: DNS, the way in, the certificate. From outside: "
    "pulumi stack output --json --show-secrets | python -m components.verify"
)


def main() -> int:
    """Runs everything and returns the exit code."""
    arguments = _arguments()
    try:
        target = _target(arguments.environment)
        until = time.monotonic() + arguments.timeout
        checks = Checks(target, arguments.timeout)
    except UnusableError as error:
        sys.stderr.write(f"verify: {error}\n")
        _tell_kubelet(arguments.environment, f"verify: {error}")
        return 2
    # In the Job the platform has just changed: nodes report once a minute, and settings are shared for as long.
    rows = [_shown(_row(checks, check, until if target.inside else 0.0), target) for check in checks.rows]
    with suppress(VerifyError):
        checks.sign_out()
    footing = FROM_INSIDE if target.inside else ""
    told = document(rows, target.origin) if arguments.json else table(rows, f"Forail at {target.origin}", footing)
    sys.stdout.write(told)
    failed = next((row for row in rows if row.result is Result.FAILED), None)
    if failed is not None:
        _tell_kubelet(arguments.environment, failed.line())
    return 0 if passed(rows) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="verify", description="Verify that a Forail platform works.")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--timeout", type=_seconds, default=300, metavar="SECONDS", help="for everything (300)")
    parser.add_argument("--environment", action="store_true", help="read the Job's variables, not standard input")
    return parser.parse_args()


def _seconds(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= 86400:
        raise argparse.ArgumentTypeError("must be a number of seconds from 1 to 86400")
    return int(text)


def _target(environment: bool) -> Target:
    if environment:
        return from_environment(os.environ)
    if sys.stdin.isatty():
        raise UnusableError("pipe `pulumi stack output --json --show-secrets` into this")
    try:
        return from_outputs(sys.stdin.read())
    except UnicodeDecodeError:
        raise UnusableError("standard input is no text: pipe `pulumi stack output --json --show-secrets`") from None


def _row(checks: Checks, check: Check, until: float) -> Row:
    """Makes the check, again and again until `until` while it does not hold."""
    through, pause = checks.through(check), FIRST_PAUSE
    while True:
        try:
            return Row(check.name, Result.OK, through, check.make())
        except OffError as off:
            return Row(check.name, Result.OFF, "-", str(off))
        except NotCheckedError as reason:
            return Row(check.name, Result.UNKNOWN, "-", str(reason))
        except VerifyError as error:
            if error.final or time.monotonic() + pause > until:
                return Row(check.name, Result.FAILED, through, str(error))
        except Exception as error:
            # Whatever answers there: the other rows are still worth having, and its words may quote a secret.
            return Row(check.name, Result.FAILED, through, f"an answer that nobody thought of ({type(error).__name__})")
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _shown(row: Row, target: Target) -> Row:
    """The row on one line of bounded length, without a secret: part of its text may come from whoever answered."""
    seen = row.seen
    for secret in filter(None, (target.admin_password, target.token)):
        seen = seen.replace(secret, "***")
    printable = "".join(letter if letter.isprintable() else " " for letter in seen)
    return replace(row, seen=" ".join(printable.split())[:LONGEST_TEXT])


def _tell_kubelet(in_pod: bool, message: str) -> None:
    """Leaves one line where Kubernetes, and with it `pulumi up`, looks for the reason of an end."""
    if in_pod:
        with suppress(OSError):
            Path(os.environ.get("VERIFY_TERMINATION_LOG", "/dev/termination-log")).write_text(message[:LONGEST_MESSAGE])


sys.exit(main())
