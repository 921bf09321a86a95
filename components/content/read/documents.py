"""Manifests as they are written: one file, many documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..problems import ContentError, Problem
from . import yaml_text


@dataclass(frozen=True)
class Document:
    """One manifest and where it was found."""

    source: str
    """File and number of the document, such as `content/teams.yaml#2`."""
    data: object = field(repr=False)
    """What was read; it may hold a secret given in clear."""


def read_file(path: Path, shown_as: str | None = None) -> list[Document]:
    """The documents of the YAML file at `path`, empty ones left out; errors call the file `shown_as`.

    Raises:
        ContentError: it cannot be read or is not YAML; the line is in the message.
    """
    name = shown_as or path.as_posix()
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ContentError([Problem(name, (), "does not exist: correct its path, or remove it")]) from None
    except OSError as error:
        raise ContentError([Problem(name, (), f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise ContentError([Problem(name, (), "is not UTF-8 text: save it as UTF-8")]) from None
    except ValueError:
        raise ContentError([Problem(name, (), "cannot be the path of a file: correct it")]) from None
    try:
        found = yaml_text.documents(text)
    except yaml_text.YamlTextError as error:
        raise ContentError([Problem(name, (), f"is not YAML that can be used: {error}")]) from None
    return [Document(f"{name}#{number}", data) for number, data in enumerate(found, start=1) if data is not None]


def read_files(paths: Iterable[tuple[Path, str]]) -> list[Document]:
    """The documents of several files, given with the name for errors.

    Raises:
        ContentError: with the problems of all files.
    """
    found: list[Document] = []
    problems: list[Problem] = []
    for path, shown_as in paths:
        try:
            found += read_file(path, shown_as)
        except ContentError as error:
            problems += error.problems
    if problems:
        raise ContentError(problems)
    return found


def from_config(manifests: Sequence[object], path: str) -> list[Document]:
    """Manifests in the stack file, as the list at `path`."""
    return [Document(f"{path}[{index}]", data) for index, data in enumerate(manifests)]
