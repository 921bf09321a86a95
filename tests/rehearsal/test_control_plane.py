"""The control plane: it starts, behaves like a real one, survives what happens to it, and leaves nothing."""

import io
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import cast

import httpx
import pytest

from rehearsal import control_plane, processes
from rehearsal.control_plane import ControlPlane, free_ports
from rehearsal.failure import RehearsalError
from rehearsal.kubernetes.api import Api
from rehearsal.kubernetes.exchange import ApiError
from rehearsal.kubernetes.kubeconfig import load
from rehearsal.kubernetes.objects import KubeObject
from rehearsal.processes import Process
from rehearsal.progress import Progress
from rehearsal.simulation import Delays
from rehearsal.state import StateFolder
from tests.rehearsal.rehearsed import Cluster, eventually

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"


@pytest.fixture
def plane(tmp_path: Path) -> Generator[ControlPlane]:
    """A control plane of the test's own, not yet started."""
    made = ControlPlane(StateFolder(tmp_path / "state", "own"), Progress(io.StringIO()))
    yield made
    made.stop()


def said(plane: ControlPlane) -> str:
    stream = plane.progress.stream
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def api_of(plane: ControlPlane) -> Api:
    return Api(load(str(plane.kubeconfig)))


def living(plane: ControlPlane) -> list[Process]:
    return [process for process in plane.status().values() if process is not None]


def command_lines() -> str:
    return subprocess.run(["ps", "-wweo", "args"], capture_output=True, text=True, check=True).stdout


def test_start_and_stop_leave_no_process_and_no_file(plane: ControlPlane) -> None:
    plane.ensure()
    started = living(plane)
    assert len(started) == 6
    assert str(plane.state.folder) in command_lines()

    plane.stop()
    plane.state.remove()

    assert [process for process in started if process.alive()] == []
    assert str(plane.state.folder) not in command_lines()
    assert not plane.state.root.exists()


def test_a_second_ensure_leaves_the_processes_alone(control_plane: Cluster, plane: ControlPlane) -> None:
    shared = ControlPlane(StateFolder(control_plane.kubeconfig.parent.parent, "shared"), plane.progress)
    before = shared.status()
    shared.ensure()
    assert shared.status() == before
    assert said(plane) == ""


def test_a_killed_etcd_is_noticed_and_the_restart_keeps_the_objects(plane: ControlPlane) -> None:
    plane.ensure()
    with api_of(plane) as api:
        api.create(CONFIG_MAPS, {"metadata": {"name": "kept"}})
    etcd = plane.status()["etcd"]
    assert etcd is not None
    os.kill(etcd.pid, signal.SIGKILL)
    eventually("the end of etcd", lambda: not etcd.alive())
    assert not plane.running()
    survivors = living(plane)

    plane.ensure()

    assert "broken (not running: etcd): restarting it" in said(plane)
    assert plane.running()
    assert [process for process in survivors if process.alive()] == []
    with api_of(plane) as api:
        assert api.get(f"{CONFIG_MAPS}/kept") is not None

    everything = living(plane)
    for process in everything:
        os.kill(process.pid, signal.SIGKILL)
    eventually("the end of all, as by a reboot", lambda: not living(plane))
    plane.ensure()
    assert plane.running()
    with api_of(plane) as api:
        assert api.get(f"{CONFIG_MAPS}/kept") is not None


def test_a_taken_port_is_replaced_by_another(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = listener.getsockname()[1]
        offers = [replace(free_ports(), etcd=taken)]
        monkeypatch.setattr(control_plane, "free_ports", lambda: offers.pop() if offers else free_ports())
        plane.ensure()
    assert "a port was taken" in said(plane)
    assert plane.running()


def test_a_component_that_dies_is_reported_with_its_last_words(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho first line\necho the disk is on fire >&2\nexit 3\n")
    broken.chmod(0o755)

    def binaries(_: Progress) -> dict[str, Path]:
        return dict.fromkeys(("etcd", "kube-apiserver"), broken)

    monkeypatch.setattr(control_plane, "cluster_binaries", binaries)
    with pytest.raises(RehearsalError, match=r"(etcd|kube-apiserver) ended while it started(.|\n)*the disk is on fire"):
        plane.ensure()
    assert living(plane) == []


def test_what_is_added_runs_once_and_ends_with_the_control_plane(plane: ControlPlane) -> None:
    plane.state.create()
    sleeping = [str(shutil.which("sleep")), "1000"]
    first = plane.add("further", sleeping)
    assert plane.add("further", sleeping) == first
    assert plane.status()["further"] == first
    processes.stop(first, patience=0)
    assert plane.status()["further"] is None
    second = plane.add("further", sleeping)
    assert second.alive()
    plane.end("further")
    assert not second.alive()
    assert "further" not in plane.status()
    third = plane.add("further", sleeping)
    plane.stop()
    assert not third.alive()


def test_a_recycled_process_id_is_never_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        recorded = Process("etcd", stranger.pid, "another boot:1")
        record = tmp_path / "processes.json"
        processes.save(record, [recorded])
        assert processes.load(record) == [recorded]
        processes.stop(recorded)
        assert stranger.poll() is None
        stranger.communicate(b"\n")


def test_a_process_that_ignores_the_request_to_end_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    stubborn = "trap '' TERM; echo ready; while :; do read line < /dev/zero; done"
    process = processes.start("stubborn", ["/bin/bash", "-c", stubborn], os.environ, log)
    eventually("the trap", lambda: "ready" in log.read_text())
    processes.stop(process, patience=0.3)
    assert not process.alive()


def test_a_damaged_record_counts_as_none(tmp_path: Path) -> None:
    record = tmp_path / "processes.json"
    record.write_text('[{"name": "etcd"')
    assert processes.load(record) == []


def test_keys_and_kubeconfig_are_for_their_owner_alone(control_plane: Cluster) -> None:
    folder = control_plane.kubeconfig.parent
    private = [control_plane.kubeconfig, *(folder / "certificates").glob("*.key"), *folder.glob("*/*.kubeconfig")]
    assert len(private) >= 8
    assert {path.stat().st_mode & 0o077 for path in private} == {0}
    assert folder.stat().st_mode & 0o077 == 0


def test_who_shows_no_certificate_is_refused(control_plane: Cluster) -> None:
    trusting = ssl.create_default_context(cafile=str(control_plane.authority))
    with httpx.Client(verify=trusting, timeout=30, trust_env=False) as client:
        assert client.get(f"{control_plane.url}/api/v1/namespaces").status_code == httpx.codes.UNAUTHORIZED


def test_pod_security_is_enforced_where_a_namespace_asks_for_it(control_plane: Cluster) -> None:
    api = control_plane.api
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    api.create("/api/v1/namespaces", {"metadata": {"name": "strict", "labels": labels}})
    accounts = "/api/v1/namespaces/strict/serviceaccounts/default"
    eventually("the service account", lambda: api.get(accounts))
    body = {"metadata": {"name": "privileged"}, "spec": {"containers": [container(privileged=True)]}}
    with pytest.raises(ApiError, match="forbidden"):
        api.create("/api/v1/namespaces/strict/pods", body)
    api.delete("/api/v1/namespaces/strict")


def test_a_claim_of_any_class_binds_and_its_volume_goes_with_it(control_plane: Cluster) -> None:
    api = control_plane.api
    claims = "/api/v1/namespaces/default/persistentvolumeclaims"
    for mode in ("ReadWriteOnce", "ReadWriteMany"):
        resources = {"requests": {"storage": "20Gi"}}
        spec = {"accessModes": [mode], "storageClassName": "only-in-production", "resources": resources}
        api.create(claims, {"metadata": {"name": mode.lower()}, "spec": spec})
    eventually("both claims bound", lambda: phases(api, claims) == ["Bound", "Bound"])
    for mode in ("ReadWriteOnce", "ReadWriteMany"):
        api.delete(f"{claims}/{mode.lower()}")
    eventually("no volume left", lambda: not api.items("/api/v1/persistentvolumes"))
    api.delete("/apis/storage.k8s.io/v1/storageclasses/only-in-production")


def test_a_claim_of_the_default_class_waits_for_its_first_pod(control_plane: Cluster) -> None:
    api = control_plane.api
    claims = "/api/v1/namespaces/default/persistentvolumeclaims"
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "8Gi"}}}
    api.create(claims, {"metadata": {"name": "data"}, "spec": spec})
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    pod = {"metadata": {"name": "consumer"}, "spec": {"containers": [container()], "volumes": [volume]}}
    assert phases(api, claims) == ["Pending"]
    api.create(PODS, pod)
    eventually("the claim bound", lambda: phases(api, claims) == ["Bound"])
    eventually("the pod running", lambda: phases(api, PODS) == ["Running"])
    api.delete(f"{PODS}/consumer")
    api.delete(f"{claims}/data")
    eventually("nothing left", lambda: not api.items(claims) and not api.items(PODS))


def test_an_ingress_and_a_load_balancer_get_an_address(control_plane: Cluster) -> None:
    api = control_plane.api
    services, ingresses = (
        "/api/v1/namespaces/default/services",
        "/apis/networking.k8s.io/v1/namespaces/default/ingresses",
    )
    api.create(services, {"metadata": {"name": "web"}, "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]}})
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    api.create(ingresses, {"metadata": {"name": "web"}, "spec": {"defaultBackend": backend}})
    for path in (services, ingresses):
        eventually("an address", lambda path=path: "'ip': '192.0.2.8" in str((api.get(f"{path}/web") or {})["status"]))
        api.delete(f"{path}/web")


def test_a_pod_starts_after_the_delay_that_its_annotation_names(control_plane: Cluster) -> None:
    api = control_plane.api
    annotations = {"rehearsal.forail/start-delay": "20m"}
    for name, metadata in (("late", {"annotations": annotations}), ("soon", {})):
        api.create(PODS, {"metadata": {"name": name, **metadata}, "spec": {"containers": [container()]}})
    eventually("the other one running", lambda: phases(api, PODS) == ["Pending", "Running"])
    for name in ("late", "soon"):
        api.delete(f"{PODS}/{name}")
    eventually("no pod left", lambda: not api.items(PODS))


def test_the_delay_table_is_read_by_component_and_container(tmp_path: Path) -> None:
    file = tmp_path / "delays.yaml"
    file.write_text("start: {redis: 2s}\nrun: {bootstrap: 1m30s}\n")
    assert Delays.load(file) == Delays({"redis": "2s"}, {"bootstrap": "1m30s"})
    file.write_text("start: {redis: soon}\n")
    with pytest.raises(RehearsalError, match=r"start\.redis is 'soon'"):
        Delays.load(file)
    file.write_text("stop: {redis: 2s}\n")
    with pytest.raises(RehearsalError, match="cannot be read"):
        Delays.load(file)


def container(*, privileged: bool = False) -> KubeObject:
    return {"name": "only", "image": "registry.example/only:1", "securityContext": {"privileged": privileged}}


def phases(api: Api, path: str) -> list[str]:
    """The phase of each object, in the order of their names."""
    return [cast("dict[str, str]", item["status"])["phase"] for item in api.items(path)]
