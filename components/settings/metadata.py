"""Labels and annotations: what the API server refuses in them, counted and named as it does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from ..schema.values import LabelValue, QualifiedName, qualified_form, qualified_name
from ..schema.words import Words

# What an object's annotations may have in all: bytes of keys and values.
TOTAL_BYTES = 256 * 1024
# What the program and the cluster's controllers add beside ours: the revision history of a ReplicaSet takes up to 2041.
ADDED_BYTES = 4 * 1024
LIMIT_BYTES = TOTAL_BYTES - ADDED_BYTES

# Controllers write these themselves; on a pod template of ours the API server refuses them, or pods are lost.
_CONTROLLERS_LABELS = frozenset(
    {
        "apps.kubernetes.io/pod-index",
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-completion-index",
        "batch.kubernetes.io/job-name",
        "controller-revision-hash",
        "controller-uid",
        "job-name",
        "kubernetes.io/metadata.name",
        "pod-template-generation",
        "pod-template-hash",
        "statefulset.kubernetes.io/pod-name",
    }
)
_POD_SECURITY = re.compile(r"pod-security\.kubernetes\.io/(enforce|audit|warn)(-version)?")
_LEVELS, _VERSION = ("privileged", "baseline", "restricted"), re.compile(r"latest|v1\.(0|[1-9][0-9]{0,3})")
# Checked on every pod, against the names of its containers or for static pods: none fits all pods of a stack.
_PODS_ANNOTATIONS = (
    "container.apparmor.security.beta.kubernetes.io/",
    "container.seccomp.security.alpha.kubernetes.io/",
    "kubernetes.io/config.mirror",
    "scheduler.alpha.kubernetes.io/tolerations",
    "seccomp.security.alpha.kubernetes.io/pod",
)
_DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_INT32 = range(-(2**31), 2**31)


def size(*annotations: Mapping[str, str]) -> int:
    """Bytes of keys and values, as the API server counts them, after later mappings took the place of equal keys."""
    merged = {key: value for mapping in annotations for key, value in mapping.items()}
    return sum(len(key.encode()) + len(value.encode()) for key, value in merged.items())


def too_large(*annotations: Mapping[str, str]) -> bool:
    """Whether an object cannot carry all of `annotations` together."""
    return size(*annotations) > LIMIT_BYTES


def _annotation_key(value: str) -> str:
    # Upper case is fine in the prefix, other than in a label's.
    prefix, slash, name = value.rpartition("/")
    qualified_name(f"{prefix.lower()}{slash}{name}")
    return value


def _small_enough(annotations: dict[str, str]) -> dict[str, str]:
    if too_large(annotations):
        raise ValueError(f"have more than {LIMIT_BYTES} bytes of keys and values: make them shorter or fewer")
    return annotations


def _for_every_object(labels: dict[str, str]) -> dict[str, str]:
    if any(name.startswith("app.kubernetes.io/") for name in labels):
        raise ValueError("holds app.kubernetes.io/ labels, which selectors are made of: choose another prefix")
    if any(name.startswith("forail-platform.io/") for name in labels):
        raise ValueError("holds forail-platform.io/ labels, which the program places pods by: choose another prefix")
    if _CONTROLLERS_LABELS.intersection(labels):
        raise ValueError("holds a label that Kubernetes' controllers write themselves, such as job-name: remove it")
    for name, value in labels.items():
        match = _POD_SECURITY.fullmatch(name)
        if match is not None and not (_VERSION.fullmatch(value) if match[2] else value in _LEVELS):
            raise ValueError(
                "holds a pod-security.kubernetes.io/ label that the API server refuses on a namespace: "
                "levels are privileged, baseline and restricted, versions latest or v1.30"
            )
    return labels


def _on_every_object(annotations: dict[str, str]) -> dict[str, str]:
    if any(name.startswith("pulumi.com/") for name in annotations):
        raise ValueError("holds pulumi.com/ annotations, which decide what `up` waits for: remove them")
    if any(name.startswith(_PODS_ANNOTATIONS) for name in annotations):
        raise ValueError("holds an annotation that is checked against each pod's own containers: remove it")
    cost = annotations.get(_DELETION_COST, "0")
    # As Go reads an int32; it also wants no sign in front of zero or of a positive number.
    if re.fullmatch(r"0|-?[1-9][0-9]{0,9}", cost) is None or int(cost) not in _INT32:
        raise ValueError(f"holds {_DELETION_COST}, which must be a whole number of 32 bits, such as 100: correct it")
    return annotations


AnnotationKey = Annotated[
    str,
    AfterValidator(_annotation_key),
    Words(
        "a Kubernetes key: such as team or example.com/team",
        form=qualified_form("A-Za-z0-9"),
    ),
]
Annotations = Annotated[dict[AnnotationKey, str], AfterValidator(_small_enough)]
CommonLabels = Annotated[dict[QualifiedName, LabelValue], AfterValidator(_for_every_object)]
CommonAnnotations = Annotated[Annotations, AfterValidator(_on_every_object)]
