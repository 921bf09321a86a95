"""The platform with everything that it can run, and its containers by name."""

from __future__ import annotations

import functools

from tests.unit.deployment import Deployment
from tests.unit.pods import Container, pods
from tests.unit.stacks import alone


@functools.cache
def platform() -> Deployment:
    """Everything that the platform can run."""
    return alone().deploy(
        assistant={"enabled": True},
        monitoring={"enabled": True},
        restore={"from": "newest", "confirm": "dev"},
        verify={"enabled": True},
        backups={"drill": {}},
    )


def containers() -> dict[str, Container]:
    """Every container, by kind and name of what makes its pod and by its own name."""
    return {
        f"{label} {container.name}": container
        for label, pod in pods(platform()).items()
        for container in pod.containers
    }


def long_running() -> dict[str, Container]:
    """The containers that keep running, by their own name."""
    return {
        container.name: container for pod in pods(platform()).values() if pod.runs_on for container in pod.containers
    }


def several(replicas: int) -> Deployment:
    """The platform with so many task pods."""
    return alone().deploy(task={"replicas": replicas}, projects={"storage": {"accessMode": "ReadWriteMany"}})
