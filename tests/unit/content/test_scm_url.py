"""Addresses of projects: what Forail takes for each source control is accepted, and nothing else.

The answers of the tables are those of backend 2026.07.1 to the same addresses, but for an address without a host behind
its user name: Forail takes that and can fetch nothing from it.
"""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components import Known
from components.api.models import ScmType
from components.content.check.scm_url import ScmUrlError, taken_apart
from tests.unit.content.builders import credential, project
from tests.unit.content.manifests import KNOWN, problems

TAKEN: dict[str, list[str]] = {
    "git": [
        "https://git.example.com/a.git",
        "http://git.example.com:8080/a",
        "HTTPS://git.example.com/a",
        "https://maria@git.example.com/a",
        "ssh://git@git.example.com:22/a",
        "git://git.example.com/a",
        "ftp://git.example.com/a",
        "ftps://git.example.com/a",
        "https://[::1]:8443/a",
        "https://git.example.com:/a",
        "https://git.example.com:0/a",
        "https://git.example.com",
        "https://git.example.com/a b",
        "git@git.example.com:team/a.git",
        "git.example.com:team/a.git",
        "git@git.example.com:/srv/a.git",
        "git@git.example.com:~/a.git",
        "git@git.example.com:",
        "git@[fd00:1234:2345:6789::11]:team/a.git",
        "[::1]:team/a.git",
        "git@git.example.com:a/b?c#d",
        "file:///srv/a",
        "file://localhost/srv/a",
        "/srv/a",
        "a",
        "a/b.git",
        " https://git.example.com/a \n",
    ],
    "svn": [
        "https://svn.example.com/a",
        "http://svn.example.com/a",
        "svn://svn.example.com:3690/a",
        "svn+ssh://maria@svn.example.com/a",
        "file:///srv/a",
    ],
    "archive": ["https://files.example.com/a.tar.gz", "http://files.example.com:8080/a.zip?b=c"],
}
REFUSED: dict[str, list[tuple[str, str]]] = {
    "git": [
        ("svn://git.example.com/a", "a scheme that Forail does not take for git: use one of https://"),
        ("git+ssh://git@git.example.com/a", "git+ssh, which Forail refuses: write ssh://"),
        ("git+https://git.example.com/a", "a scheme that"),
        ("s3://bucket/a", "a scheme that"),
        ("://git.example.com/a", "a scheme that"),
        ("ht tp://git.example.com/a", "a scheme that"),
        ("https://git.example.com:x/a", "a port that is not a number"),
        ("https://git.example.com:99999/a", "a port that is not a number"),
        ("https://git.example.com:-1/a", "a port that is not a number"),
        ("ssh://git@git.example.com:team/a.git", "behind the host and a single colon, without ://"),
        ("ssh://git@git.example.com:22:33/a", "a port that is not a number"),
        ("https:///a", "has no host"),
        ("https://", "has no host"),
        ("ssh://:22/a", "has no host"),
        ("https://maria@/a", "has no host"),
        ("git@:team/a", "has no host"),
        (":team/a", "has no host"),
        ("https://[::1/a", "not an address that can be read"),
        ("git@[::1:team/a", "one colon between host and path"),
        ("git.example.com:22:team/a", "one colon between host and path"),
        ("git@git.example.com:22:team/a", "one colon between host and path"),
        ("git:a@git.example.com", "one colon between host and path"),
        ("file://git.example.com/srv/a", "is a path on the server itself"),
    ],
    "svn": [
        ("git://svn.example.com/a", "does not take for svn: use one of https://, http://, svn://"),
        ("ssh://svn.example.com/a", "does not take for svn"),
        ("svn.example.com/a", "has no scheme, and Forail needs one for svn: begin with https://"),
        ("maria@svn.example.com:a", "has no scheme"),
        ("/srv/a", "has no scheme"),
        ("file://svn.example.com/a", "is a path on the server itself"),
        ("svn:///a", "has no host"),
    ],
    "archive": [
        ("ftp://files.example.com/a.zip", "does not take for archive: use one of https://, http://"),
        ("file:///srv/a.zip", "does not take for archive"),
        ("files.example.com/a.zip", "has no scheme"),
        ("https://files.example.com:x/a.zip", "a port that is not a number"),
    ],
}


@pytest.mark.parametrize(("kind", "url"), [(kind, url) for kind, urls in TAKEN.items() for url in urls])
def test_what_forail_takes(kind: str, url: str) -> None:
    assert problems([project(scmType=kind, scmUrl=url)]) == []


@pytest.mark.parametrize(
    ("kind", "url", "words"), [(kind, url, words) for kind, rows in REFUSED.items() for url, words in rows]
)
def test_what_forail_refuses(kind: str, url: str, words: str) -> None:
    (found,) = problems([project(scmType=kind, scmUrl=url)])

    assert found.startswith("test.yaml#1: spec.scmUrl: ")
    assert words in found


@pytest.mark.parametrize(
    "url",
    [
        "https://u:zq7marker@git.example.com:x/a",
        "git:zq7marker@git.example.com:22:a",
        "s3://zq7marker@bucket/a",
        "https://zq7marker@/a",
        "u:zq7marker@git.example.com:team/a",
        "https://[zq7marker/a",
        "zq7marker@github.com:team/a",
    ],
)
def test_a_refused_address_is_not_repeated(url: str) -> None:
    (found,) = problems([project(scmUrl=url)])

    assert "zq7marker" not in found


@pytest.mark.parametrize(
    ("url", "inputs", "taken"),
    [
        ("git@github.com:a/b", None, True),
        ("ssh://git@github.com/a/b", None, True),
        ("ssh://maria@github.com/a/b", None, False),
        ("maria@bitbucket.org:a/b", None, False),
        ("github.com:a/b", None, False),
        ("ssh://altssh.bitbucket.org:443/a/b", None, False),
        ("https://maria@github.com/a/b", None, True),
        ("maria@git.example.com:a/b", None, True),
        # Without a user in the address, Forail takes the credential's.
        ("github.com:a/b", {"inputs": {"username": "git"}}, True),
        ("github.com:a/b", {"inputs": {"username": "maria"}}, False),
        ("github.com:a/b", {}, False),
        (
            "github.com:a/b",
            {"inputsFrom": [{"name": "username", "valueFrom": {"name": "s", "key": "k"}}]},
            True,
        ),
        ("maria@github.com:a/b", {"inputs": {"username": "git"}}, False),
    ],
)
def test_some_hosts_want_the_user_git(url: str, inputs: dict[str, object] | None, taken: bool) -> None:
    if inputs is None:
        found = problems([project(scmUrl=url)])
    else:
        key = credential(credentialType="Source Control", **inputs)
        found = problems([key, project(scmUrl=url, scmCredential="key")])

    assert [line.split(": ", 2)[1] for line in found] == ([] if taken else ["spec.scmUrl"])
    assert taken or "only as the user git: write git@" in found[0]


def test_a_credential_that_is_not_declared_may_have_the_user_git() -> None:
    known = KNOWN | Known(credentials=frozenset({"kept"}))
    assert problems([project(scmUrl="github.com:a/b", scmCredential="kept")], known) == []


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.sampled_from([ScmType.GIT, ScmType.SVN, ScmType.ARCHIVE]), st.text("ab:/@[]. %#?\\~-+1\u2100", max_size=20))
def test_any_address_is_taken_apart_or_refused(kind: ScmType, url: str) -> None:
    with suppress(ScmUrlError):
        assert taken_apart(kind, url).scheme
