"""What docs/operations.md tells to type names objects that exist, in an order that works."""

from __future__ import annotations

import ast
import json
import re

import yaml

from components.api.kinds import Kind
from components.kube.files import text
from tests.unit.certificates import certificate
from tests.unit.engine import ROOT
from tests.unit.pods import pods
from tests.unit.settings.stackfile import parsed
from tests.unit.stacks import Stack, dev, every

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
FAILURES = (ROOT / "docs" / "failures.md").read_text(encoding="utf-8")
KINDS = {"deploy": "Deployment", "statefulset": "StatefulSet", "cronjob": "CronJob"}


def test_every_workload_that_it_names_is_made() -> None:
    made = {item.label for stack in ("dev", "prod") for item in every(stack).objects}
    named = set(re.findall(rf"\b({'|'.join(KINDS)})/(forail-[a-z-]+)", PAGE))
    assert named
    assert not {f"{KINDS[kind]}/{name}" for kind, name in named} - made


def test_its_selectors_find_what_they_are_for() -> None:
    found = pods(every("dev"))
    components = {label: pod.labels["app.kubernetes.io/component"] for label, pod in found.items()}
    assert {label for label, component in components.items() if component in ("web", "task")} == {
        "Deployment/forail-web",
        "Deployment/forail-task",
    }
    jobs = {
        item.name
        for item in every("dev").all("Job")
        if item.inputs["metadata"]["labels"]["app.kubernetes.io/component"] == "init"
    }
    assert jobs == {"forail-init"}


def test_every_pod_whose_log_a_label_selects_has_the_container() -> None:
    """kubectl shows no log at all where one of the pods has no such container."""
    named = set(re.findall(r"logs -l app\.kubernetes\.io/component=([a-z-]+) -c ([a-z-]+)", PAGE + FAILURES))
    found = [pod for stack in ("dev", "prod", "everything") for pod in pods(every(stack)).values()]
    for component, container in named:
        selected = [pod for pod in found if pod.labels["app.kubernetes.io/component"] == component]
        assert selected, component
        for pod in selected:
            assert container in {each.name for each in pod.containers}, f"{pod.label} has no {container}"
    assert {component for component, _ in named} == {"backup", "restore"}


def test_moving_the_database_releases_what_goes_and_nothing_else() -> None:
    section = PAGE.partition("### Move the database")[2]
    (pattern,) = re.findall(r"grep -oE '(urn:[^']+)'", section)
    urns = (ROOT / "tests/unit/golden/urns.prod.txt").read_text(encoding="utf-8").split()
    released = sorted(urn.rpartition("$")[2] for urn in urns if re.search(pattern, urn))
    assert released == [
        "kubernetes:core/v1:PersistentVolumeClaim::forail-postgres",
        "kubernetes:core/v1:Secret::forail-postgres-superuser-password",
        "random:index/randomPassword:RandomPassword::forail-postgres-superuser-password",
    ]


def test_the_key_is_read_from_where_web_reads_it() -> None:
    (name,) = re.findall(r'containers\[0\]\.env\[\?\(@\.name=="(\w+)"\)\]\.valueFrom\.secretKeyRef', FAILURES)
    (first, *_) = pods(every("prod"))["Deployment/forail-web"].main
    assert first.env[name].startswith("secret:")
    assert first.env[name].endswith("/value")


def test_policies_are_sent_again_by_the_backends_own_function() -> None:
    section = FAILURES.partition("### Policies after a restart of OPA")[2]
    command, script = section.split("```")[1].removeprefix("sh\n").split("\n", 1)
    assert "deploy/forail-web -c web -- forail-manage shell <<'EOF'" in command
    ast.parse(script.removesuffix("EOF\n"))
    assert pods(every("prod"))["Deployment/forail-web"].container("web")


def test_a_restore_is_one_block_and_one_command() -> None:
    """At three in the morning, nobody follows a recipe of seven."""
    section = PAGE.partition("## Restore")[2]
    block = yaml.safe_load(section.split("```")[1].removeprefix("yaml"))["config"]["forail:restore"]
    assert section.split("```")[2].startswith("\n\nand `pulumi up`.")
    job = Stack({**dev().config, "restore": block}, name=block["confirm"]).deploy().one("Job", "forail-restore")
    assert job.object_name.startswith("forail-restore-")
    # What the Job says when it is asked for more.
    script = text("restore/job.sh")
    assert "_before_restore" in script
    assert "<name>_before_restore" in section
    assert "CREATEDB" in script
    assert "CREATEDB" in section.partition("### ")[0]


def test_the_example_of_every_way_to_sign_in_is_a_stack_file() -> None:
    block = yaml.safe_load(PAGE.partition("## Sign-in")[2].split("```")[1].removeprefix("yaml"))["config"]
    saml = block["forail:forail"]["auth"]["saml"]
    saml["certificate"] = saml["identityProviders"]["acme"]["certificate"] = certificate("saml.example.com")[0]
    named = re.findall(r"'settingsSecrets\.([A-Z_]+)'", PAGE.partition("## Sign-in")[2].partition("## Protected")[0])
    secrets = {"settingsSecrets": json.dumps(dict.fromkeys(named, "x"))}
    forail = parsed({"forail": block["forail:forail"]}, secrets).stack.forail
    assert forail.declared("https://a")["AUTH_LDAP_SERVER_URI"] == "ldaps://ldap1.example.com ldaps://ldap2.example.com"
    assert forail.existing_secrets().keys() == {"AUTH_LDAP_BIND_PASSWORD"}


def test_content_is_taken_out_while_no_operator_runs() -> None:
    block = PAGE.partition("## Rename content")[2].split("```")[1]
    steps = [line for line in block.splitlines() if line.startswith(("kubectl", "pulumi"))]
    order = [
        "scale deploy/forail-operator --replicas=0",
        "--for=delete",
        "finalizers",
        " delete organizations",
        "refresh",
    ]
    order += ["state delete", "pulumi up"]
    assert [next(place for place, part in enumerate(order) if part in line) for line in steps] == list(range(7))
    (pod,) = (pod for label, pod in pods(every("dev")).items() if label == "Deployment/forail-operator")
    assert pod.labels["app.kubernetes.io/component"] == "operator"
    assert f" {Kind.ORGANIZATION.crd_name} engineering " in steps[2]
    assert steps[3].endswith(f" {Kind.ORGANIZATION.crd_name} engineering")
    assert "engineering" in {item.inputs["metadata"]["name"] for item in every("dev").all("Organization")}
    # Where the refusal sends people.
    (refusing,) = (ROOT / "components" / "content").rglob("renames.py")
    assert '"Rename content"' in refusing.read_text(encoding="utf-8")
