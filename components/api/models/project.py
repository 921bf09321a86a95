"""Project: where playbooks come from."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from .base import Count, Flag, Name, ObjectStatus, Prose, Spec, Text, at_most


class ScmType(StrEnum):
    """How a project's files are fetched."""

    GIT = "git"
    HG = "hg"
    SVN = "svn"
    INSIGHTS = "insights"
    ARCHIVE = "archive"
    MANUAL = "manual"


class Project(Spec):
    """A project in Forail. Ready means that its record matches, not that its files were fetched."""

    name: Name | None = None
    """Name in Forail; left out, `metadata.name`."""
    description: Prose | None = None
    """Free text."""
    organization: Text
    """Name in Forail of the organization it belongs to."""
    scm_type: ScmType = ScmType.GIT
    """Source control; `manual` takes files that are already on the projects volume. Forail knows `hg` no more."""
    scm_url: Annotated[Prose, at_most(1024)] | None = None
    """Address of the repository or archive; git, svn and archive need it."""
    scm_branch: Annotated[Prose, at_most(256)] | None = None
    """Branch, tag or commit; left out, the repository's default."""
    scm_refspec: Annotated[Prose, at_most(1024)] | None = None
    """Further refs to fetch, for git."""
    scm_credential: Text | None = None
    """Name in Forail of the credential that opens the repository: a `Source Control`, for insights an `Insights`."""
    scm_clean: Flag | None = None
    """Discard local changes before each update."""
    scm_delete_on_update: Flag | None = None
    """Delete the checkout before each update."""
    scm_update_on_launch: Flag | None = None
    """Update before each job."""
    scm_update_cache_timeout: Count | None = None
    """Seconds for which an update counts as fresh."""
    allow_override: Flag | None = None
    """Let job templates choose another branch."""
    timeout: Count | None = None
    """Seconds after which an update is cancelled; 0 for never."""
    default_environment: Text | None = None
    """Name of an execution environment that exists in Forail."""
    forail_instance: Text | None = None
    """Name of a ForailInstance in the same namespace; left out, the operator's own Forail."""


class ProjectStatus(ObjectStatus):
    """What the operator knows of a project."""

    scm_revision: Text | None = None
    """Commit of the last update."""
