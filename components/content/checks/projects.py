"""Projects: which fields go with which source control, and the credential that opens the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from ...api.models import Project, ScmType
from ..problems import Problem, quoted
from ..resource import Resource
from .credentials import type_of
from .index import OWN, Index
from .inventories import Found

# What GitHub and GitLab put in front of their tokens; they are often given as the user name of an address.
_TOKEN = re.compile(r"gh[a-z]_|github_pat_|glpat-")


def check(index: Index) -> Iterator[Problem]:
    """What Forail refuses when the operator makes the project."""
    for resource in index.resources:
        spec = resource.spec
        if not isinstance(spec, Project):
            continue
        found = [*_fields(spec), *_credential(index, resource, spec)]
        if not resource.adopts:
            found += _missing(spec)
        for path, message in found:
            yield Problem(resource.described, path, message)


def _fields(spec: Project) -> Found:
    kind = spec.scm_type
    if kind is ScmType.HG:
        yield ("spec", "scmType"), "is hg, which Forail does not know any more: mirror the repository to git"
    if spec.scm_url and _holds_password(spec.scm_url):
        yield ("spec", "scmUrl"), "holds a password or token in clear: name a credential with scmCredential"
    if kind is ScmType.ARCHIVE and spec.scm_branch:
        yield ("spec", "scmBranch"), "is given, and an archive has none: remove it"
    if kind is not ScmType.GIT and spec.scm_refspec:
        yield ("spec", "scmRefspec"), f"is given, and Forail takes it for git alone, not for {kind}: remove it"
    if kind is ScmType.MANUAL:
        options = {
            "scmClean": spec.scm_clean,
            "scmDeleteOnUpdate": spec.scm_delete_on_update,
            "scmUpdateOnLaunch": spec.scm_update_on_launch,
        }
        for key, given in options.items():
            if given:
                yield ("spec", key), "is true, and a manual project is never updated: remove it"


def _missing(spec: Project) -> Found:
    """What a new project needs; the operator leaves those of one that it takes over as they are."""
    kind = spec.scm_type
    if kind in (ScmType.GIT, ScmType.SVN, ScmType.ARCHIVE) and not (spec.scm_url or "").strip():
        yield ("spec", "scmUrl"), f"is missing, and Forail requires it for {kind}: give the address to fetch from"
    if kind is ScmType.INSIGHTS and not spec.scm_credential:
        yield ("spec", "scmCredential"), "is missing, and Forail requires it for insights: name one of type Insights"


def _credential(index: Index, resource: Resource, spec: Project) -> Found:
    # Credentials cannot be routed: none of those declared is in the Forail of a routed project.
    if not spec.scm_credential or spec.scm_type is ScmType.MANUAL or index.home(resource) != OWN:
        return
    given = type_of(index, spec.scm_credential)
    wanted = "Insights" if spec.scm_type is ScmType.INSIGHTS else "Source Control"
    if given not in (None, wanted):
        yield (
            ("spec", "scmCredential"),
            f"names {quoted(spec.scm_credential)}, of type {quoted(given)}, and Forail takes only {wanted} for "
            f"{spec.scm_type}: name one of that type",
        )


def _holds_password(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.password is not None or bool(_TOKEN.match(parts.username or ""))
    except ValueError:
        return False
