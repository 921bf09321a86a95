"""Takes web and task to no pods for a restore, and back to what they had. Run by job.sh with the account of its pod.

Usage: scale.py quiesce SECONDS    no pods, and waits until the last one has ended, for task after a drain of its jobs
       scale.py resume [IMAGE SECRET]
                                   the pods that quiesce took; with IMAGE and SECRET only of workloads that
                                   have this image, and the encryption key from this Secret
       scale.py failed JOB         prints how many pods of the Job were lost or ended in an error

What a workload had is noted on it in the request that takes it, so any later pod can give it back. A workload that is
absent, or that somebody else scaled to 0, is left alone. The script gives up its part as a field manager at once:
Pulumi applies the same fields and would meet a conflict for ever. The scale subresource has no way to do that, hence
the right to patch the two objects.

  MY_POD_NAMESPACE          the pod's
  FORAIL_KUBERNETES_API     default https://kubernetes.default.svc
  FORAIL_SERVICE_ACCOUNT    folder with `token` and `ca.crt`, default /var/run/secrets/kubernetes.io/serviceaccount
  FORAIL_API_RETRIES        how often a request is sent again, two seconds apart, while the API server does not answer
                     (default 30)
"""

from __future__ import annotations

import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import Any

WORKLOADS = (("deployments", "forail-web"), ("deployments", "forail-task"), ("statefulsets", "forail-task"))
PODS = "app.kubernetes.io/name=forail,app.kubernetes.io/component in (web,task)"
NOTE = "forail-platform.io/replicas-before-restore"
MANAGER = "forail-restore"
PAUSE = 2
MERGE_PATCH = "application/merge-patch+json"
# Nothing is wrong with the request: the server is starting or busy.
TRY_AGAIN = (429, 500, 502, 503, 504)

Json = dict[str, Any]


class RefusedError(Exception):
    """What cannot be done, with the server's words."""


class Absent(Exception):  # noqa: N818 - an answer, not a fault
    """There is no such object."""


class Overtaken(Exception):  # noqa: N818 - an answer, not a fault
    """Somebody else wrote in between."""


def api(method: str, path: str, body: Json | None = None) -> Json:
    """One request to the API server. Raises Absent, Overtaken, or RefusedError when it refuses or does not answer."""
    folder = Path(os.environ.get("FORAIL_SERVICE_ACCOUNT") or "/var/run/secrets/kubernetes.io/serviceaccount")
    server = os.environ.get("FORAIL_KUBERNETES_API") or "https://kubernetes.default.svc"
    try:
        token = (folder / "token").read_text(encoding="utf-8").strip()
    except OSError as error:
        raise RefusedError(f"the account's token cannot be read: {error}") from None
    headers = {"Authorization": f"Bearer {token}"}
    headers |= {"Content-Type": MERGE_PATCH, "Accept": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{server}{path}", data, headers, method=method)
    context = ssl.create_default_context(cafile=folder / "ca.crt") if server.startswith("https:") else None
    left = int(os.environ.get("FORAIL_API_RETRIES") or 30)
    while True:
        try:
            with urllib.request.urlopen(request, timeout=30, context=context) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                raise Absent(path) from None
            if error.code == 409:
                raise Overtaken(path) from None
            reason = f"{error.code}: {words(error)}"
            if error.code not in TRY_AGAIN or left == 0:
                raise RefusedError(f"the API server refuses {method} {path}: {reason}") from None
        except (OSError, ValueError, HTTPException) as error:
            reason = str(error)
            if left == 0:
                raise RefusedError(f"the API server at {server} does not answer: {reason}") from None
        left -= 1
        say(f"{method} {path}: {reason}; trying again")
        time.sleep(PAUSE)


def words(error: urllib.error.HTTPError) -> str:
    """The server's message."""
    text = error.read().decode(errors="replace")
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text[:200]


def say(text: str) -> None:
    """One line for the pod's log."""
    sys.stderr.write(f"scale: {text}\n")


def objects() -> list[tuple[str, Json]]:
    """Path and object of those workloads that there are."""
    found: list[tuple[str, Json]] = []
    for plural, name in WORKLOADS:
        path = f"/apis/apps/v1/namespaces/{os.environ['MY_POD_NAMESPACE']}/{plural}/{name}"
        try:
            found.append((path, api("GET", path)))
        except Absent:
            continue
    return found


def change(path: str, annotation: str | None, replicas: int | None) -> None:
    """Note and replicas in one request; then owns neither."""
    body: Json = {"metadata": {"annotations": {NOTE: annotation}}}
    if replicas is not None:
        body["spec"] = {"replicas": replicas}
    until_written(lambda: api("PATCH", f"{path}?fieldManager={MANAGER}", body))
    until_written(lambda: disown(path))


def disown(path: str) -> None:
    """Takes this script from the object's field managers."""
    metadata = api("GET", path)["metadata"]
    fields = metadata.get("managedFields", [])
    others = [entry for entry in fields if entry.get("manager") != MANAGER]
    if others != fields:
        # An empty list would be ignored; one with an empty entry clears it.
        kept = {"managedFields": others or [{}], "resourceVersion": metadata["resourceVersion"]}
        api("PATCH", path, {"metadata": kept})


def until_written(write: Callable[[], object]) -> None:
    """Writes, again where another writer was faster, such as the controller of the object."""
    while True:
        try:
            write()
        except Overtaken:
            time.sleep(PAUSE / 10)
        else:
            return


def quiesce(seconds: int) -> None:
    """Raises RefusedError when a pod is still there after the seconds."""
    for path, workload in objects():
        replicas = workload["spec"].get("replicas", 1)
        if replicas > 0:
            say(f"{path.rpartition('/')[2]}: {replicas} -> 0")
            change(path, str(replicas), 0)
    query = urllib.parse.urlencode({"labelSelector": PODS})
    deadline = time.monotonic() + seconds
    said: list[str] = []
    while True:
        pods = api("GET", f"/api/v1/namespaces/{os.environ['MY_POD_NAMESPACE']}/pods?{query}")["items"]
        # What has ended may lie there for its log, such as an evicted pod.
        left = sorted(
            pod["metadata"]["name"] for pod in pods if pod["status"].get("phase") not in ("Failed", "Succeeded")
        )
        if not left:
            return
        if time.monotonic() > deadline:
            raise RefusedError(
                f"still there after {seconds} s: {', '.join(left)}. A task pod ends within "
                "task.terminationGracePeriodSeconds, unless its node is gone: delete the pod then"
            )
        if left != said:
            say(f"waiting for {', '.join(left)}")
            said = left
        time.sleep(PAUSE)


def key_secret(container: Json) -> str | None:
    """Name of the Secret that the container has its encryption key from."""
    for variable in container.get("env", []):
        if variable.get("name") == "FORAIL_SECRET_KEY":
            return variable.get("valueFrom", {}).get("secretKeyRef", {}).get("name")
    return None


def resume(image: str | None, secret: str | None) -> None:
    """Gives back what quiesce noted; what has another image or key than the restored data waits for `pulumi up`."""
    for path, workload in objects():
        name = path.rpartition("/")[2]
        note = workload["metadata"].get("annotations", {}).get(NOTE)
        if note is None:
            continue
        if workload["spec"].get("replicas", 1) > 0 or not note.isdecimal():
            change(path, None, None)
            continue
        container = workload["spec"]["template"]["spec"]["containers"][0]
        current, held = container["image"], key_secret(container)
        if image is not None and current != image:
            say(f"{name} has the image {current} and stays at 0: pulumi up gives it {image} and its pods")
            continue
        # It would store under that key what nobody else can read.
        if secret is not None and held not in (None, secret):
            say(f"{name} has the former encryption key and stays at 0: pulumi up gives it the new one and its pods")
            continue
        say(f"{name}: 0 -> {note}")
        change(path, None, int(note))


def failed(job: str) -> int:
    """Pods of the Job that did not succeed, before this one."""
    query = urllib.parse.urlencode({"labelSelector": f"job-name={job}"})
    pods = api("GET", f"/api/v1/namespaces/{os.environ['MY_POD_NAMESPACE']}/pods?{query}")["items"]
    return sum(1 for pod in pods if pod["status"].get("phase") == "Failed" and began(pod["status"]))


def began(status: Json) -> bool:
    """Whether the pod came as far as its container: one that could not fetch the backup has taken nothing away."""
    ended = (container.get("state", {}).get("terminated") for container in status.get("initContainerStatuses", []))
    return all(end is None or end["exitCode"] == 0 for end in ended)


def main(arguments: list[str]) -> None:
    """One command."""
    match arguments:
        case ["quiesce", seconds] if seconds.isdecimal():
            quiesce(int(seconds))
        case ["resume"]:
            resume(None, None)
        case ["resume", image, secret]:
            resume(image, secret)
        case ["failed", job]:
            sys.stdout.write(f"{failed(job)}\n")
        case _:
            raise RefusedError("usage: scale.py quiesce SECONDS | resume [IMAGE SECRET] | failed JOB")


try:
    main(sys.argv[1:])
except (RefusedError, Absent) as error:
    say(str(error))
    raise SystemExit(1) from None
