"""What the vocabulary adds on its own, each number with the reason that it has."""

from __future__ import annotations

import pytest

from components.kube.container import Container, ImageRef, Probe, Probes
from components.kube.metadata import Scope
from components.kube.mounts import FileMount
from components.kube.pod import Pod
from components.kube.workload import Rollout, Workload, WorkloadArgs
from tests.unit.engine import run
from tests.unit.kube.rendered import SCOPE, pod_template

CHECK = Probe(path="/health", port=80)
CONTAINER = Container(name="one", image=ImageRef("image:1", "1"), probes=Probes.same(CHECK))


@pytest.mark.parametrize(
    ("kind", "period", "failures", "reason"),
    [
        ("startup", 2, 30, "`up` goes on within two seconds; a minute is enough for what listens at once"),
        ("readiness", 10, 3, "half a minute of silence takes a pod out of service, one lost answer does not"),
        ("liveness", 10, 6, "restarted after a minute: readiness has acted before, and a busy pod is back by then"),
    ],
)
def test_how_patient_probes_are(kind: str, period: int, failures: int, reason: str) -> None:
    (container,) = pod_template(Pod(component="web", containers=(CONTAINER,)))["spec"]["containers"]
    probe = container[f"{kind}Probe"]
    assert (probe["periodSeconds"], probe["failureThreshold"]) == (period, failures), reason
    assert probe["timeoutSeconds"] == 5, "Kubernetes' one second fails on a busy node"


def test_a_probe_of_its_own_has_kubernetes_period_and_failures() -> None:
    assert (CHECK.period, CHECK.failures) == (10, 3)


@pytest.mark.parametrize(
    ("executable", "mode", "reason"),
    [
        (False, 0o444, "settings are read by whatever user an image runs as, and written by none"),
        (True, 0o555, "scripts are run by path as well"),
    ],
)
def test_modes_of_mounted_files(executable: bool, mode: int, reason: str) -> None:
    mount = FileMount("files", "map", "key", "/etc/key", "text", executable)
    container = Container(name="one", image=ImageRef("image:1", "1"), mounts=(mount,))
    (volume,) = pod_template(Pod(component="web", containers=(container,)))["spec"]["volumes"]
    assert volume["configMap"]["defaultMode"] == mode, reason


def test_pods_are_spread_as_evenly_as_can_be() -> None:
    (spread,) = pod_template(Pod(component="web", containers=(CONTAINER,), spread=True))["spec"][
        "topologySpreadConstraints"
    ]
    # One: a node may have one pod more than the emptiest.
    assert spread["maxSkew"] == 1


def test_a_workload_keeps_what_serves_and_is_waited_for_as_long_as_the_provider_does() -> None:
    scope: Scope = SCOPE
    args = WorkloadArgs(
        scope=scope, object_name="it", pod=Pod(component="web", containers=(CONTAINER,)), rollout=Rollout.ROLLING
    )
    made = run(lambda: Workload("it", args)).one("Deployment", "it")
    rolling = made.inputs["spec"]["strategy"]["rollingUpdate"]
    # The new pod is ready before an old one goes, and a small cluster has room for one more.
    assert (rolling["maxUnavailable"], rolling["maxSurge"]) == (0, 1)
    assert made.inputs["spec"]["replicas"] == 1
    times = made.request.customTimeouts
    assert {times.create, times.update, times.delete} == {"10m"}


def test_the_version_on_an_object_is_that_of_its_first_container() -> None:
    second = Container(name="two", image=ImageRef("other:2", "2"))
    pod = Pod(component="web", containers=(CONTAINER, second))
    made = run(lambda: Workload("it", WorkloadArgs(scope=SCOPE, object_name="it", pod=pod))).one("Deployment", "it")
    assert made.inputs["metadata"]["labels"]["app.kubernetes.io/version"] == "1"
