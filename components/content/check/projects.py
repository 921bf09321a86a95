"""Projects: which fields go with which source control, and the credential that opens the repository."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import SplitResult

from ...api.kinds import Kind
from ...api.models import Credential, Project, ScmType
from ..problems import Problem, quoted
from ..read.resource import Resource
from .credentials import type_of
from .index import OWN, Index
from .operator_defects import writes_for_ever
from .protocol import Found
from .scm_url import ScmUrlError, holds_secret, taken_apart, wants_user_git

# The demo data have it true, and the operator cannot send false.
_UPDATED_ON_LAUNCH = "Demo Project"
# The default of the setting INSIGHTS_URL_BASE, which Forail puts in the place of every address.
INSIGHTS_URL = "https://example.org"


def check(index: Index) -> Iterator[Problem]:
    """What Forail refuses when the operator makes the project, and what the operator would write for ever."""
    for resource, spec in index.each(Project):
        found = [
            *(_manual(spec) if spec.scm_type is ScmType.MANUAL else _fetched(index, resource, spec)),
            *_credential(index, resource, spec),
        ]
        for path, message in found:
            yield Problem(resource.described, path, message)


def _manual(spec: Project) -> Found:
    """Forail empties the address and the credential of such a project, and the operator would give them again."""
    given = {
        "scmUrl": spec.scm_url,
        "scmBranch": spec.scm_branch,
        "scmRefspec": spec.scm_refspec,
        "scmCredential": spec.scm_credential,
    }
    for key, text in given.items():
        if text and text.strip():
            yield ("spec", key), "is given, and a manual project is never fetched: remove it, or give another scmType"
    options = {
        "scmClean": spec.scm_clean,
        "scmDeleteOnUpdate": spec.scm_delete_on_update,
        "scmUpdateOnLaunch": spec.scm_update_on_launch,
    }
    for key, flag in options.items():
        if flag:
            yield ("spec", key), "is true, and a manual project is never updated: remove it"


def _fetched(index: Index, resource: Resource, spec: Project) -> Found:
    kind = spec.scm_type
    if kind is ScmType.HG:
        yield ("spec", "scmType"), "is hg, which Forail does not know any more: mirror the repository to git"
        return
    if kind is ScmType.ARCHIVE and (spec.scm_branch or "").strip():
        yield ("spec", "scmBranch"), "is given, and an archive has none: remove it"
    if kind is not ScmType.GIT and (spec.scm_refspec or "").strip():
        yield ("spec", "scmRefspec"), f"is given, and Forail takes it only for git, not for {kind}: remove it"
    if not (spec.scm_url or "").strip():
        yield ("spec", "scmUrl"), _without_url(kind)
    else:
        yield from _address(index, resource, spec)
    if kind is ScmType.INSIGHTS and not spec.scm_credential:
        yield ("spec", "scmCredential"), "is missing, and Forail requires it for insights: name one of type Insights"
    if resource.adopts and resource.forail_name == _UPDATED_ON_LAUNCH and not spec.scm_update_on_launch:
        yield ("spec", "scmUpdateOnLaunch"), writes_for_ever(quoted(_UPDATED_ON_LAUNCH), "true")


def _without_url(kind: ScmType) -> str:
    if kind is ScmType.INSIGHTS:
        value = f"that of its setting INSIGHTS_URL_BASE, {INSIGHTS_URL} unless it was changed"
        return writes_for_ever("an insights project", value)
    return f"is missing, and Forail requires it for {kind}: give the address to fetch from"


def _address(index: Index, resource: Resource, spec: Project) -> Found:
    path = ("spec", "scmUrl")
    try:
        parts = taken_apart(spec.scm_type, spec.scm_url or "")
    except ScmUrlError as error:
        yield path, str(error)
        return
    if holds_secret(parts):
        yield path, "holds a password or token in clear: name a credential with scmCredential"
    elif spec.scm_type is ScmType.GIT and wants_user_git(parts) and not _as_git(index, resource, spec, parts):
        yield (
            path,
            f"goes to {parts.hostname} through SSH, which Forail fetches from only as the user git: write "
            f"git@{parts.hostname}:owner/repository.git",
        )


def _as_git(index: Index, resource: Resource, spec: Project, parts: SplitResult) -> bool:
    """Whether the address, or else the credential, may give the user `git`; unknown credentials may."""
    if parts.username:
        return parts.username == "git"
    if not spec.scm_credential:
        return False
    target = index.named.get((Kind.CREDENTIAL, OWN, spec.scm_credential))
    if index.home(resource) != OWN or target is None or not isinstance(target.spec, Credential):
        return True
    from_a_secret = any(item.name == "username" for item in target.spec.inputs_from)
    return from_a_secret or target.spec.inputs.get("username") == "git"


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
