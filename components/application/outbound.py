"""How what runs reaches the outside, and how jobs do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from ..kube.container import Container
from ..kube.environment import Env, texts
from ..kube.mounts import EXECUTABLE_FILE, READ_ONLY_FILE, FileMount, Holder, KeyMount, Mount, PreparedMount
from ..kube.outbound import Outbound
from ..settings.proxy import PROXY_VARIABLES

PREFIX = "forail-stack-"
"""How the names of all volumes and containers begin that bootstrap.py adds, and takes away again."""


@dataclass(frozen=True, kw_only=True)
class ApplicationOutbound:
    """The ways to the outside of what runs."""

    merged: Outbound
    """For containers of the backend image."""
    trusting: Outbound
    """The same without the proxy, for what reaches nothing but Forail itself."""
    beside: Outbound
    """For programs in Go."""
    podman: tuple[Mount, ...] = ()
    """What makes podman hand the merged file on to the jobs that it runs in the task pod."""
    job_pod: pulumi.Output[str] | None = None
    """What job pods get beside their defaults, from `job_pod`; None where they need nothing."""

    @property
    def env(self) -> tuple[Env, ...]:
        """`merged`, and which of it the settings file hands to jobs."""
        names = [variable.name for variable in self.merged.env]
        handed_on = ",".join(name for name in names if name in PROXY_VARIABLES)
        return (*self.merged.env, *texts(FORAIL_JOB_VARIABLES=handed_on or None))


UNCHANGED = ApplicationOutbound(merged=Outbound(), trusting=Outbound(), beside=Outbound())
"""What runs reaches the outside as its images and the cluster let it."""


def job_pod(outbound: Outbound) -> pulumi.Output[str]:
    """What bootstrap.py adds to the pod spec of the container group `default`, as JSON.

    Volumes, initContainers, and volumeMounts and env of the job's container. The API server's defaults are left out.
    """
    prepared = [mount for mount in outbound.mounts if isinstance(mount, PreparedMount)]
    mounts = [*outbound.mounts, *(mount for holder in prepared for mount in holder.by.mounts)]
    return pulumi.Output.json_dumps(
        {
            # A dict keeps one of each name: what fills a mount has the same volume.
            "volumes": list({mount.volume: _volume(mount) for mount in mounts}.values()),
            "initContainers": [_first(mount.by) for mount in prepared],
            "volumeMounts": [_mount(mount, read_only=True) for mount in outbound.mounts],
            "env": [{"name": variable.name, "value": variable.value} for variable in outbound.env],
        }
    )


def _first(container: Container) -> dict[str, Any]:
    return {
        "name": PREFIX + container.name,
        "image": container.image.reference,
        "imagePullPolicy": container.image.pull_policy,
        "command": list(container.command),
        "volumeMounts": [_mount(mount) for mount in container.mounts],
        "resources": container.resources,
    }


def _volume(mount: Mount) -> dict[str, Any]:
    name = PREFIX + mount.volume
    match mount:
        case FileMount(config_map=config_map, executable=executable):
            mode = EXECUTABLE_FILE if executable else READ_ONLY_FILE
            return {"name": name, "configMap": {"name": config_map, "defaultMode": mode}}
        case KeyMount(holder=holder, name=existing, key=key, file=file):
            kind, named = ("secret", "secretName") if holder is Holder.SECRET else ("configMap", "name")
            items = [{"key": key, "path": file}]
            return {"name": name, kind: {named: existing, "items": items, "defaultMode": READ_ONLY_FILE}}
        case _:
            return {"name": name, "emptyDir": {}}


def _mount(mount: Mount, *, read_only: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {"name": PREFIX + mount.volume, "mountPath": mount.path}
    if isinstance(mount, FileMount):
        found["subPath"] = mount.key
    if read_only or isinstance(mount, FileMount | KeyMount):
        found["readOnly"] = True
    return found
