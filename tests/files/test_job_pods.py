"""What bootstrap.py adds to the pod spec of the group `default`, merged over Forail's default as Forail does it."""

import json
from typing import Any, cast

import pytest
import yaml

from tests.files.forail_double.run import MODES, Installation, default_group

FOLDER = "/etc/forail/trust"
PART: dict[str, Any] = {
    "volumes": [{"name": "forail-stack-trust", "emptyDir": {}}],
    "initContainers": [{"name": "forail-stack-trust", "image": "ee:1", "command": ["bash"]}],
    "volumeMounts": [{"name": "forail-stack-trust", "mountPath": FOLDER, "readOnly": True}],
    "env": [{"name": name, "value": f"{FOLDER}/ca-bundle.crt"} for name in ("SSL_CERT_FILE", "GIT_SSL_CAINFO")],
}
OTHER: dict[str, Any] = {**PART, "env": [{"name": "CURL_CA_BUNDLE", "value": f"{FOLDER}/ca-bundle.crt"}]}
BY_HAND = """
# An administrator's.
spec:
  nodeSelector: {pool: jobs}
  volumes: [{name: cache, emptyDir: {}}]
  containers:
    - name: worker
      args: [ansible-runner, worker, --private-data-dir=/runner]
      env: [{name: COLOUR, value: blue}, {name: SSL_CERT_FILE, value: /own.crt}]
      volumeMounts: [{name: cache, mountPath: /cache}]
"""
# forail/main/utils/execution_environments.py, 2026.07.1.
DEFAULT: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"namespace": "forail"},
    "spec": {
        "serviceAccountName": "default",
        "automountServiceAccountToken": False,
        "containers": [
            {
                "image": "ee:1",
                "name": "worker",
                "args": ["ansible-runner", "worker", "--private-data-dir=/runner"],
                "resources": {"requests": {"cpu": "250m", "memory": "100Mi"}},
            }
        ],
    },
}


def pod_of(override: str) -> dict[str, Any]:
    """The pod of a job of the group: mappings are merged, and a list takes the place of the default's."""

    def over(default: object, own: object) -> object:
        if not isinstance(default, dict) or not isinstance(own, dict):
            return cast("object", default if own is None else own)
        first, second = cast("dict[str, object]", default), cast("dict[str, object]", own)
        return {key: over(first.get(key), second.get(key)) for key in first.keys() | second.keys()}

    # JSON first, then YAML, as Forail reads it; nothing it could not read as one of the two.
    merged = cast("dict[str, Any]", over(DEFAULT, yaml.safe_load(override) if override else {}))
    merged["spec"]["containers"][0]["image"] = "ee:2"
    merged["spec"]["containers"][0]["args"] = ["ansible-runner", "worker", "--private-data-dir=/runner"]
    return merged


def applied(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, part: dict[str, Any] | None, mode: str = "control"
) -> str:
    """The group's pod spec after a run with this part."""
    given = {} if part is None else {"FORAIL_JOB_POD": json.dumps(part)}
    assert installation.run(monkeypatch, **MODES[mode], MY_POD_NAMESPACE="forail", **given) == 0
    return default_group().pod_spec_override


def by_hand(text: str) -> None:
    """What an administrator saves in the UI."""
    group = default_group()
    group.pod_spec_override = text
    group.save(["pod_spec_override"])


def test_a_job_pod_gets_the_store_beside_its_defaults(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    pod = pod_of(applied(installation, monkeypatch, PART))
    (worker,) = pod["spec"]["containers"]
    assert worker == {**DEFAULT["spec"]["containers"][0], "image": "ee:2", "env": PART["env"], "volumeMounts": PART["volumeMounts"]}  # fmt: skip  # noqa: E501
    assert (pod["spec"]["volumes"], pod["spec"]["initContainers"]) == (PART["volumes"], PART["initContainers"])
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert pod["metadata"] == DEFAULT["metadata"]


def test_a_second_run_writes_nothing(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    applied(installation, monkeypatch, PART)
    by_hand(BY_HAND)
    first = applied(installation, monkeypatch, PART)
    installation.store.writes.clear()
    assert applied(installation, monkeypatch, PART) == first
    assert installation.store.writes == []


def test_what_an_administrator_wrote_stays(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    applied(installation, monkeypatch, None)
    by_hand(BY_HAND)
    own = pod_of(BY_HAND)
    pod = pod_of(applied(installation, monkeypatch, PART))
    (worker,) = pod["spec"]["containers"]
    assert pod["spec"]["nodeSelector"] == {"pool": "jobs"}
    assert pod["spec"]["volumes"] == [*PART["volumes"], *own["spec"]["volumes"]]
    assert worker["volumeMounts"] == [*PART["volumeMounts"], *own["spec"]["containers"][0]["volumeMounts"]]
    # A variable that was set by hand is meant.
    assert [(one["name"], one["value"]) for one in worker["env"]] == [
        ("COLOUR", "blue"),
        ("SSL_CERT_FILE", "/own.crt"),
        ("GIT_SSL_CAINFO", f"{FOLDER}/ca-bundle.crt"),
    ]
    # And without the stack's CAs all is as it was.
    assert pod_of(applied(installation, monkeypatch, None)) == own


def test_another_part_takes_the_place_of_the_first(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    applied(installation, monkeypatch, PART)
    (worker,) = pod_of(applied(installation, monkeypatch, OTHER))["spec"]["containers"]
    assert worker["env"] == OTHER["env"]
    assert len(worker["volumeMounts"]) == 1
    assert applied(installation, monkeypatch, None) == ""


def test_nothing_is_left_where_jobs_run_in_the_task_pod_again(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied(installation, monkeypatch, PART)
    assert applied(installation, monkeypatch, None, "hybrid") == ""


def test_pods_in_another_namespace_cannot_mount_it_and_the_log_says_so(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    applied(installation, monkeypatch, PART)
    by_hand(f"metadata: {{namespace: jobs}}\n{BY_HAND}")
    assert "forail-stack-" not in applied(installation, monkeypatch, PART)
    assert "trust does not reach them" in capsys.readouterr().out


def test_a_pod_spec_that_gets_nothing_keeps_its_text(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied(installation, monkeypatch, None)
    text = f"metadata: {{namespace: jobs}}\n{BY_HAND}"
    by_hand(text)
    assert applied(installation, monkeypatch, PART) == text


@pytest.mark.parametrize(
    "text", ["a: [", "by hand", "- a", "spec: a", "spec: {containers: [a]}", "spec: {volumes: [a]}", "metadata: 1"]
)
def test_a_pod_spec_that_cannot_be_read_is_refused_and_stays(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    applied(installation, monkeypatch, None)
    by_hand(text)
    part = {"FORAIL_JOB_POD": json.dumps(PART)}
    assert installation.run(monkeypatch, **MODES["control"], MY_POD_NAMESPACE="forail", **part) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("bootstrap: the pod spec of group 'default' cannot be read")
    assert "empty it in the UI" in last
    assert default_group().pod_spec_override == text


@pytest.mark.parametrize("part", ["[", "1", "[1]", '"a"'])
def test_a_part_that_is_no_object_is_refused(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], part: str
) -> None:
    assert installation.run(monkeypatch, **MODES["control"], FORAIL_JOB_POD=part) == 1
    assert "FORAIL_JOB_POD is no JSON object" in capsys.readouterr().err
