"""A Pulumi project as the rehearsal sees it: its settings without backend, its stack file without encrypted values."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

from rehearsal import files
from rehearsal.failure import RehearsalError

Json = dict[str, object]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SALT = "encryptionsalt"
_FOREIGN_KEYS = ("secretsprovider", "encryptedkey", _SALT, "environment")
"""Keys of a stack file that belong to its real secrets provider or service."""


@dataclass(frozen=True)
class Project:
    """One project folder.

    Args:
        folder: where Pulumi.yaml, the stack files and `__main__.py` are.
        settings: the content of Pulumi.yaml.
    """

    folder: Path
    settings: Json

    @staticmethod
    def load(folder: Path) -> "Project":
        """Read `folder`/Pulumi.yaml.

        Raises:
            RehearsalError: it is absent, no mapping, or names no project.
        """
        settings = _mapping(folder / "Pulumi.yaml", "give the project's folder with --project")
        name = settings.get("name")
        if not isinstance(name, str):
            raise RehearsalError(f"{folder / 'Pulumi.yaml'} has no `name`", "name the project there")
        if not _NAME.fullmatch(name):
            raise RehearsalError(
                f"{folder / 'Pulumi.yaml'}: {name!r} cannot name a project",
                "use letters, digits, '.', '_' and '-', at most 100 of them, and a letter or digit first",
            )
        if not (folder / "__main__.py").is_file():
            raise RehearsalError(f"{folder} has no __main__.py", "give the project's folder with --project")
        return Project(folder.resolve(), settings)

    @property
    def name(self) -> str:
        return cast("str", self.settings["name"])

    def stacks(self) -> list[str]:
        """The names of the stacks that have a file."""
        found = self.folder.glob("Pulumi.*.yaml")
        return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in found)

    def stack_file(self, stack: str) -> Path:
        """The stack's file.

        Raises:
            RehearsalError: there is none, or it is a folder.
        """
        source = self.folder / f"Pulumi.{stack}.yaml"
        if source.is_dir():
            raise RehearsalError(f"{source} is a folder, not a stack file", "move it away, or choose another stack")
        if not source.exists():
            known = ", ".join(self.stacks()) or "none"
            raise RehearsalError(f"{source} does not exist", f"choose a stack that has a file with --stack: {known}")
        return source

    def section(self, stack: str, key: str) -> Json:
        """What the stack file says below one of the project's keys, encrypted values as they are; empty where nothing.

        Raises:
            RehearsalError: as `prepare`.
        """
        source = self.stack_file(stack)
        found = _configuration(source, _mapping(source, "correct the stack file")).get(f"{self.name}:{key}")
        return cast("Json", found) if isinstance(found, dict) else {}

    def prepare(self, workspace: Path, stack: str, overrides: Json) -> list[str]:
        """Write into `workspace` what the engine reads there, and return the paths of the encrypted values left out.

        Args:
            workspace: the folder, made when absent; the rehearsal's own encryption salt in it is kept.
            stack: the stack whose file is used.
            overrides: configuration laid over the stack file; a key without `:` gets the project's name in front.

        Raises:
            RehearsalError: the stack has no file, or it cannot be read.
            OSError: the workspace cannot be made.
        """
        source = self.stack_file(stack)
        settings = _mapping(source, "correct the stack file")
        dropped: list[str] = []
        config = cast("Json", _without_encrypted(_configuration(source, settings), "", dropped))
        named = {key if ":" in key else f"{self.name}:{key}": value for key, value in overrides.items()}
        target = workspace / source.name
        salt = _salt(target)
        kept = {key: value for key, value in settings.items() if key not in _FOREIGN_KEYS}
        workspace.mkdir(parents=True, exist_ok=True)
        _save(target, {**kept, **({_SALT: salt} if salt else {}), "config": merged(config, named)})
        _save(workspace / "Pulumi.yaml", {k: v for k, v in self.settings.items() if k not in ("backend", "main")})
        return dropped


def merged(below: Json, above: Json) -> Json:
    """`above` laid over `below`; mappings are merged, everything else is replaced."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        result[key] = merged(cast("Json", old), cast("Json", value)) if both else value
    return result


def _configuration(source: Path, settings: Json) -> Json:
    given: object = {} if settings.get("config") is None else settings["config"]
    if not isinstance(given, dict):
        raise RehearsalError(f"{source}: `config` is not a mapping", "write `config:` and a mapping below it")
    return cast("Json", given)


def _without_encrypted(value: object, path: str, dropped: list[str]) -> object:
    """A copy without `secure:` values: they can be read only with the passphrase or key of the real stack."""
    if isinstance(value, list):
        items = [(f"{path}[{index}]", item) for index, item in enumerate(cast("list[object]", value))]
        return [_without_encrypted(item, at, dropped) for at, item in items if not _encrypted(item, at, dropped)]
    if isinstance(value, dict):
        entries = [(key, f"{path}.{key}" if path else f"{key}", item) for key, item in cast("Json", value).items()]
        return {k: _without_encrypted(v, at, dropped) for k, at, v in entries if not _encrypted(v, at, dropped)}
    return value


def _encrypted(value: object, path: str, dropped: list[str]) -> bool:
    encrypted = isinstance(value, dict) and set(cast("Json", value)) == {"secure"}
    if encrypted:
        dropped.append(path)
    return encrypted


def _salt(target: Path) -> object:
    """The rehearsal's own salt in the stack file of its workspace, None where a kill left none there."""
    try:
        return _mapping(target, "").get(_SALT)
    except RehearsalError:
        return None


def _mapping(path: Path, fix: str) -> Json:
    document = files.read_yaml(path, fix)
    if not isinstance(document, dict):
        raise RehearsalError(f"{path} does not hold a mapping", fix)
    return cast("Json", document)


def _save(path: Path, document: Json) -> None:
    files.write(path, yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
