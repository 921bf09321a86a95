"""The provider's settings for one engine connection, and the API server behind them."""

from __future__ import annotations

from dataclasses import dataclass

from rehearsal.kubernetes.kubeconfig import Cluster, KubeconfigError, load
from rehearsal.providers.wire import UNKNOWN, Properties, has_unknown, plain

# What the stand-in does otherwise, or not at all, must be refused rather than ignored.
_REFUSED = {
    "renderYamlToDirectory": "the stand-in provider talks to an API server and renders no files",
    "helmReleaseSettings": "the stand-in provider has no Helm",
}
_FLAGS = ("enablePatchForce", "upsertExistingObjects")
_REFUSED_FLAGS = ("enableConfigMapMutable", "enableSecretMutable", "deleteUnreachable", "skipUpdateUnreachable")


@dataclass(frozen=True)
class Settings:
    """The provider's own inputs, read once."""

    kubeconfig: str | None
    context: str | None
    cluster: str | None
    namespace: str | None
    flags: frozenset[str]

    def has(self, flag: str) -> bool:
        """Whether a boolean setting is on; all are off unless given."""
        return flag in self.flags

    def resolve(self) -> Cluster:
        """The cluster of the kubeconfig.

        Raises:
            KubeconfigError: there is none that can be used.
        """
        return load(self.kubeconfig, self.context, self.cluster)


def failures(inputs: Properties) -> list[tuple[str, str]]:
    """What of the provider's inputs the stand-in refuses, as (property, reason)."""
    found = [(name, reason) for name, reason in _REFUSED.items() if inputs.get(name) not in (None, "", UNKNOWN)]
    found += [
        (name, "the stand-in provider cannot do this: leave it off")
        for name in _REFUSED_FLAGS
        if _is_on(inputs.get(name))
    ]
    if _is_on(inputs.get("enableServerSideApply", True)) is False:
        found.append(("enableServerSideApply", "the stand-in provider has server-side apply only: leave it on"))
    return found


def read_settings(inputs: Properties) -> Settings:
    """Read the provider's inputs; booleans arrive as JSON text."""
    values = {key: value for key, value in plain(inputs).items() if not has_unknown(value)}

    def text(name: str) -> str | None:
        value = values.get(name)
        return value if isinstance(value, str) and value else None

    flags = frozenset(name for name in _FLAGS if _is_on(values.get(name)))
    return Settings(text("kubeconfig"), text("context"), text("cluster"), text("namespace"), flags)


def _is_on(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


def same_cluster(old: Properties, new: Properties) -> bool:
    """Whether two provider configurations mean the same cluster.

    `clusterIdentifier` decides when the new one has it; otherwise the cluster entry of the kubeconfig does.
    """
    if new.get("clusterIdentifier"):
        return old.get("clusterIdentifier") in (None, "", new["clusterIdentifier"])
    if has_unknown(new.get("kubeconfig")):
        return False
    if plain(old.get("kubeconfig")) == plain(new.get("kubeconfig")) and old.get("context") == new.get("context"):
        return True
    try:
        return read_settings(old).resolve().entry == read_settings(new).resolve().entry
    except KubeconfigError:
        return True
