"""Redis: a password, an append-only file, no root."""

from __future__ import annotations

from tests.unit.pods import pods
from tests.unit.stacks import every


def test_it_runs_as_the_images_user_on_a_read_only_file_system() -> None:
    pod = pods(every("alone"))["Deployment/forail-redis"]
    security = pod.container().security
    assert (security["runAsUser"], security["runAsGroup"], security["runAsNonRoot"]) == (999, 1000, True)
    assert security["readOnlyRootFilesystem"] is True
    assert pod.spec["securityContext"]["fsGroup"] == security["runAsGroup"]


def test_the_password_touches_memory_only() -> None:
    pod = pods(every("alone"))["Deployment/forail-redis"]
    folder = pod.env["REDIS_RUNTIME_DIR"]
    volume = pod.container().mounts[folder]["name"]
    assert {"name": volume, "emptyDir": {"medium": "Memory"}} in pod.spec["volumes"]


def test_server_probe_and_clients_use_one_password() -> None:
    found = pods(every("alone"))
    redis = found["Deployment/forail-redis"].env
    assert redis["REDIS_PASSWORD"] == redis["REDISCLI_AUTH"]
    for label in ("Deployment/forail-web", "Deployment/forail-task"):
        env = found[label].env
        assert env["REDIS_PASSWORD"] == redis["REDIS_PASSWORD"]
        assert (env["REDIS_HOST"], env["REDIS_PORT"]) == ("forail-redis", "6379")


def test_loading_takes_it_out_of_service_and_does_not_restart_it() -> None:
    container = pods(every("alone"))["Deployment/forail-redis"].container().raw
    questions = {
        kind: container[f"{kind}Probe"]["exec"]["command"][-1] for kind in ("startup", "readiness", "liveness")
    }
    assert questions == {"startup": "ready", "readiness": "ready", "liveness": "live"}
