"""The verification, against a platform that is broken in one place at a time: what it says, and what it refuses."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.files.forail_api import (
    API_PAGE,
    HANG_UP,
    PASSWORD,
    REDIRECT,
    ROUTES,
    SILENCE,
    TOKEN,
    Answer,
    Forail,
    ingress,
    node,
    services,
)
from tests.files.programs import FILES, free_port, run
from tests.unit.certificates import certificate

PROGRAM = FILES / "verify"
CHECKS = (
    *("ping", "login", "websocket", "token", "nodes", "static files", "frontend", "policy", "collector", "assistant"),
    *("operator", "job"),
)
JOB_FACTS: Mapping[str, str] = {
    "VERIFY_ORIGIN": "https://forail.example.com",
    "VERIFY_VERSION": "2026.07.1",
    "VERIFY_ADMIN_USER": "admin",
    "VERIFY_ADMIN_PASSWORD": PASSWORD,
    "VERIFY_TOKEN": TOKEN,
    "VERIFY_NODES": "forail-node",
    "VERIFY_EXECUTION": "hybrid",
    "VERIFY_COLLECTOR": "http://forail-otel-collector:4317",
    "VERIFY_OPERATOR": "canary",
}


def rows(outcome: subprocess.CompletedProcess[str]) -> dict[str, tuple[str, str]]:
    """Result and text of each check."""
    document = json.loads(outcome.stdout)
    assert document["passed"] is (outcome.returncode == 0)
    assert outcome.stderr == ""
    return {item["check"]: (item["result"], item["seen"]) for item in document["checks"]}


def command(*arguments: str) -> list[str]:
    """The program as the pod runs it."""
    return [sys.executable, str(PROGRAM), *arguments]


def inside(forail: Forail, tmp_path: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Runs it as the Job does. What is tried again, is so for a second."""
    with services(forail) as found:
        variables = {
            **JOB_FACTS,
            "VERIFY_ROUTES": json.dumps({prefix: found[service] for prefix, service in ROUTES.items()}),
            "VERIFY_OPA": found["opa"],
            "VERIFY_ASSISTANT": found["assistant"],
            "VERIFY_TERMINATION_LOG": str(tmp_path / "termination-log"),
            **changes,
        }
        return run(command("--environment", "--timeout", "1", *arguments), variables)


def outputs(url: str, /, **changes: Any) -> str:
    """What `pulumi stack output --json --show-secrets` prints, as far as it is read."""
    found: dict[str, Any] = {
        "url": f"{url}/",
        "adminUsername": "admin",
        "adminPassword": PASSWORD,
        "personalAccessToken": TOKEN,
        "operatorNamespace": "forail-operator",
        "caCertificate": "",
        "version": "2026.07.1",
    }
    return json.dumps({**found, **changes})


def at_home() -> Forail:
    """A platform whose public address is this machine's, without TLS."""
    return Forail(hosts=["localhost"], trusted_origins=[], secure_cookies=False)


def outside(
    forail: Forail, tmp_path: Path, *arguments: str, tls: tuple[str, str] | None = None, **changes: Any
) -> subprocess.CompletedProcess[str]:
    """Runs it as a person does."""
    with ingress(forail, tls, tmp_path) as url:
        return run(command("--timeout", "1", *arguments), standard_input=outputs(url, **changes))


def test_a_whole_platform_passes_from_inside(tmp_path: Path) -> None:
    forail = Forail()
    found = rows(inside(forail, tmp_path, "--json"))
    assert {check: result for check, (result, _) in found.items()} == dict.fromkeys(CHECKS, "ok")
    assert not (tmp_path / "termination-log").exists()
    # As the Ingress routes: web's two ports, and the application's files from the frontend.
    assert ("websocket", "/websocket/") in forail.requests
    assert ("frontend", "/static/forail/assets/index-1a2b.js") in forail.requests
    assert ("web", "/static/rest_framework/css/bootstrap.min.css") in forail.requests
    assert not forail.sessions, "the session is left behind"


def test_a_whole_platform_passes_from_outside_by_tls(tmp_path: Path) -> None:
    tls = certificate("localhost")
    forail = Forail(hosts=["localhost"])
    found = rows(outside(forail, tmp_path, "--json", tls=tls, caCertificate=tls[0]))
    unseen = {"policy", "assistant"}
    assert {check for check, (result, _) in found.items() if result != "ok"} == unseen
    assert {found[check][0] for check in unseen} == {"not checked"}


def test_the_table(tmp_path: Path) -> None:
    broken = Forail(nodes=[node(capacity=0)], websocket=502)
    with services(broken) as found:
        variables = {
            **JOB_FACTS,
            "VERIFY_ROUTES": json.dumps({prefix: found[service] for prefix, service in ROUTES.items()}),
            "VERIFY_OPA": "",
            "VERIFY_TERMINATION_LOG": str(tmp_path / "termination-log"),
        }
        outcome = run(command("--environment", "--timeout", "1"), variables)
    shown = outcome.stdout
    for name, address in found.items():
        shown = shown.replace(address.removeprefix("http://"), name)
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert lines == [
        "Forail at https://forail.example.com",
        "check result through seen",
        "ping ok Service web version 2026.7.1",
        "login ok Service web admin signed in with CSRF token and secure cookies",
        "websocket FAILED Service websocket GET http://websocket/websocket/ answers 502 instead of 101: "
        "daphne does not answer behind nginx: look at web's log",
        "token ok Service web belongs to forail-operator",
        "nodes FAILED Service web forail-node has no capacity: raise task.resources.limits; hybrid execution keeps "
        "2 GiB for itself",
        "static files ok Service web /static/rest_framework/css/bootstrap.min.css 64 bytes",
        "frontend ok Service frontend /static/forail/assets/index-1a2b.js 64 bytes",
        "policy off - opa.enabled: false",
        "collector ok Service web web reaches http://forail-otel-collector:4317",
        "assistant off - assistant.enabled: false",
        "operator ok Service web has written organization forail-canary",
        "job not checked - needs a node that the check nodes found ready",
        "7 ok, 2 FAILED, 2 off, 1 not checked",
        "Not seen from inside the cluster: DNS, the way in, the certificate. From outside: "
        "pulumi stack output --json --show-secrets | python -m components.verify",
    ]
    # Columns start at the same place, and the kubelet's message is the first row that failed.
    heads = [line.split("  ")[0] for line in outcome.stdout.splitlines()[2:14]]
    assert {outcome.stdout.splitlines()[1].index("result")} == {len("static files") + 2}
    assert heads == list(CHECKS)
    assert outcome.returncode == 1
    assert (tmp_path / "termination-log").read_text().startswith("websocket: FAILED: GET http://127.0.0.1:")


def changed(**fields: Any) -> Callable[[Forail], None]:
    """Sets fields of the platform."""

    def change(forail: Forail) -> None:
        for name, value in fields.items():
            setattr(forail, name, value)

    return change


def answering(path: str, *answers: Answer) -> Callable[[Forail], None]:
    """Replaces what a path answers, for good or, with several, once each."""
    return changed(instead={path: answers[0] if len(answers) == 1 else list(answers)})


HTML = Answer.page("<html>welcome</html>")
GARBAGE = Answer(body=b'{"version": ')
# What breaks, the row that must fail, and what it must say.
FAULTS = {
    "ping redirects to the migrations": (
        answering("/api/v2/ping/", REDIRECT),
        "ping",
        "look at the log of the init Job",
    ),
    "ping is an error": (answering("/api/v2/ping/", Answer(500)), "ping", "an error of the application"),
    "ping finds no pod": (answering("/api/v2/ping/", Answer(503)), "ping", "no pod is ready behind the Service"),
    "ping has an unknown status": (answering("/api/v2/ping/", Answer(418)), "ping", "answers 418: 200 is expected"),
    "ping is another page": (answering("/api/v2/ping/", HTML), "ping", "200 with text/html, where a JSON object"),
    "ping is cut": (answering("/api/v2/ping/", GARBAGE), "ping", "where a JSON object is expected"),
    "ping is a list": (answering("/api/v2/ping/", Answer.of([1])), "ping", "where a JSON object is expected"),
    "ping is deep": (answering("/api/v2/ping/", Answer(body=b"[" * 100_000)), "ping", "where a JSON object"),
    "ping is somebody else's": (answering("/api/v2/ping/", Answer.of({"pong": 1})), "ping", "not Forail's API"),
    "ping never comes": (answering("/api/v2/ping/", SILENCE), "ping", "no answer within 1 s"),
    "ping hangs up": (answering("/api/v2/ping/", HANG_UP), "ping", "not reachable ("),
    "an older version": (changed(version="2026.7.0"), "ping", "is version 2026.7.0, and the stack asks for 2026.07.1"),
    "a version that is no number": (changed(version="devel"), "ping", "is version devel"),
    "a host that is not allowed": (changed(hosts=["other.lan"]), "ping", "exposure.host or extraHosts lacks this name"),
    "no CSRF cookie": (answering("/api/login/", Answer.page("<html>")), "login", "sets no cookie csrftoken"),
    "cookies for TLS without TLS": (
        changed(secure_cookies=True),
        "login",
        "browsers do not send it back over plain HTTP",
    ),
    "a proxy that changes the host": (
        changed(arriving_host="localhost:8013"),
        "login",
        "Look at exposure.host, mode and ports, and whether what leads there passes Host and X-Forwarded-Proto on",
    ),
    "another password": (changed(password="changed in the UI"), "login", "the password of admin is not the stack's"),
    "no session": (
        answering("/api/v2/me/", Answer.of({}, 401), Answer.of({}, 401)),
        "login",
        "local sign-in may be switched off",
    ),
    "a cached user": (
        answering("/api/v2/me/", Answer.of({"results": [{"username": "eve"}]}), Answer.of({"results": []})),
        "login",
        "the session is not that of admin",
    ),
    "websocket refused": (changed(websocket=403), "websocket", "403 instead of 101: the session is not accepted"),
    "websocket led elsewhere": (changed(websocket=404), "websocket", "look at the route of /websocket"),
    "websocket not upgraded": (changed(websocket=200), "websocket", "drops the Upgrade header"),
    "websocket without daphne": (changed(websocket=502), "websocket", "daphne does not answer behind nginx"),
    "websocket with a wrong digest": (changed(wrong_digest=True), "websocket", "without the key's digest"),
    "websocket closed": (changed(first_message=None), "websocket", "closed before its first message"),
    "websocket without a session": (
        changed(first_message=b'{"close": true}'),
        "websocket",
        "does not accept the session",
    ),
    "websocket with garbage": (changed(first_message=b"{"), "websocket", "the answer is no HTTP, or ends early"),
    "websocket with a list": (changed(first_message=b"[]"), "websocket", "does not accept the session"),
    "an unknown token": (changed(token="another"), "token", "the database does not know the stack's token"),
    "a token of nobody": (answering("/api/v2/me/", Answer.of({"results": []})), "token", "names no user"),
    "no node": (changed(nodes=[]), "nodes", "no task node is registered"),
    "a node that is not ready": (
        changed(nodes=[node(node_state="installed")]),
        "nodes",
        "forail-node is installed: look at the log of its task pod",
    ),
    "a lost node": (
        changed(nodes=[node(node_state="unavailable", errors="no heartbeat")]),
        "nodes",
        "is unavailable (no heartbeat): look at the log of its task pod, or, if it is gone for good, deprovision",
    ),
    "a node without capacity": (changed(nodes=[node(capacity=0)]), "nodes", "has no capacity: raise task.resources"),
    "an older node": (changed(nodes=[node(version="2026.7.0")]), "nodes", "runs version 2026.7.0"),
    "a node outside controlplane": (
        changed(members={"default": ["forail-node"]}),
        "nodes",
        "not in the group controlplane",
    ),
    "a node outside default": (
        changed(members={"controlplane": ["forail-node"], "default": []}),
        "nodes",
        "is not in the group default",
    ),
    "a hybrid node and a container group": (changed(container_group=True), "nodes", "or that one starts pods"),
    "a control node and a group of nodes": (
        changed(nodes=[node(node_type="control")]),
        "nodes",
        "the group default starts no pods, or has nodes",
    ),
    "nodes without a list": (answering("/api/v2/instances/", Answer.of({"results": [1]})), "nodes", "answers no list"),
    "no static file": (
        answering("/static/rest_framework/css/bootstrap.min.css", Answer(404)),
        "static files",
        "web's image has no collected files",
    ),
    "an empty static file": (
        answering("/static/rest_framework/css/bootstrap.min.css", Answer()),
        "static files",
        "answers a page instead of the file",
    ),
    "the application's page without its files": (
        answering("/static/forail/assets/index-1a2b.js", HTML),
        "frontend",
        "must send / and /static/forail to the frontend",
    ),
    "another page at the root": (answering("/", HTML), "frontend", "names no file below /static"),
    "no frontend": (answering("/", Answer(503)), "frontend", "no pod is ready behind the Service"),
    "an unreachable collector": (
        answering(
            "/api/v2/observability/",
            Answer.of({"enabled": True, "exporter_endpoint": "http://gone:4317", "collector_healthy": False}),
        ),
        "collector",
        "web does not reach the collector at http://gone:4317",
    ),
    "no system job": (answering("/api/v2/system_job_templates/", Answer.of({"results": []})), "job", "no system job"),
    "a launch that is refused": (
        answering("/api/v2/system_job_templates/3/launch/", Answer.of({}, 403)),
        "job",
        "answers 403: the user may not do that",
    ),
    "a failed job": (
        changed(job=[{"status": "failed", "job_explanation": "no\nspace left"}]),
        "job",
        "job 7 (cleanup_sessions) ended as failed: no space left; look at the log of the task pod",
    ),
    "a job in error": (changed(job=[{"status": "error"}]), "job", "ended as error: no explanation"),
    "a canceled job": (changed(job=[{"status": "canceled"}]), "job", "ended as canceled"),
    "a pending job": (
        changed(job=[{"status": "pending", "job_explanation": "This job is not ready to start."}]),
        "job",
        "is still pending and was canceled: This job is not ready to start.",
    ),
    "a running job": (changed(job=[{"status": "running"}]), "job", "is still running and was canceled"),
    "a job without events": (
        changed(job=[{"status": "successful", "event_processing_finished": False}]),
        "job",
        "the events of job 7 are not stored: look at the callback receiver",
    ),
    "a job that is gone": (answering("/api/v2/system_jobs/7/", Answer.of({}, 404)), "job", "could not be followed"),
}


@pytest.mark.parametrize("fault", list(FAULTS))
def test_each_fault_fails_its_row_and_says_what_to_do(fault: str, tmp_path: Path) -> None:
    change, check, said = FAULTS[fault]
    forail = at_home()
    change(forail)
    outcome = outside(forail, tmp_path, "--json")
    result, seen = rows(outcome)[check]
    assert (result, outcome.returncode) == ("failed", 1)
    assert said in seen
    assert PASSWORD not in outcome.stdout
    assert TOKEN not in outcome.stdout


OPA_DOWN = {"VERIFY_OPA": f"http://127.0.0.1:{free_port()}"}
# Seen from inside only: what breaks, what the Job is told otherwise, the row, and what it must say.
FAULTS_INSIDE: Mapping[str, tuple[Callable[[Forail], None], Mapping[str, str], str, str]] = {
    "plain cookies behind TLS": (changed(secure_cookies=False), {}, "login", "sets csrftoken without Secure"),
    "a second node that never came": (
        changed(),
        {"VERIFY_NODES": "forail-node,forail-task-1"},
        "nodes",
        "forail-task-1 is not registered",
    ),
    "a node of another type": (changed(), {"VERIFY_EXECUTION": "control"}, "nodes", "as hybrid instead of control"),
    "OPA is down": (changed(), OPA_DOWN, "policy", "nothing listens there: its pods are not ready"),
    "OPA is ill": (answering("/health", Answer(500)), {}, "policy", "answers 500"),
    "OPA answers garbage": (answering("/v1/data/forail/launch", GARBAGE), {}, "policy", "a JSON object is expected"),
    "telemetry switched off in the UI": (
        answering("/api/v2/observability/", Answer.of({"enabled": False})),
        {},
        "collector",
        "web does not report to http://forail-otel-collector:4317",
    ),
    "the assistant without its model server": (
        answering("/api/v1/health", Answer.of({"status": "degraded", "ollama": "unreachable", "chromadb": "ok"})),
        {},
        "assistant",
        "the assistant is degraded (ollama unreachable, chromadb ok)",
    ),
    "an operator that cannot write": (changed(organizations=["Default"]), {}, "operator", "look at the operator's log"),
    "a name that does not resolve": (changed(), {"VERIFY_OPA": "http://nowhere.invalid:8181"}, "policy", "not resolve"),
}


@pytest.mark.parametrize("fault", list(FAULTS_INSIDE))
def test_each_fault_that_only_the_job_sees(fault: str, tmp_path: Path) -> None:
    change, told, check, said = FAULTS_INSIDE[fault]
    forail = Forail()
    change(forail)
    outcome = inside(forail, tmp_path, "--json", **told)
    failed = {name: seen for name, (result, seen) in rows(outcome).items() if result == "failed"}
    assert said in failed[check]
    first = next(name for name in CHECKS if name in failed)
    assert (tmp_path / "termination-log").read_text() == f"{first}: FAILED: {failed[first]}"


def test_what_is_not_there_yet_is_asked_for_again(tmp_path: Path) -> None:
    forail = Forail(instead={"/api/v2/instances/": [Forail().listed([node(node_state="installed")])]})
    found = rows(inside(forail, tmp_path, "--json"))
    assert found["nodes"] == ("ok", "forail-node hybrid capacity 57")
    assert forail.requests.count(("web", "/api/v2/instances/")) == 2
    assert forail.requests.count(("web", "/api/v2/system_job_templates/3/launch/")) == 1


def test_a_person_is_answered_at_once(tmp_path: Path) -> None:
    forail = at_home()
    forail.instead["/api/v2/instances/"] = [Forail().listed([node(node_state="installed")])]
    assert rows(outside(forail, tmp_path, "--json"))["nodes"][0] == "failed"


def test_what_is_switched_off_has_not_failed(tmp_path: Path) -> None:
    off = dict.fromkeys(("VERIFY_OPA", "VERIFY_COLLECTOR", "VERIFY_ASSISTANT", "VERIFY_OPERATOR"), "")
    outcome = inside(Forail(), tmp_path, "--json", **off)
    found = rows(outcome)
    keys = {
        "policy": "opa.enabled: false",
        "collector": "otelCollector.enabled: false, and no endpoint",
        "assistant": "assistant.enabled: false",
        "operator": "operator.enabled: false",
    }
    assert {check: row for check, row in found.items() if row[0] == "off"} == {
        check: ("off", key) for check, key in keys.items()
    }
    assert outcome.returncode == 0


def test_without_a_canary_nothing_shows_what_the_operator_does(tmp_path: Path) -> None:
    found = rows(inside(Forail(organizations=[]), tmp_path, "--json", VERIFY_OPERATOR="silent"))
    assert found["operator"] == ("not checked", "content.canary: false")


def test_secrets_that_somebody_else_keeps_leave_their_rows_unchecked(tmp_path: Path) -> None:
    outcome = outside(at_home(), tmp_path, "--json", adminPassword=None, personalAccessToken=None, operatorNamespace="")
    found = rows(outcome)
    assert {check for check, (result, _) in found.items() if result == "ok"} == {"ping", "static files", "frontend"}
    assert found["operator"][0] == "off"
    assert not [check for check, (result, _) in found.items() if result == "failed"]
    assert outcome.returncode == 0


def test_control_execution_has_a_container_group_without_nodes(tmp_path: Path) -> None:
    forail = Forail(
        nodes=[node(node_type="control")],
        container_group=True,
        members={"controlplane": ["forail-node"], "default": []},
    )
    outcome = inside(forail, tmp_path, "--json", VERIFY_EXECUTION="control")
    assert rows(outcome)["nodes"] == ("ok", "forail-node control capacity 57")
    assert outcome.returncode == 0


def test_a_password_that_is_the_uis_is_not_tried(tmp_path: Path) -> None:
    outcome = inside(Forail(password="changed in the UI"), tmp_path, "--json", VERIFY_ADMIN_PASSWORD="")
    assert outcome.returncode == 0, outcome.stdout
    result, said = rows(outcome)["login"]
    assert result == "not checked"
    assert "passwordPolicy initial" in said


def test_a_node_that_an_administrator_disabled_is_told_and_no_fault(tmp_path: Path) -> None:
    both = ["forail-task-0", "forail-task-1"]
    forail = Forail(
        nodes=[node(both[0]), node(both[1], enabled=False)], members={"controlplane": both, "default": both}
    )
    result, seen = rows(inside(forail, tmp_path, "--json", VERIFY_NODES=",".join(both)))["nodes"]
    assert result == "ok"
    assert seen.endswith("; disabled by an administrator, so without jobs: forail-task-1")


@pytest.mark.parametrize("version", [f"sha256:{'5' * 64}", "2026.07.1-mirrored", "v2026.7.1"])
def test_a_tag_that_names_no_release_is_compared_with_nothing(version: str, tmp_path: Path) -> None:
    result, seen = rows(outside(at_home(), tmp_path, "--json", version=version))["ping"]
    assert result == "ok"
    assert ("names no release" in seen) is (version != "v2026.7.1")


def test_a_cookie_that_a_load_balancer_adds_is_not_forails(tmp_path: Path) -> None:
    sticky = Answer.page(API_PAGE)
    sticky.headers += (("Set-Cookie", "csrftoken=c; Path=/"), ("Set-Cookie", "route=a; Path=/; Secure"))
    forail = at_home()
    forail.instead["/api/login/"] = [sticky]
    assert rows(outside(forail, tmp_path, "--json"))["login"][0] == "ok"


def test_a_strangers_certificate_is_refused(tmp_path: Path) -> None:
    forail, own = Forail(hosts=["localhost"]), certificate("localhost")
    found = rows(outside(forail, tmp_path, "--json", tls=own, caCertificate=certificate("localhost", "b")[0]))
    failed = {check for check, (result, _) in found.items() if result == "failed"}
    assert failed == {"ping", "login", "token", "nodes", "static files", "frontend", "operator"}
    assert "its certificate is not to be trusted (" in found["ping"][1]
    assert not forail.requests, "a request went to a stranger"


def test_another_hosts_certificate_is_refused(tmp_path: Path) -> None:
    other = certificate("forail.lan")
    found = rows(outside(Forail(hosts=["localhost"]), tmp_path, "--json", tls=other, caCertificate=other[0]))
    assert "Hostname mismatch" in found["ping"][1]


def test_a_port_without_tls_is_told(tmp_path: Path) -> None:
    with ingress(at_home(), None, tmp_path) as url:
        text = outputs(url.replace("http://", "https://"))
        found = rows(run(command("--timeout", "1", "--json"), standard_input=text))
    assert "no TLS there" in found["ping"][1]


def test_a_port_that_nobody_listens_on_is_told_in_every_row() -> None:
    text = outputs(f"http://localhost:{free_port()}")
    found = rows(run(command("--timeout", "1", "--json"), standard_input=text))
    assert {
        seen for result, seen in found.values() if result == "failed" and "nothing listens there" not in seen
    } == set()
    assert found["job"] == ("not checked", "needs a node that the check nodes found ready")


def test_a_secret_that_the_other_side_repeats_is_not_shown(tmp_path: Path) -> None:
    forail = at_home()
    forail.job = [{"status": "failed", "job_explanation": f"{TOKEN} and {PASSWORD}"}]
    outcome = outside(forail, tmp_path)
    assert "ended as failed: *** and ***" in outcome.stdout
    assert TOKEN not in outcome.stdout + outcome.stderr


def test_what_the_other_side_says_stays_on_its_line(tmp_path: Path) -> None:
    forail = at_home()
    forail.job = [{"status": "failed", "job_explanation": "one\r\n\x1b[2Jtwo " + "x" * 5000}]
    lines = outside(forail, tmp_path).stdout.splitlines()
    assert len(lines) == 15
    assert max(map(len, lines)) < 800
    assert "\x1b" not in "".join(lines)


ODD = {
    "an empty object": Answer(body=b"{}"),
    "a list of empty objects": Answer(body=b'{"results": [{}]}'),
    "a list of the wrong types": Answer(
        body=b'{"results": [{"hostname": [], "node_type": "hybrid", "node_state": "ready", "id": "3", "username": 4}],'
        b' "version": {}, "instance_groups": [1, {"name": [], "instances": [{}]}]}'
    ),
    "a lone surrogate": Answer(body=b'{"version": "\\ud800", "status": "\\ud800", "results": [], "enabled": true}'),
    "no bytes of text": Answer(body=bytes(range(256))),
    "nothing": Answer(),
}


@pytest.mark.parametrize("what", list(ODD))
def test_whatever_answers_every_check_has_its_row(what: str, tmp_path: Path) -> None:
    paths = {f"/api/v2/{name}/" for name in ("ping", "me", "instances", "instance_groups", "organizations")}
    paths |= {f"/api/v2/{name}/" for name in ("observability", "system_job_templates")}
    forail = Forail(instead=dict.fromkeys({*paths, "/health", "/api/v1/health", "/"}, ODD[what]))
    outcome = inside(forail, tmp_path, "--json")
    found = rows(outcome)
    assert tuple(found) == CHECKS
    assert {found["ping"][0], found["token"][0], found["frontend"][0], found["nodes"][0]} == {"failed"}
    assert "nobody thought of" not in outcome.stdout


UNUSABLE = {
    "nothing": ("", "pipe `pulumi stack output --json --show-secrets` into this"),
    "no JSON": ("adminPassword  x", "pipe `pulumi stack output --json --show-secrets` into this"),
    "a list": ("[]", "pipe `pulumi stack output --json --show-secrets` into this"),
    "a deep one": ("[" * 100_000, "pipe `pulumi stack output --json --show-secrets` into this"),
    "hidden secrets": (outputs("http://a", adminPassword="[secret]"), "adminPassword is hidden: add --show-secrets"),
    "a password that is no text": (outputs("http://a", adminPassword=[PASSWORD]), "adminPassword is no text"),
    "no URL": (outputs("http://a", url=None), "have no text url: run `pulumi up`"),
    "no version": (outputs("http://a", version=""), "have no text version"),
    "another scheme": (outputs("ftp://a"), "url must be an http or https address"),
    "a password in the URL": (outputs(f"https://u:{PASSWORD}@a"), "url must be an http or https address"),
    "a bracket in the URL": (outputs("https://[a"), "url must be an http or https address"),
    "a port out of range": (outputs("https://a:70000"), "url must be an http or https address"),
    "a blank in the URL": (outputs("https://a b"), "url must be an http or https address"),
    "a token with a line break": (
        outputs("http://a", personalAccessToken=f"{TOKEN}\n"),
        "personalAccessToken holds characters that no HTTP header carries",
    ),
    "a CA that is none": (outputs("https://a", caCertificate="x"), "caCertificate holds no PEM certificate"),
    "a CA with nothing in it": (
        outputs("https://a", caCertificate="-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"),
        "caCertificate holds no PEM certificate",
    ),
    "a CA with other letters": (outputs("https://a", caCertificate="\u00e9"), "caCertificate holds no PEM certificate"),
}


@pytest.mark.parametrize("what", list(UNUSABLE))
def test_unusable_outputs_are_refused_without_a_value(what: str) -> None:
    text, said = UNUSABLE[what]
    outcome = run(command(), standard_input=text)
    assert (outcome.returncode, outcome.stdout) == (2, "")
    assert outcome.stderr.startswith("verify: ")
    assert said in outcome.stderr
    assert outcome.stderr.count("\n") == 1
    assert PASSWORD not in outcome.stderr
    assert TOKEN not in outcome.stderr


UNUSABLE_VARIABLES = {
    "missing": ({"VERIFY_TOKEN": "", "VERIFY_NODES": ""}, "missing or empty: VERIFY_TOKEN, VERIFY_NODES"),
    "an unknown execution": ({"VERIFY_EXECUTION": "both"}, "VERIFY_EXECUTION must be hybrid or control"),
    "routes that are no JSON": ({"VERIFY_ROUTES": "{"}, "VERIFY_ROUTES must be JSON"),
    "routes that are a list": ({"VERIFY_ROUTES": "[1]"}, "VERIFY_ROUTES must be JSON"),
    "routes to a number": ({"VERIFY_ROUTES": '{"/": 1}'}, "VERIFY_ROUTES must be"),
    "an address without a scheme": ({"VERIFY_OPA": "forail-opa:8181"}, "VERIFY_OPA must be an http or https address"),
    "a token for no header": ({"VERIFY_TOKEN": f"{TOKEN}\u00e9"}, "VERIFY_TOKEN holds characters"),
}


@pytest.mark.parametrize("what", list(UNUSABLE_VARIABLES))
def test_unusable_variables_are_refused_by_name(what: str, tmp_path: Path) -> None:
    changes, said = UNUSABLE_VARIABLES[what]
    log = tmp_path / "log"
    variables = {**JOB_FACTS, "VERIFY_ROUTES": '{"/": "http://a"}', "VERIFY_TERMINATION_LOG": str(log), **changes}
    outcome = run(command("--environment"), variables)
    assert (outcome.returncode, outcome.stdout) == (2, "")
    assert said in outcome.stderr
    assert outcome.stderr == f"{log.read_text()}\n"
    assert PASSWORD not in outcome.stderr
    assert TOKEN not in outcome.stderr


@pytest.mark.parametrize("seconds", ["0", "-1", "1.5", "soon", "86401", "9" * 5000, "\u0661"])
def test_a_time_that_is_none_is_refused(seconds: str) -> None:
    outcome = run(command("--timeout", seconds), standard_input=outputs("http://a"))
    assert outcome.returncode == 2
    assert "must be a number of seconds from 1 to 86400" in outcome.stderr


def test_it_needs_nothing_that_the_image_might_lack() -> None:
    own = {path.stem for path in PROGRAM.glob("*.py")}
    named: set[str] = set()
    for path in PROGRAM.glob("*.py"):
        for item in ast.walk(ast.parse(path.read_text())):
            if isinstance(item, ast.ImportFrom):
                named.add((item.module or "").partition(".")[0])
            elif isinstance(item, ast.Import):
                named |= {alias.name.partition(".")[0] for alias in item.names}
    assert not named - own - set(sys.stdlib_module_names)
    # Beside the program lies whatever it is called, and hides a module of the library of that name.
    assert not own & set(sys.stdlib_module_names)


def test_the_checkout_has_it_as_a_module(tmp_path: Path) -> None:
    with ingress(at_home(), None, tmp_path) as url:
        outcome = run([sys.executable, "-m", "components.verify", "--json"], standard_input=outputs(url))
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert json.loads(outcome.stdout)["passed"] is True
