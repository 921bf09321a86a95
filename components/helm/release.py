"""What becomes of a release's own objects when a stack takes its data over: commands, none of which touches data."""

from __future__ import annotations

import shlex

# All kinds of the chart's objects but those that hold data, which are claims and Secrets.
STATELESS = (
    "ingress",
    "service",
    "deployment",
    "statefulset",
    "job",
    "configmap",
    "networkpolicy",
    "rolebinding",
    "role",
    "serviceaccount",
)


def selector(release: str) -> str:
    """The labels of every object of a release, and of nothing that a stack makes."""
    return f"app.kubernetes.io/managed-by=Helm,app.kubernetes.io/name=forail,app.kubernetes.io/instance={release}"


def end(release: str, namespace: str) -> str:
    """Ends the release's pods and removes its objects; its claims and Secrets stay."""
    kinds = ",".join(STATELESS)
    return f"kubectl -n {shlex.quote(namespace)} delete {kinds} -l {shlex.quote(selector(release))}"


def forget(release: str, namespace: str) -> str:
    """Removes Helm's record of the release: `helm uninstall` would delete its Secret, and claims."""
    labels = shlex.quote(f"owner=helm,name={release}")
    return f"kubectl -n {shlex.quote(namespace)} delete secret -l {labels}"


def steps(release: str, namespace: str) -> tuple[str, ...]:
    """How a release's data is taken over, in this order, once the stack file is there."""
    return "pulumi preview", end(release, namespace), "pulumi up", forget(release, namespace)
