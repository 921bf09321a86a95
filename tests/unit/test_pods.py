"""What every pod of every stack keeps to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

import pytest

from tests.unit.deployment import Deployment
from tests.unit.pod_security import violations
from tests.unit.pods import Pod, pods
from tests.unit.stacks import EVERY, alone, every

WITHOUT_OPERATOR = ("alone", "edge")
any_stack = pytest.mark.parametrize("stack", list(EVERY))


def templates(stack: str) -> list[Pod]:
    """The stack's pod templates."""
    found = list(pods(every(stack)).values())
    assert len(found) >= 10
    return found


@any_stack
def test_no_pod_gets_the_addresses_of_services_as_variables(stack: str) -> None:
    # A Service forail-x would set FORAIL_X_*, the platform's own prefix.
    assert all(pod.spec["enableServiceLinks"] is False for pod in templates(stack))


@any_stack
def test_only_task_pods_drills_and_the_operator_may_talk_to_the_cluster(stack: str) -> None:
    with_token = {pod.owner.name for pod in templates(stack) if pod.spec["automountServiceAccountToken"]}
    with_account = {pod.owner.name for pod in templates(stack) if "serviceAccountName" in pod.spec}
    operator = set[str]() if stack in WITHOUT_OPERATOR else {"forail-operator"}
    drill = {"forail-backup-drill"} if stack in ("prod", "everything", "elsewhere") else set[str]()
    restore = {"forail-restore"} if stack in ("everything", "elsewhere") else set[str]()
    assert with_token == with_account == {"forail-task"} | operator | restore | drill


@any_stack
def test_every_container_asks_for_what_it_needs_and_has_a_limit(stack: str) -> None:
    for pod in templates(stack):
        for container in pod.containers:
            for side in ("requests", "limits"):
                amounts = container.raw["resources"].get(side, {})
                assert {"cpu", "memory"} <= set(amounts), f"{pod.label} {container.name} has no {side}"


@any_stack
def test_what_keeps_running_is_watched_and_gets_time_to_start(stack: str) -> None:
    for pod in templates(stack):
        for container in pod.containers:
            probes = {f"{kind}Probe" in container.raw for kind in ("startup", "readiness", "liveness")}
            assert probes == {pod.runs_on and container in pod.main}, f"{pod.label} {container.name}"
            if pod.runs_on and container in pod.main:
                startup = container.raw["startupProbe"]
                seconds = startup["failureThreshold"] * startup["periodSeconds"] + startup.get("initialDelaySeconds", 0)
                assert seconds >= 60, f"{pod.label} is killed {seconds} s after it began to start"
                # Out of service before it is restarted.
                assert _patience(container.raw["readinessProbe"]) < _patience(container.raw["livenessProbe"]), pod.label


def _patience(probe: dict[str, Any]) -> int:
    return probe["failureThreshold"] * probe["periodSeconds"]


@any_stack
def test_probes_start_no_python(stack: str) -> None:
    for pod in templates(stack):
        for container in pod.containers:
            for kind in ("startup", "readiness", "liveness"):
                command = container.raw.get(f"{kind}Probe", {}).get("exec", {}).get("command", [])
                assert "forail-manage" not in " ".join(command), f"{pod.label}: each start costs six to ten seconds"


@any_stack
def test_no_container_gains_privileges(stack: str) -> None:
    for pod in templates(stack):
        for container in pod.containers:
            if container.security.get("privileged"):
                assert (pod.owner.name, container.name) == ("forail-task", "task")
                continue
            assert container.security["allowPrivilegeEscalation"] is False, f"{pod.label} {container.name}"
            assert container.security["capabilities"]["drop"] == ["ALL"], f"{pod.label} {container.name}"


@any_stack
def test_every_pod_has_a_seccomp_profile(stack: str) -> None:
    assert {pod.spec["securityContext"]["seccompProfile"]["type"] for pod in templates(stack)} == {"RuntimeDefault"}


@pytest.mark.parametrize("execution", ["hybrid", "control"])
def test_the_namespace_admits_its_pods_and_no_worse_ones(execution: str) -> None:
    deployment = alone().deploy(task={"execution": execution}, assistant={"enabled": True})
    level = deployment.one("Namespace", "forail-namespace").inputs["metadata"]["labels"][
        "pod-security.kubernetes.io/enforce"
    ]
    own = pods(deployment)
    assert not {label: refused for label, pod in own.items() if (refused := violations(pod, level))}
    stricter = {"privileged": "baseline", "baseline": "restricted"}[level]
    assert any(violations(pod, stricter) for pod in own.values()), f"{stricter} would do"


@any_stack
def test_the_operator_passes_the_strictest_level(stack: str) -> None:
    found = [pod for pod in templates(stack) if pod.owner.name == "forail-operator"]
    assert len(found) == (stack not in WITHOUT_OPERATOR)
    assert not [refused for pod in found for refused in violations(pod, "restricted")]


def test_only_the_task_pod_needs_more_than_baseline() -> None:
    assert {pod.label for pod in templates("dev") if violations(pod, "baseline")} == {"Deployment/forail-task"}
    assert not [pod.label for pod in templates("elsewhere") if violations(pod, "baseline")]


@any_stack
def test_names_of_variables_are_unique(stack: str) -> None:
    for pod in templates(stack):
        for container in pod.containers:
            names = Counter(variable["name"] for variable in container.raw.get("env", []))
            assert not [name for name, times in names.items() if times > 1], f"{pod.label} {container.name}"


@any_stack
def test_mounts_and_volumes_fit(stack: str) -> None:
    for pod in templates(stack):
        volumes = [volume["name"] for volume in pod.spec.get("volumes", [])]
        claims = [claim["metadata"]["name"] for claim in pod.owner.inputs["spec"].get("volumeClaimTemplates", [])]
        # A claim template of the same name takes a volume's place.
        assert len(set(volumes + claims)) == len(volumes + claims), f"{pod.label}: {sorted(volumes + claims)}"
        mounted: set[str] = set()
        for container in pod.containers:
            mounts = container.raw.get("volumeMounts", [])
            paths = [mount["mountPath"] for mount in mounts]
            assert len(set(paths)) == len(paths), f"{pod.label} {container.name} mounts a path twice"
            mounted |= {mount["name"] for mount in mounts}
        assert mounted == set(volumes + claims), f"{pod.label} has volumes that nothing mounts, or the other way round"
        assert all(re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name) for name in mounted), pod.label


@any_stack
def test_everything_a_pod_refers_to_exists(stack: str) -> None:
    deployment = every(stack)
    for pod in pods(deployment).values():
        missing = _references(pod) - _provided(deployment, stack)
        assert not missing, f"{pod.label} refers to what nobody makes"


def _references(pod: Pod) -> set[str]:
    found: set[str] = set()
    config_maps = {
        volume["name"]: volume["configMap"] for volume in pod.spec.get("volumes", []) if "configMap" in volume
    }
    for volume in pod.spec.get("volumes", []):
        if "persistentVolumeClaim" in volume:
            found.add(f"claim {volume['persistentVolumeClaim']['claimName']}")
    for container in pod.containers:
        found |= {value for value in container.env.values() if value.startswith("secret:")}
        for mount in container.mounts.values():
            if mount["name"] in config_maps:
                source = config_maps[mount["name"]]
                keys = [item["key"] for item in source.get("items", [])] or [mount["subPath"]]
                found |= {f"file {source['name']}/{key}" for key in keys}
    found |= {f"pull {secret['name']}" for secret in pod.spec.get("imagePullSecrets", [])}
    return found


def _provided(deployment: Deployment, stack: str) -> set[str]:
    found: set[str] = set()
    for item in deployment.objects:
        data = item.inputs.get("data", {})
        if item.kind == "ConfigMap":
            found |= {f"file {item.object_name}/{key}" for key in data}
        elif item.kind == "Secret":
            found |= {f"secret:{item.object_name}/{key}" for key in data} | {f"pull {item.object_name}"}
        elif item.kind == "PersistentVolumeClaim":
            found.add(f"claim {item.object_name}")
    return found | _kept(EVERY[stack]().config)


def _kept(config: Mapping[str, Any]) -> set[str]:
    """What exists outside the stack, as the stack file says."""
    found: set[str] = set()
    for key, value in config.items():
        if isinstance(value, dict):
            found |= _kept(cast("dict[str, Any]", value))
        if isinstance(value, list | tuple):
            for item in cast("list[object]", value):
                found |= _kept(cast("dict[str, Any]", item)) if isinstance(item, dict) else set()
        if key == "existingClaim":
            found.add(f"claim {value}")
        if key == "imagePullSecrets":
            found |= {f"pull {name}" for name in cast("list[str]", value)}
    if "secretName" in config and "key" in config:
        found.add(f"secret:{config['secretName']}/{config['key']}")
    if "configMapName" in config:
        found.add(f"file {config['configMapName']}/{config['key']}")
    for key in config.get("keys", {}).values():
        found.add(f"secret:{config['secretName']}/{key}")
    return found


@any_stack
def test_services_find_their_pods(stack: str) -> None:
    deployment = every(stack)
    templates_ = [pod for pod in pods(deployment).values() if pod.runs_on]
    for service in deployment.all("Service"):
        spec = service.inputs["spec"]
        found = [pod for pod in templates_ if spec["selector"].items() <= pod.labels.items()]
        assert [pod.owner.name for pod in found] == [service.name], f"{service.label} selects {found}"
        ports = {port["containerPort"] for port in found[0].container().raw["ports"]}
        assert {port["targetPort"] for port in spec["ports"]} <= ports, service.label


@any_stack
def test_workloads_select_their_own_pods_alone(stack: str) -> None:
    templates_ = pods(every(stack))
    for pod in templates_.values():
        if pod.runs_on:
            selector = pod.owner.inputs["spec"]["selector"]["matchLabels"]
            matching = [label for label, other in templates_.items() if selector.items() <= other.labels.items()]
            assert matching == [pod.label]
            assert "app.kubernetes.io/version" not in selector
    assert not [pod.label for pod in templates_.values() if "app.kubernetes.io/version" in pod.labels]


@any_stack
def test_pods_that_share_a_claim_for_one_node_follow_each_other(stack: str) -> None:
    """The scheduler counts a running pod only where it matches every term of the new one."""
    deployment = every(stack)
    once = {claim.object_name for claim in deployment.all("PersistentVolumeClaim") if _for_one_node(claim.inputs)}
    if stack == "elsewhere":
        once |= {"kept-backups", "kept-redis", "kept-receptor"}
    mounting: dict[str, list[Pod]] = {}
    for pod in pods(deployment).values():
        for volume in pod.spec.get("volumes", []):
            name = volume.get("persistentVolumeClaim", {}).get("claimName")
            if name in once:
                mounting.setdefault(name, []).append(pod)
    shared = {name: users for name, users in mounting.items() if len(users) > 1}
    assert (
        set(shared)
        == {
            "dev": {"forail-projects", "forail-backups"},
            "alone": {"forail-projects", "forail-backups"},
            "edge": {"forail-projects", "forail-backups"},
            "prod": set[str](),
            "everything": {"forail-backups"},
            "elsewhere": {"kept-backups"},
        }[stack]
    )
    for name, users in shared.items():
        for pod in users:
            terms = pod.spec["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
            for other in users:
                for term in terms:
                    assert term["topologyKey"] == "kubernetes.io/hostname"
                    wanted = term["labelSelector"]["matchLabels"].items()
                    assert wanted <= other.labels.items(), f"{pod.label} would not follow {other.label} to {name}"


def _for_one_node(claim: dict[str, Any]) -> bool:
    return claim["spec"]["accessModes"] == ["ReadWriteOnce"]
