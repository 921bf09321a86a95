"""The claims that several workloads mount, and which pods must therefore share a node."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from ..from_settings import Storage
from ..kube.claim import claim_name
from ..kube.mounts import ClaimMount
from ..settings.storage import ClaimSettings

PROJECTS_PATH = "/var/lib/awx/projects"
BACKUPS_PATH = "/var/backups/forail"


# One label for all such pods: the scheduler follows only pods that match every term, so a label per claim would let
# web, which mounts both, go its own way. Web has both claims, so one group is never larger than it must be.
SAME_NODE = "forail-platform.io/same-node"


@dataclass(frozen=True)
class SharedClaim:
    """A claim, and whether its pods must share a node."""

    mount: ClaimMount
    """Where pods see it."""
    one_node: bool
    """Whether only one node can mount it."""


@dataclass(frozen=True, kw_only=True)
class SharedClaimsArgs:
    """How the two claims are made."""

    storage: Storage
    """How claims are made."""
    projects: ClaimSettings
    """`projects.storage`."""
    backups: ClaimSettings
    """`backups.storage`."""


class SharedClaims(pulumi.ComponentResource):
    """Claims that more than one workload mounts.

    Creates: claims `forail-projects` and `forail-backups`, unless they exist.
    """

    projects: SharedClaim
    """Synced project repositories: web and task."""
    backups: SharedClaim
    """Database dumps: web and the backup CronJob."""

    def __init__(self, name: str, args: SharedClaimsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:data:SharedClaims", name, None, opts)
        self.projects = self._shared(name, args.storage, args.projects, "projects", PROJECTS_PATH)
        self.backups = self._shared(name, args.storage, args.backups, "backups", BACKUPS_PATH)
        self.register_outputs({"projects": self.projects.mount.claim, "backups": self.backups.mount.claim})

    def _shared(self, name: str, storage: Storage, claim: ClaimSettings, component: str, path: str) -> SharedClaim:
        made = claim_name(f"{name}-{component}", storage.claim(claim, component, f"forail-{component}"), self)
        return SharedClaim(ClaimMount(component, made, path), claim.pins_to_one_node)


def same_node(*claims: SharedClaim) -> str | None:
    """The label that keeps a pod mounting `claims` with the others; None where several nodes may mount them."""
    return SAME_NODE if any(claim.one_node for claim in claims) else None
