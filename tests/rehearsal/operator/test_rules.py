"""Rules of the simulated Forail that need no cluster."""

import base64
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rehearsal.kubernetes.objects import KubeObject
from rehearsal.operator import validation
from rehearsal.operator.cores import Site
from rehearsal.operator.forail import Forail
from rehearsal.operator.inventories import inventory
from rehearsal.operator.kinds import CREDENTIAL, INVENTORY, JOB_TEMPLATE, PROJECT, SCHEDULE, Kind
from rehearsal.operator.passes import Pass, PassError, Status
from rehearsal.operator.records import Record, Records
from rehearsal.operator.recurrences import next_start
from rehearsal.operator.seeds import seed
from rehearsal.operator.simple_kinds import credential, job_template, project, schedule
from rehearsal.operator.tokens import Token

NOW = datetime(2030, 5, 1, 12, 30, tzinfo=UTC)
PLAIN = "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----"
LOCKED = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----"
SECRET = "hunter2"
URL = "https://git.test/site.git"
START = "DTSTART:20990101T020000Z"
DAILY = "RRULE:FREQ=DAILY;INTERVAL=1"
PASSES: dict[Kind, Callable[[Pass], Status]] = {
    PROJECT: project,
    CREDENTIAL: credential,
    JOB_TEMPLATE: job_template,
    INVENTORY: inventory,
    SCHEDULE: schedule,
}


def openssh(cipher: bytes) -> str:
    body = base64.b64encode(b"openssh-key-v1\0" + len(cipher).to_bytes(4) + cipher + b"\0" * 9).decode()
    return f"-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----\n"


class Written(Records):
    """Records that count what is changed."""

    changes = 0

    def change(self, record: Record) -> None:
        self.changes += 1
        super().change(record)


@pytest.fixture
def records(tmp_path: Path) -> Generator[Written]:
    found = Written(tmp_path / "forail.sqlite")
    seed(found, "core")
    yield found
    found.close()


def sync(records: Records, kind: Kind, spec: KubeObject, name: str = "tried") -> Status:
    """One pass of the operator over a resource with this spec."""
    forail = Forail("https://forail.test", Token.of("t"), Site("core", accepts=None), records)
    obj = {"metadata": {"name": name, "namespace": "default"}, "spec": {"organization": "Default", **spec}}
    return PASSES[kind](Pass(kind, obj, forail, lambda _: None))


def of_type(credential_type: str, **inputs: str) -> KubeObject:
    return {"credentialType": credential_type, "inputs": inputs}


def template(**spec: Any) -> KubeObject:
    return {"inventory": "Demo Inventory", "project": "Demo Project", "playbook": "hello_world.yml", **spec}


def groups(*names: str, hosts: tuple[str, ...] = (), **fields: Any) -> KubeObject:
    return {"hosts": [{"name": host} for host in hosts], "groups": [{"name": name, **fields} for name in names]}


REFUSED: list[tuple[Kind, KubeObject, str]] = [
    (PROJECT, {}, "SCM URL is required"),
    (PROJECT, {"scmUrl": " "}, "SCM URL is required"),
    (PROJECT, {"scmUrl": "svn://git.test/site"}, "Unsupported git URL"),
    (PROJECT, {"scmUrl": "git+ssh://git.test/site"}, "Unsupported git URL"),
    (PROJECT, {"scmUrl": "https:///site"}, "Host is required"),
    (PROJECT, {"scmUrl": "https://git.test:port/site"}, "Invalid git URL"),
    (PROJECT, {"scmUrl": "git@git.test:a:b"}, "Invalid git URL"),
    (PROJECT, {"scmUrl": "file://elsewhere/site"}, "Unsupported host"),
    (PROJECT, {"scmType": "svn", "scmUrl": "git@git.test:site"}, "Invalid svn URL"),
    (PROJECT, {"scmType": "archive", "scmUrl": "ftp://git.test/site.tgz"}, "Unsupported archive URL"),
    (PROJECT, {"scmType": "hg", "scmUrl": URL}, "not a valid choice"),
    (PROJECT, {"scmType": "manual", "scmClean": True}, "must be set to false for manual projects"),
    (PROJECT, {"scmType": "insights", "scmUrl": URL}, "Insights Credential is required"),
    (PROJECT, {"scmUrl": URL, "scmCredential": "Demo Credential"}, "Credential kind must be 'scm'"),
    (PROJECT, {"scmUrl": f"https://git.test/{'a' * 1024}"}, "no more than 1024"),
    (PROJECT, {"scmUrl": URL, "scmBranch": "b" * 257}, "no more than 256"),
    (PROJECT, {"scmUrl": URL, "name": "n" * 513}, "no more than 512"),
    (PROJECT, {"scmUrl": URL, "description": "a\0b"}, "Null characters"),
    (CREDENTIAL, of_type("Machine", token=SECRET), "Additional properties are not allowed (token unexpected)"),
    (CREDENTIAL, of_type("OpenStack", host="h", verify_ssl=SECRET), "not of type 'boolean'"),
    (CREDENTIAL, of_type("Network", username="u", authorize_password=SECRET), "cannot be set unless"),
    (CREDENTIAL, of_type("Vault", vault_id=f"{SECRET}@prod"), "not an allowed character"),
    (CREDENTIAL, of_type("Centrify Vault Credential Provider Lookup", url=SECRET), "Invalid URL"),
    (CREDENTIAL, of_type("Thycotic DevOps Secrets Vault", tld=SECRET), "must be one of ca, com"),
    (CREDENTIAL, of_type("Machine", password=f"{SECRET}\0"), "Null characters"),
    (CREDENTIAL, of_type("Machine", ssh_key_data=SECRET), "Invalid certificate or key"),
    (CREDENTIAL, of_type("Machine", ssh_key_data=PLAIN.replace("AAAA", "PLACE-HOLDER")), ": 500: "),
    (CREDENTIAL, of_type("Machine", ssh_key_data=LOCKED), "must be set when SSH key is encrypted"),
    (CREDENTIAL, of_type("Machine", ssh_key_data=openssh(b"aes256-ctr")), "must be set when SSH key is encrypted"),
    (CREDENTIAL, of_type("Machine", ssh_key_data=PLAIN, ssh_key_unlock=SECRET), "should not be set"),
    (JOB_TEMPLATE, template(project="by hand"), "Playbook not found"),
    (JOB_TEMPLATE, template(playbook="./hello_world.yml"), "Playbook not found"),
    (JOB_TEMPLATE, template(playbook="hello_world.txt"), "Playbook not found"),
    (JOB_TEMPLATE, template(playbook="roles/a/site.yml"), "Playbook not found"),
    (JOB_TEMPLATE, template(playbook=" "), "Must select playbook"),
    (JOB_TEMPLATE, template(credentials=["Ansible Galaxy"]), "Cannot assign a Credential of kind `galaxy`"),
    (JOB_TEMPLATE, template(credentials=["Demo Credential", "second"]), "Cannot assign multiple Machine"),
    (JOB_TEMPLATE, template(credentials=["vault", "vault again"]), "Cannot assign multiple Vault"),
    (JOB_TEMPLATE, template(extraVars="no mapping"), "Cannot parse"),
    (INVENTORY, {"variables": "{"}, "Cannot parse"),
    (INVENTORY, {"hosts": [{"name": "web:ssh"}]}, "Invalid port specification"),
    (INVENTORY, {"hosts": [{"name": "web", "variables": "- a"}]}, "Cannot parse"),
    (INVENTORY, groups("all"), "Invalid group name"),
    (INVENTORY, groups("g" * 513), "no more than 512"),
    (INVENTORY, groups("web", hosts=("web",)), "A Host with that name already exists"),
    (INVENTORY, groups("web", children=["web"]), "Cyclical Group association"),
    (SCHEDULE, {"rrule": DAILY}, "Valid DTSTART required"),
    (SCHEDULE, {"rrule": f"DTSTART:20990101T020000 {DAILY}"}, "cannot be a naive datetime"),
    (SCHEDULE, {"rrule": f"{DAILY} DTSTART:20990101T020000"}, "A valid TZID must be provided"),
    (SCHEDULE, {"rrule": f"{START} {START} {DAILY}"}, "Multiple DTSTART"),
    (SCHEDULE, {"rrule": START}, "One or more rule required"),
    (SCHEDULE, {"rrule": f"{START} {DAILY} EXDATE:20990102T020000Z"}, "EXDATE not allowed"),
    (SCHEDULE, {"rrule": f"{START} {DAILY} RDATE:20990102T020000Z"}, "RDATE not allowed"),
    (SCHEDULE, {"rrule": f"{START} RRULE:FREQ=DAILY"}, "INTERVAL required"),
    (SCHEDULE, {"rrule": f"{START} RRULE:FREQ=SECONDLY;INTERVAL=1"}, "SECONDLY is not supported"),
    (SCHEDULE, {"rrule": f"{START} {DAILY};BYDAY=2MO"}, "numeric prefix"),
    (SCHEDULE, {"rrule": f"{START} {DAILY};COUNT=2;UNTIL=20990201T000000Z"}, "both COUNT and UNTIL"),
    (SCHEDULE, {"rrule": f"{START} {DAILY};COUNT=1000"}, "COUNT > 999"),
    (SCHEDULE, {"rrule": f"{START} {DAILY};BYWHAT=1"}, "rrule parsing failed"),
]
TAKEN: list[tuple[Kind, KubeObject]] = [
    (PROJECT, {"scmUrl": "git@git.test:site.git"}),
    (PROJECT, {"scmUrl": "git@[2001:db8::1]:site.git"}),
    (PROJECT, {"scmUrl": "ssh://git@git.test:2222/site.git"}),
    (PROJECT, {"scmUrl": "/srv/site"}),
    (PROJECT, {"scmUrl": URL, "scmBranch": "b" * 256}),
    (PROJECT, {"scmUrl": URL, "scmCredential": "login"}),
    (PROJECT, {"scmType": "svn", "scmUrl": "svn+ssh://git.test/site"}),
    (PROJECT, {"scmType": "manual"}),
    (CREDENTIAL, of_type("Machine", ssh_key_data=LOCKED, ssh_key_unlock="ASK", password="")),
    (CREDENTIAL, of_type("Machine", ssh_key_data=openssh(b"none"))),
    (CREDENTIAL, of_type("HashiCorp Vault Secret Lookup", whatever="x")),
    (JOB_TEMPLATE, template(credentials=["vault", "other vault", "Demo Credential"])),
    (JOB_TEMPLATE, template(project="anything", playbook="./later.txt")),
    (INVENTORY, {"hosts": [{"name": "web:22"}, {"name": "2001:db8::1"}]}),
    (SCHEDULE, {"rrule": f"{DAILY} {START}"}),
    (SCHEDULE, {"rrule": f"{START} {DAILY};UNTIL=20990201T000000"}),
    (SCHEDULE, {"rrule": f"DTSTART;TZID=Europe/Berlin:20990101T020000 {DAILY};BYEASTER=1"}),
]


@pytest.fixture
def furnished(records: Written) -> Written:
    """A Forail with a manual project, one that takes any playbook, and credentials of several types."""
    sync(records, PROJECT, {"scmType": "manual"}, "by hand")
    sync(records, PROJECT, {"scmUrl": URL, "allowOverride": True}, "anything")
    sync(records, CREDENTIAL, of_type("Source Control", username="u"), "login")
    sync(records, CREDENTIAL, of_type("Machine", username="u"), "second")
    for name, vault in (("vault", "one"), ("vault again", "one"), ("other vault", "two")):
        sync(records, CREDENTIAL, of_type("Vault", vault_id=vault), name)
    return records


def completed(kind: Kind, spec: KubeObject) -> KubeObject:
    return {"jobTemplate": "Demo Job Template", **spec} if kind is SCHEDULE else spec


@pytest.mark.parametrize(("kind", "spec", "words"), REFUSED)
def test_what_forail_refuses_is_refused(furnished: Written, kind: Kind, spec: KubeObject, words: str) -> None:
    with pytest.raises(PassError) as refused:
        sync(furnished, kind, completed(kind, spec))
    assert words in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(("kind", "spec"), TAKEN)
def test_what_forail_takes_is_taken(furnished: Written, kind: Kind, spec: KubeObject) -> None:
    assert sync(furnished, kind, completed(kind, spec))["forailId"] > 0


@pytest.mark.parametrize(
    ("kind", "spec", "changes"),
    [
        (PROJECT, {"scmUrl": URL, "scmBranch": "main", "scmRefspec": "a"}, 0),
        (PROJECT, {"scmUrl": f"{URL} "}, 1),
        (PROJECT, {"scmUrl": URL, "scmBranch": " main"}, 1),
        (PROJECT, {"scmUrl": URL, "scmRefspec": "a\n"}, 1),
        (PROJECT, {"scmType": "manual"}, 0),
        (PROJECT, {"scmType": "manual", "scmUrl": URL}, 1),
        (PROJECT, {"scmType": "manual", "scmCredential": "login"}, 1),
        (PROJECT, {"scmType": "insights", "scmUrl": URL, "scmCredential": "insights"}, 1),
        (JOB_TEMPLATE, template(limit="web"), 0),
        (JOB_TEMPLATE, template(limit="web "), 1),
        (JOB_TEMPLATE, template(playbook="hello_world.yml "), 1),
    ],
)
def test_what_forail_keeps_otherwise_is_sent_again_at_every_pass(
    furnished: Written, kind: Kind, spec: KubeObject, changes: int
) -> None:
    sync(furnished, CREDENTIAL, of_type("Insights", username="u"), "insights")
    sync(furnished, kind, spec)
    for _ in range(2):
        furnished.changes = 0
        sync(furnished, kind, spec)
        assert furnished.changes == changes


def test_a_vault_id_cannot_be_changed(furnished: Written) -> None:
    with pytest.raises(PassError, match="Vault IDs cannot be changed"):
        sync(furnished, CREDENTIAL, of_type("Vault", vault_id="three"), "vault")


@pytest.mark.parametrize(
    ("rule", "start"),
    [
        ("DTSTART:20300601T000000Z RRULE:FREQ=DAILY;INTERVAL=1", "2030-06-01T00:00:00Z"),
        ("DTSTART:20300401T020000Z RRULE:FREQ=DAILY;INTERVAL=1", "2030-05-02T02:00:00Z"),
        ("DTSTART:20300401T020000Z RRULE:FREQ=HOURLY;INTERVAL=6", "2030-05-01T14:00:00Z"),
        ("DTSTART:20300401T020000Z RRULE:FREQ=MONTHLY;INTERVAL=1", ""),
        ("DTSTART:20300401T020000Z RRULE:FREQ=DAILY;INTERVAL=0", "2030-04-01T02:00:00Z"),
        ("RRULE:FREQ=DAILY;INTERVAL=1 DTSTART:20300601T000000Z", "2030-06-01T00:00:00Z"),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_the_next_start_of_a_rule(rule: str, start: str) -> None:
    assert next_start(rule, NOW) == start


@pytest.mark.parametrize(
    ("template", "extra", "taken"),
    [
        ({}, "", True),
        ({}, "{}", True),
        ({}, "---", True),
        ({}, "color: blue", False),
        ({"askVariablesOnLaunch": True}, "color: blue", True),
        ({"extraVars": "color: blue"}, "color: blue", True),
        ({"extraVars": "color: red"}, "color: blue", False),
        ({"askVariablesOnLaunch": True}, "no mapping", False),
        ({"askVariablesOnLaunch": True}, "{", False),
    ],
)
def test_variables_that_a_template_takes(template: dict[str, object], extra: str, taken: bool) -> None:
    assert (validation.prompts(template, extra) is None) == taken


def test_inputs_of_credentials_are_not_stored() -> None:
    assert validation.stored("credentials", {"inputs": {"password": "p"}, "organization": 1}) == {"organization": 1}


def test_a_token_is_known_by_its_digest_alone() -> None:
    assert Token.of("abc") == Token.of("abc")
    assert Token.of("abc").sendable
    assert not Token.of("abc\n").sendable
    assert "abc" not in repr(Token.of("abc"))
