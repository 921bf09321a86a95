"""What the rehearsal takes from Go modules, programs and definitions, and the modules under `tools/` that pin it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal.failure import RehearsalError
from rehearsal.state import CHECKOUT


@dataclass(frozen=True)
class Pinned:
    """One Go module under `tools/`.

    Args:
        name: its name in the cache and in messages.
        folder: where its go.mod and go.sum are.
        module: the module that carries the version, as go.mod requires it.
    """

    name: str
    folder: Path
    module: str


@dataclass(frozen=True)
class Tool(Pinned):
    """A module that programs are built from.

    Args:
        binaries: name of each binary and its main package.
        stamps: the linker variables that hold the version, made from the version in go.mod (with its `v`).
        embedded: files of pinned modules that our own main package embeds, by the name that it gives them; each as
            the package's import path and the file's name.
    """

    binaries: dict[str, str]
    stamps: Callable[[str], dict[str, str]]
    embedded: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Definitions(Pinned):
    """A module whose files define custom resources.

    Args:
        files: patterns below the module's folder; each file holds one CustomResourceDefinition.
    """

    files: tuple[str, ...]


def _kubernetes_stamps(version: str) -> dict[str, str]:
    major, minor = version.removeprefix("v").split(".")[:2]
    at = "k8s.io/component-base/version"
    return {
        f"{at}.gitVersion": version,
        f"{at}.gitMajor": major,
        f"{at}.gitMinor": minor,
        f"{at}.gitTreeState": "clean",
    }


_TOOLS = CHECKOUT / "tools"
ENGINE = Tool(
    "engine",
    _TOOLS / "engine",
    "github.com/pulumi/pulumi/pkg/v3",
    {"pulumi": "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"},
    lambda version: {"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": version},
)
OFFICIAL_RELEASE = "4.25.0"
"""The release that carries the tag of the commit which `tools/provider-kubernetes` pins: Go's proxy knows no tag."""
OFFICIAL_PROVIDER = Tool(
    "provider-kubernetes",
    _TOOLS / "provider-kubernetes",
    "github.com/pulumi/pulumi-kubernetes/provider/v4",
    {"pulumi-resource-kubernetes": "forail.example/tools/provider-kubernetes"},
    lambda _: {"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": OFFICIAL_RELEASE},
    {"schema.json": "github.com/pulumi/pulumi-kubernetes/provider/v4/cmd/pulumi-resource-kubernetes/schema.json"},
)
CLUSTER_TOOLS = (
    Tool("etcd", _TOOLS / "etcd", "go.etcd.io/etcd/server/v3", {"etcd": "go.etcd.io/etcd/server/v3"}, lambda _: {}),
    Tool(
        "kubernetes",
        _TOOLS / "kubernetes",
        "k8s.io/kubernetes",
        {
            name: f"k8s.io/kubernetes/cmd/{name}"
            for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
        },
        _kubernetes_stamps,
    ),
    Tool(
        "kwok",
        _TOOLS / "kwok",
        "sigs.k8s.io/kwok",
        {"kwok": "sigs.k8s.io/kwok/cmd/kwok"},
        lambda version: {"sigs.k8s.io/kwok/pkg/consts.Version": version.removeprefix("v")},
    ),
)


RCLONE = Tool(
    "rclone",
    _TOOLS / "rclone",
    "github.com/rclone/rclone",
    {"rclone": "github.com/rclone/rclone"},
    lambda version: {"github.com/rclone/rclone/fs.Version": version},
)
"""What copies backups; its version is the tag of `images.rclone`. Only tests run it here."""
S3_SERVER = Tool(
    "versitygw",
    _TOOLS / "versitygw",
    "github.com/versity/versitygw",
    {"versitygw": "github.com/versity/versitygw/cmd/versitygw"},
    lambda _: {},
)
"""A server that speaks S3 and checks signatures, for tests."""


CERT_MANAGER = Tool(
    "cert-manager",
    _TOOLS / "cert-manager",
    "github.com/cert-manager/cert-manager",
    {"cert-manager": "forail.example/tools/cert-manager"},
    lambda version: {"github.com/cert-manager/cert-manager/pkg/util.AppVersion": version},
)
"""cert-manager's controllers for CA and self-signed issuers, started where a stack has `tls.mode: certManager`."""
GATEWAY_API = Definitions(
    "gateway-api",
    _TOOLS / "gateway-api",
    "sigs.k8s.io/gateway-api",
    ("config/crd/standard/gateway.networking.k8s.io_*.yaml",),
)
"""The standard channel, in the release of a year ago: a newer one has fields that the controllers in use may lack."""
CERT_MANAGER_DEFINITIONS = Definitions(
    "cert-manager-definitions",
    _TOOLS / "cert-manager",
    "github.com/cert-manager/cert-manager",
    ("deploy/crds/*.yaml",),
)
EXTERNAL_SECRETS = Definitions(
    "external-secrets",
    _TOOLS / "external-secrets",
    "github.com/external-secrets/external-secrets",
    ("config/crds/bases/external-secrets.io_*.yaml",),
)
"""Without the generators of secrets, which are another API group."""
PROMETHEUS_OPERATOR = Definitions(
    "prometheus-operator",
    _TOOLS / "prometheus-operator",
    "github.com/prometheus-operator/prometheus-operator",
    tuple(
        f"example/prometheus-operator-crd/monitoring.coreos.com_{kind}.yaml"
        for kind in ("servicemonitors", "podmonitors", "prometheusrules")
    ),
)
"""What a stack with monitoring makes objects of."""


TOOLS = (ENGINE, *CLUSTER_TOOLS, OFFICIAL_PROVIDER, RCLONE, S3_SERVER, CERT_MANAGER)


def pinned_version(tool: Pinned) -> str:
    """The version, with its `v`, that go.mod requires for the tool's module."""
    text = (tool.folder / "go.mod").read_text()
    match = re.search(rf"^(?:require)?\s*{re.escape(tool.module)} (v\S+)", text, re.MULTILINE)
    if match is None:
        raise RehearsalError(f"{tool.folder / 'go.mod'} does not require {tool.module}", "restore it from git")
    return match[1]
