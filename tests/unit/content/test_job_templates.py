"""Job templates that Forail can never take, and launches that it can never save."""

from __future__ import annotations

from typing import Any

import pytest

from components import Known
from components.api.kinds import ADOPT, Kind
from tests.unit.content.builders import credential, from_config, node, project, schedule, template, workflow
from tests.unit.content.manifests import KNOWN, Manifest, load, manifest, problems


def on(playbook: str = "site.yml", **spec: Any) -> Manifest:
    """A job template on the project that a test declares."""
    return template(project="p", playbook=playbook, **spec)


def taken_over(kind: Kind, spec: dict[str, Any], name: str) -> Manifest:
    return manifest(kind, spec, name, annotations={ADOPT: "true"})


MANUAL = project(scmType="manual", scmUrl="")
KEPT = taken_over(Kind.PROJECT, {"organization": "Default", "scmType": "manual"}, "p")
OPEN = project(allowOverride=True)

NEVER: list[tuple[str, Manifest, Manifest, str, str]] = [
    ("a manual project", MANUAL, on(), "spec.project: names 'p', a manual project", "with the annotation"),
    ("a dot", project(), on("./site.yml"), "spec.playbook: is never found in this form", "write 'site.yml', or set "),
    ("a double slash", project(), on("a//site.yml"), "spec.playbook: is never found", "write 'a/site.yml'"),
    ("a folder", project(), on("plays/"), "spec.playbook: is never found", "write 'plays'"),
    ("no suffix", project(), on("plays/site"), "spec.playbook: is never found", ".yml or .yaml"),
    ("another suffix", project(), on("site.YML"), "spec.playbook: is never found", "rename it, or set allowOverride"),
    ("a suffix alone", project(), on("plays/.yml"), "spec.playbook: is never found", ".yml or .yaml"),
    ("a collection's", project(), on("ours.tools.site"), "spec.playbook: is never found", "allowOverride: true in "),
    ("below roles", project(), on("roles/web/site.yml"), "spec.playbook: is never found", "below 'roles': move it"),
    ("below tasks", project(), on("web/tasks/main.yml"), "spec.playbook: is never found", "below 'tasks'"),
    ("below variables", project(), on("group_vars/all.yml"), "spec.playbook: is never found", "below 'group_vars'"),
    ("a hidden folder", project(), on(".github/site.yml"), "spec.playbook: is never found", "below '.github'"),
    ("a folder chosen in Forail", KEPT, on("roles/site.yml"), "spec.playbook: is never found", "move it"),
]


@pytest.mark.parametrize(("given", "one", "start", "words"), [row[1:] for row in NEVER], ids=[row[0] for row in NEVER])
def test_a_playbook_that_is_never_found_is_refused(given: Manifest, one: Manifest, start: str, words: str) -> None:
    (found,) = problems([given, one])

    assert found.startswith(f"test.yaml#2: {start}")
    assert words in found


def test_what_would_not_help_is_not_advised() -> None:
    """Forail asks a manual project for its playbooks whatever allowOverride says."""
    (found,) = problems([KEPT, on("roles/site.yml")])

    assert "allowOverride" not in found


@pytest.mark.parametrize(
    ("given", "one"),
    [
        # Not fetched yet: Forail fetches, the operator tries again.
        (project(), on()),
        (project(scmType="svn"), on("plays/web.yaml")),
        (project(), on("plays/.hidden.yml")),
        (project(), on("plays/tasks.yml")),
        (project(), on("plays/my..play.yml")),
        (OPEN, on("./site.yml")),
        (OPEN, on("roles/web/site")),
        (OPEN, on("ours.tools.site")),
        (KEPT, on()),
        (
            taken_over(Kind.PROJECT, {"organization": "Default", "scmUrl": "https://git.example.com/playbooks"}, "p"),
            on("ours.tools.site"),
        ),
        (project(), template(playbook="ours.tools.site")),
    ],
)
def test_a_playbook_that_may_be_found_is_accepted(given: Manifest, one: Manifest) -> None:
    assert problems([given, one]) == []


def test_a_project_that_is_broken_is_not_judged() -> None:
    assert len(problems([project(scmType="nonsense"), on("./site.yml")])) == 1


ASKING = credential(inputs={"password": "ASK"})
VAULT = credential(credentialType="Vault", inputs={"vault_password": "ASK"})
WITH_KEY = credential(inputs={"ssh_key_unlock": "ASK"}, inputsFrom=[from_config("ssh_key_data", "key")])
NIGHTLY = schedule(jobTemplate="deploy")
RELEASE = workflow(node("first"), node("second", unifiedJobTemplate="deploy"))


@pytest.mark.parametrize(
    ("key", "name"), [(ASKING, "password"), (VAULT, "vault_password"), (WITH_KEY, "ssh_key_unlock")]
)
@pytest.mark.parametrize(
    ("starter", "path"), [(NIGHTLY, "spec.jobTemplate"), (RELEASE, "spec.nodes[1].unifiedJobTemplate")]
)
def test_nobody_answers_what_starts_by_itself(key: Manifest, name: str, starter: Manifest, path: str) -> None:
    (found,) = problems([key, template(credentials=["key"]), starter])

    assert found.startswith(f"test.yaml#3: {path}: starts 'deploy', whose credential 'key' asks for {name} at launch, ")


@pytest.mark.parametrize("starter", [NIGHTLY, RELEASE])
def test_jobs_that_will_fail_are_warned_of(starter: Manifest) -> None:
    """Forail saves the launch, since another credential could be chosen, and its jobs then lack the password."""
    bodies = [ASKING, template(credentials=["key"], askCredentialOnLaunch=True), starter]
    (warning,) = load(bodies).warnings

    assert "'key' asks for password at launch" in warning
    assert warning.endswith("its jobs will fail")


@pytest.mark.parametrize(
    "key",
    [
        credential(inputs={"password": ""}),
        credential(inputs={"username": "ASK"}),
        # Without a key nobody is asked for its passphrase.
        credential(inputs={"ssh_key_unlock": "ASK"}),
        credential(inputsFrom=[from_config("password", "a")]),
    ],
)
def test_nobody_is_asked(key: Manifest) -> None:
    assert problems([key, template(credentials=["key"]), NIGHTLY, RELEASE]) == []


def test_people_may_be_asked() -> None:
    assert problems([ASKING, template(credentials=["key"])]) == []


@pytest.mark.parametrize(("forks", "count"), [(200, 0), (201, 1)])
def test_forks_that_forail_refuses_by_default_are_warned_of(forks: int, count: int) -> None:
    warnings = load([template(forks=forks)]).warnings

    assert [warning for warning in warnings if "MAX_FORKS" in warning] == list(warnings)
    assert len(warnings) == count


DEMO = {
    "name": "Demo Job Template",
    "project": "Demo Project",
    "inventory": "Demo Inventory",
    "playbook": "hello_world.yml",
}


@pytest.mark.parametrize(
    ("names", "known", "count"),
    [
        (["key"], KNOWN, 1),
        (["Demo Credential"], KNOWN, 0),
        ([], KNOWN, 0),
        (["key"], Known.seeded(preload=False) | Known(
            organizations=frozenset({"Default"}), projects=frozenset({"Demo Project"}),
            inventories=frozenset({"Demo Inventory"}), job_templates=frozenset({"Demo Job Template"}),
        ), 0),
    ],
    ids=["another of its type", "its own", "none", "not the seeded one"],
)  # fmt: skip
def test_what_stands_in_the_way_of_a_credential_is_warned_of(names: list[str], known: Known, count: int) -> None:
    bodies = [credential(), taken_over(Kind.JOB_TEMPLATE, {**DEMO, "credentials": names}, "demo")]
    warnings = load(bodies, known).warnings

    assert len(warnings) == count
    assert all("'Demo Credential'" in warning and "detach the old one" in warning for warning in warnings)
