"""The content that a stack file declares, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..settings.content import ContentSettings, ExistingNames
from ..settings.metadata import too_large
from ..settings.ssh_key import PrivateKey
from ..settings.stack import StackFile
from .catalog import Catalog
from .check import private_keys
from .check.known import Known
from .problems import ContentError, Problem
from .read.documents import from_config, read_files

# The init Job makes this user for the personal access token.
SERVICE_USER = "forail-operator"


def catalog(stack: StackFile, folder: Path, secrets: Mapping[str, PrivateKey], project: str = "forail") -> Catalog:
    """The content of `stack`, whose files are relative to `folder`.

    `secrets` has the names of `contentSecrets`, and what each value is where a private key is needed. `project` is the
    prefix of the stack's configuration keys, for messages.

    Raises:
        ContentError: with everything that is wrong.
    """
    if not stack.operator.enabled:
        return Catalog.of((), Known())
    files = _files(stack.content, folder, project)
    documents = [*read_files(files), *from_config(stack.content.resources, f"{project}:content.resources")]
    found = Catalog.load(documents, stack.operator.namespace.name, known(stack))
    heavy = [
        Problem(
            resource.described,
            ("metadata", "annotations"),
            "have more than 252 KiB together with commonAnnotations: make them shorter or fewer",
        )
        for resource in found.resources
        if too_large(stack.common_annotations, resource.annotations)
    ]
    if heavy:
        raise ContentError(heavy)
    problems = [
        Problem(
            f"{project}:contentSecrets.{key}",
            (),
            f"is read by the content and has no value: pulumi config set --secret --path 'contentSecrets.{key}'",
        )
        for key in found.secret_config_keys
        if key not in secrets
    ]
    problems += private_keys.check(found.resources, secrets)
    if problems:
        raise ContentError(problems)
    return found


def known(stack: StackFile) -> Known:
    """What exists in Forail without a declaration: seeded by the init Job, or listed in `content.existing`."""
    names: ExistingNames = stack.content.existing
    seeded = Known.seeded(preload=stack.init.preload_data, users=(stack.forail.admin.user, SERVICE_USER))
    return seeded | Known(
        organizations=frozenset(names.organizations),
        teams=frozenset(names.teams),
        projects=frozenset(names.projects),
        inventories=frozenset(names.inventories),
        credentials=frozenset(names.credentials),
        job_templates=frozenset(names.job_templates),
        workflows=frozenset(names.workflows),
        users=frozenset(names.users),
        execution_environments=frozenset(names.execution_environments),
        credential_types=frozenset(names.credential_types),
        forail_instances=frozenset(stack.content.fleet),
    )


def _files(content: ContentSettings, folder: Path, project: str) -> list[tuple[Path, str]]:
    found: dict[Path, str] = {}
    problems: list[Problem] = []
    for index, pattern in enumerate(content.files):
        place = f"{project}:content.files[{index}]"
        if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
            problems.append(Problem(place, (), "leaves the project's folder: name a path below it"))
            continue
        try:
            matches = sorted(folder.glob(pattern)) if "*" in pattern else [folder / pattern]
        except ValueError:
            problems.append(
                Problem(place, (), "has '**' beside other characters: write it between slashes, like content/**/*.yaml")
            )
            continue
        if not matches:
            problems.append(Problem(place, (), "matches no file: correct or remove it"))
        # A file that several patterns match is read once.
        found |= {path: path.relative_to(folder).as_posix() for path in matches}
    if problems:
        raise ContentError(problems)
    return list(found.items())
