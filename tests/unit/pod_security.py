"""The Pod Security Standards `baseline` and `restricted`, as far as a pod template can break them."""

from __future__ import annotations

from typing import Any

from tests.unit.pods import Container, Pod

# https://kubernetes.io/docs/concepts/security/pod-security-standards/
BASELINE_CAPABILITIES = {
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
}
RESTRICTED_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
HOST_NAMESPACES = ("hostNetwork", "hostPID", "hostIPC")


def violations(pod: Pod, level: str) -> list[str]:
    """What in `pod` the admission of a namespace with `level` would refuse."""
    if level == "privileged":
        return []
    found = _baseline(pod)
    return found if level == "baseline" else found + _restricted(pod)


def _baseline(pod: Pod) -> list[str]:
    found = [name for name in HOST_NAMESPACES if pod.spec.get(name)]
    found += [f"volume {volume['name']}: hostPath" for volume in pod.spec.get("volumes", []) if "hostPath" in volume]
    for container in pod.containers:
        security = container.security
        added = set(security.get("capabilities", {}).get("add", []))
        if security.get("privileged"):
            found.append(f"{container.name}: privileged")
        if added - BASELINE_CAPABILITIES:
            found.append(f"{container.name}: capabilities {sorted(added - BASELINE_CAPABILITIES)}")
        if _seccomp(pod, container) == "Unconfined":
            found.append(f"{container.name}: no seccomp profile")
        if any("hostPort" in port for port in container.raw.get("ports", [])):
            found.append(f"{container.name}: host port")
    return found


def _restricted(pod: Pod) -> list[str]:
    found: list[str] = []
    for volume in pod.spec.get("volumes", []):
        if not set(volume) - {"name"} <= RESTRICTED_VOLUMES:
            found.append(f"volume {volume['name']}: {sorted(set(volume) - {'name'})}")
    for container in pod.containers:
        security = container.security
        capabilities = security.get("capabilities", {})
        if security.get("allowPrivilegeEscalation") is not False:
            found.append(f"{container.name}: may gain privileges")
        if not _either(pod, security, "runAsNonRoot"):
            found.append(f"{container.name}: may run as root")
        if _either(pod, security, "runAsUser") == 0:
            found.append(f"{container.name}: runs as root")
        if "ALL" not in capabilities.get("drop", []) or set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
            found.append(f"{container.name}: keeps capabilities")
        if _seccomp(pod, container) not in ("RuntimeDefault", "Localhost"):
            found.append(f"{container.name}: no seccomp profile")
    return found


def _either(pod: Pod, security: dict[str, Any], key: str) -> Any:
    return security.get(key, pod.spec.get("securityContext", {}).get(key))


def _seccomp(pod: Pod, container: Container) -> str | None:
    profile: dict[str, str] = _either(pod, container.security, "seccompProfile") or {}
    return profile.get("type")
