"""Writes the report of a drill into its ConfigMap, where people and monitoring read it. Run by drill.sh.

Standard input: lines `key=value` with the keys below. `finished` and `validUntil` are added: after validUntil the drill
counts as failed, whatever the report says, because the next one is overdue.

    DRILL_REPORT               name of the ConfigMap
    DRILL_VALID_SECONDS        how long the report counts
    MY_POD_NAMESPACE           its namespace
    KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT     the API server, as the kubelet sets them
    REPORT_PAUSE_SECONDS       between two tries, default 2
    SERVICE_ACCOUNT_DIR        default /var/run/secrets/kubernetes.io/serviceaccount: token and CA

On a failure the last line on stderr begins with "report:" and the exit code is 1. The token is never shown.
"""

import http.client
import json
import os
import ssl
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

# Facts of this run; one that is not given is taken out, so that no old one stands beside a new verdict.
KEYS = ("result", "reason", "dump", "dumpAge", "size", "rows", "credentials", "pending")
LONGEST = 2000
# Together less than the 30 s that a pod which is ended has left.
TRIES, ANSWER_SECONDS = 3, 5


def required(name):
    """A variable that must be there."""
    value = os.environ.get(name)
    if not value:
        raise ValueError(f"environment variable {name} is missing or empty")
    return value


def report(lines, now):
    """What the ConfigMap then holds."""
    facts = dict(line.split("=", 1) for line in lines if "=" in line)
    unknown = sorted(facts.keys() - set(KEYS))
    if unknown or facts.get("result") not in ("succeeded", "failed"):
        raise ValueError(f"standard input is no report: result must be succeeded or failed; unknown keys: {unknown}")
    valid_until = now + timedelta(seconds=int(required("DRILL_VALID_SECONDS")))
    times = {name: f"{time:%Y-%m-%dT%H:%M:%SZ}" for name, time in (("finished", now), ("validUntil", valid_until))}
    return {**{key: facts[key][:LONGEST] if key in facts else None for key in KEYS}, **times}


def account():
    """The service account's token, and TLS that trusts the cluster's CA only."""
    folder = Path(os.environ.get("SERVICE_ACCOUNT_DIR") or "/var/run/secrets/kubernetes.io/serviceaccount")
    try:
        token = (folder / "token").read_text().strip()
        return token, ssl.create_default_context(cafile=str(folder / "ca.crt"))
    except OSError as error:
        raise ValueError(f"{folder} has no usable token and ca.crt: {type(error).__name__}") from None


def patch(data, token, context):
    """Sends it; raises OSError or HTTPException where no answer came, ValueError where the answer is no."""
    namespace, name = required("MY_POD_NAMESPACE"), required("DRILL_REPORT")
    host, port = required("KUBERNETES_SERVICE_HOST"), int(required("KUBERNETES_SERVICE_PORT"))
    connection = http.client.HTTPSConnection(host, port, timeout=ANSWER_SECONDS, context=context)
    try:
        connection.request(
            "PATCH",
            f"/api/v1/namespaces/{namespace}/configmaps/{name}?fieldManager=forail-backup-drill",
            json.dumps({"data": data}),
            {"Authorization": f"Bearer {token}", "Content-Type": "application/merge-patch+json"},
        )
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
    finally:
        connection.close()
    if answer.status >= 500 or answer.status == 429:
        raise OSError(f"the API server answers {answer.status}")
    if answer.status != 200:
        try:
            text = json.loads(text)["message"]
        except (ValueError, KeyError, TypeError):
            text = "no message"
        raise ValueError(f"the API server refuses the ConfigMap {namespace}/{name}: {answer.status} {text}")


def write(data):
    """Tries again where the API server may be back in a moment."""
    token, context = account()
    for left in reversed(range(TRIES)):
        try:
            patch(data, token, context)
            return
        except ssl.SSLCertVerificationError as error:
            raise ValueError(f"the API server is not the cluster's own: {error.verify_message}") from None
        except (OSError, http.client.HTTPException) as error:
            if not left:
                raise ValueError(f"the API server cannot be reached: {type(error).__name__}: {error}") from None
            time.sleep(float(os.environ.get("REPORT_PAUSE_SECONDS") or 2))


try:
    lines = sys.stdin.buffer.read().decode(errors="replace").split("\n")
    write(report(lines, datetime.now(UTC)))
except ValueError as error:
    sys.stderr.write(f"report: {error}\n")
    raise SystemExit(1) from None
