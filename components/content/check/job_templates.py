"""Job templates: whether Forail will ever find the playbook, and what it attaches by itself."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ...api.kinds import ADOPT, Kind
from ...api.models import JobTemplate, Project, ScmType
from ..problems import Problem, quoted
from ..read.resource import Resource
from .credentials import type_of
from .index import OWN, Index
from .known import SEEDED_ATTACHED
from .names import unique
from .operator_defects import MOST_CREDENTIALS, attaches_first
from .protocol import Found

# Backend 2026.07.1, forail/main/utils/ansible.py: a project's list of playbooks has no file below one of these.
_NO_PLAYBOOKS_BELOW = frozenset({"roles", "tasks", "group_vars", "host_vars"})
_SUFFIXES = (".yml", ".yaml")
# Its setting MAX_FORKS, which administrators may change in Forail.
MOST_FORKS = 200


def check(spec: JobTemplate) -> Found:
    """A playbook that no project can have, and credentials that the operator would lose."""
    path = ("spec", "playbook")
    playbook = spec.playbook.strip()
    if not playbook:
        yield path, "is empty: give the path of the playbook in the project"
    elif playbook.startswith("/") or re.match(r"[A-Za-z]:", playbook):
        yield path, "is absolute, and playbooks are found in their project: give the path below the project's root"
    elif ".." in re.split(r"[/\\]", playbook):
        yield path, "leaves the project with '..': give the path below the project's root"
    if len(spec.credentials) > MOST_CREDENTIALS:
        yield (
            ("spec", "credentials"),
            f"names {len(spec.credentials)}, and the operator handles {MOST_CREDENTIALS} of them: detach some",
        )
    yield from unique(spec.credentials, ("spec", "credentials"), "", "credential")


def playbooks(index: Index) -> Iterator[Problem]:
    """Job templates whose playbook their project can never list: Forail answers 400 for ever.

    A playbook that the project has not fetched yet is not a mistake. Forail starts the first update when the project is
    made, and the operator tries a refused template again every 30 seconds.
    """
    for resource, spec in index.each(JobTemplate):
        project = index.named.get((Kind.PROJECT, OWN, spec.project))
        if project is None or not isinstance(project.spec, Project):
            continue
        if project.spec.scm_type is ScmType.MANUAL and not project.adopts:
            yield Problem(
                resource.described,
                ("spec", "project"),
                f"names {quoted(spec.project)}, a manual project: its folder can only be chosen in Forail "
                "itself, and until then Forail refuses every playbook: use git; or, where the folder is chosen "
                f'already, say so with the annotation {ADOPT}: "true" on {project.described}',
            )
        elif _must_list(project) and (message := _never_listed(spec.playbook)):
            allow = f", or set allowOverride: true in {project.described}"
            fix = "" if project.spec.scm_type is ScmType.MANUAL else allow
            yield Problem(resource.described, ("spec", "playbook"), f"{message}{fix}")


def without_effect(spec: JobTemplate) -> Found:
    """Fields that the operator ignores."""
    if spec.organization:
        yield (
            ("spec", "organization"),
            "has no effect, the operator ignores it; a job template belongs to its project's organization",
        )


def warnings(index: Index) -> Iterator[Problem]:
    """What Forail refuses unless its settings or objects were changed."""
    for resource, spec in index.each(JobTemplate):
        if spec.forks > MOST_FORKS:
            yield Problem(
                resource.described,
                ("spec", "forks"),
                f"is {spec.forks}, and Forail refuses more than {MOST_FORKS} unless its setting MAX_FORKS was raised",
            )
        attached = SEEDED_ATTACHED.get(resource.forail_name, "")
        kind = index.known.types_of_credentials.get(attached)
        if kind is None or not resource.adopts or attached in spec.credentials:
            continue
        for place, name in enumerate(spec.credentials):
            if type_of(index, name) == kind:
                yield Problem(
                    resource.described,
                    ("spec", "credentials", place),
                    attaches_first(quoted(attached), kind, quoted(name)),
                )


def _must_list(project: Resource) -> bool:
    """Whether Forail takes only playbooks that the project lists; one that is taken over may allow others already."""
    spec = project.spec
    if not isinstance(spec, Project):
        return False
    return spec.scm_type is ScmType.MANUAL or not (spec.allow_override or project.adopts)


def _never_listed(playbook: str) -> str | None:
    """Why no project lists `playbook`. Absolute paths, and those that leave the project, are refused elsewhere."""
    path = playbook.strip()
    *folders, file = path.split("/")
    if not path or path.startswith("/") or ".." in folders:
        return None
    if posixpath.normpath(path) != path:
        return f"is never found in this form: write {quoted(posixpath.normpath(path))}"
    if posixpath.splitext(file)[1] not in _SUFFIXES:
        return "is never found, since Forail lists only files that end with .yml or .yaml: rename it"
    skipped = next((one for one in folders if one in _NO_PLAYBOOKS_BELOW or one.startswith(".")), None)
    if skipped is not None:
        return f"is never found, since Forail lists no playbooks below {quoted(skipped)}: move it"
    return None
