"""Mistakes in what content comes from or goes to, projects and further Forails, as `test_mistakes` asks for them."""

from __future__ import annotations

from components.api.kinds import ADOPT, Kind
from tests.unit.content.builders import credential, from_config, instance, project
from tests.unit.content.manifests import manifest


def demo_project(**spec: object) -> dict[str, object]:
    """The project of the demo data, taken over."""
    return manifest(
        Kind.PROJECT, {"organization": "Default", "name": "Demo Project", **spec}, "d", annotations={ADOPT: "true"}
    )


# What is declared; how the one problem begins; what it says.
SOURCES: list[tuple[str, list[object], str, str]] = [
    # Projects
    ("no address", [project(scmUrl=" ")], "test.yaml#1: spec.scmUrl: ", "requires it for git"),
    ("Mercurial", [project(scmType="hg")], "test.yaml#1: spec.scmType: ", "mirror the repository"),
    (
        "insights",
        [project(scmType="insights", scmUrl="https://example.org")],
        "test.yaml#1: spec.scmCredential: ",
        "type Insights",
    ),
    (
        "an address that Forail puts there",
        [
            project(scmType="insights", scmUrl="", scmCredential="insights"),
            credential(
                "insights",
                credentialType="Insights",
                inputs={"username": "a"},
                inputsFrom=[from_config("password", "k")],
            ),
        ],
        "test.yaml#1: spec.scmUrl: ",
        "INSIGHTS_URL_BASE, https://example.org",
    ),
    (
        "a branch",
        [project(scmType="archive", scmBranch="main")],
        "test.yaml#1: spec.scmBranch: ",
        "an archive has none",
    ),
    ("a refspec", [project(scmType="svn", scmRefspec="a:b")], "test.yaml#1: spec.scmRefspec: ", "only for git"),
    *(
        (
            f"{field} of a manual project",
            [project(**{"scmType": "manual", "scmUrl": "", field: value})],
            f"test.yaml#1: spec.{field}: ",
            words,
        )
        for field, value, words in (
            ("scmUrl", "https://git.example.com/a", "never fetched"),
            ("scmBranch", "main", "never fetched"),
            ("scmRefspec", "a:b", "never fetched"),
            ("scmCredential", "Demo Credential", "never fetched"),
            ("scmClean", True, "never updated"),
            ("scmDeleteOnUpdate", True, "never updated"),
            ("scmUpdateOnLaunch", True, "never updated"),
        )
    ),
    (
        "no address of a project that is taken over",
        [manifest(Kind.PROJECT, {"organization": "Default"}, "theirs", annotations={ADOPT: "true"})],
        "test.yaml#1: spec.scmUrl: ",
        "requires it for git",
    ),
    (
        "the demo project",
        [demo_project(scmUrl="https://git.example.com/a")],
        "test.yaml#1: spec.scmUpdateOnLaunch: ",
        "writes the object every minute: give true",
    ),
    (
        "a credential that opens no repository",
        [credential(), project(scmCredential="key")],
        "test.yaml#2: spec.scmCredential: ",
        "takes only Source Control for git",
    ),
    (
        "a token in an address",
        [project(scmUrl="https://ghp_abc@github.com/a/b")],
        "test.yaml#1: spec.scmUrl: ",
        "scmCredential",
    ),
    (
        "a password in an address",
        [project(scmUrl="https://u:p@git.example.com/r")],
        "test.yaml#1: spec.scmUrl: ",
        "scmCredential",
    ),
    # Further Forails
    ("a slash at the end", [instance(url="https://a.example.com/")], "test.yaml#1: spec.url: ", "ends with a slash"),
    (
        "the API's root",
        [instance(url="https://a.example.com/api/v2/")],
        "test.yaml#1: spec.url: ",
        "adds /api/v2 itself",
    ),
    ("no scheme", [instance(url="a.example.com")], "test.yaml#1: spec.url: ", "must be an address"),
    ("a bad port", [instance(url="https://a.example.com:x")], "test.yaml#1: spec.url: ", "must be an address"),
    ("a password", [instance(url="https://u:p@a.example.com")], "test.yaml#1: spec.url: ", "password in clear"),
    ("a header of two lines", [instance(hostHeader="a\nb")], "test.yaml#1: spec.hostHeader: ", "must be a host"),
    ("a query", [instance(url="https://a.example.com?a=b")], "test.yaml#1: spec.url: ", "bare address"),
    (
        "no name of a Secret",
        [instance(tokenSecretRef={"key": "k"})],
        "test.yaml#1: spec.tokenSecretRef.name: ",
        "Secret",
    ),
    (
        "a bad configuration key of a token",
        [instance(tokenSecretRef={"secretConfig": "a.b"})],
        "test.yaml#1: spec.tokenSecretRef.secretConfig: ",
        "contentSecrets",
    ),
]
