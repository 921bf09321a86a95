"""Reads and writes the rehearsal's files; what goes wrong becomes a sentence with the path and the fix."""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import cast

import yaml

from rehearsal.failure import RehearsalError

_LARGEST_DOCUMENT = 200_000
"""Nodes of a YAML document with its aliases expanded; a stack file has a few thousand, an alias bomb has billions."""
_UNPARSABLE = (ValueError, OverflowError, LookupError, AttributeError, TypeError, RecursionError)
"""What PyYAML raises for bad scalars and tags, such as the date 2026-99-99, where it should raise a YAMLError."""
_FIXES = {
    errno.EACCES: "change its owner or mode (`ls -ld` shows them), or name another place",
    errno.EPERM: "change its owner or mode (`ls -ld` shows them), or name another place",
    errno.EROFS: "it is on a read-only file system: name another place",
    errno.ENOSPC: "free some space there (`df -h` shows it), then run the command again",
    errno.EDQUOT: "free some of your quota there, then run the command again",
    errno.EFBIG: "raise the limit of file sizes (`ulimit -f`), then run the command again",
    errno.ENOTDIR: "a file is where a folder has to be: move it away, or name another place",
    errno.EEXIST: "a file is where a folder has to be: move it away, or name another place",
    errno.EISDIR: "a folder is where a file has to be: move it away, or name another place",
    errno.ENOENT: "check how the path is written, or name another place",
    errno.ELOOP: "a symbolic link leads back to itself: remove it, or name another place",
    errno.ENAMETOOLONG: "name a shorter path",
}


def explained(error: OSError, path: Path | None = None, fix: str = "") -> RehearsalError:
    """The operating system's refusal as a sentence.

    Args:
        error: what was raised.
        path: the file that was meant, where the error itself does not name it (a full disk for example).
        fix: what to do; by default what fits the kind of error.
    """
    where = cast("str | bytes | None", error.filename2 or error.filename) or path
    cause = error.strerror or str(error) or type(error).__name__
    named = os.fsdecode(where) if isinstance(where, str | bytes | Path) else "a file"
    advice = fix or _FIXES.get(error.errno or 0, "check the path, then run the command again")
    return RehearsalError(f"{named}: {cause}", advice)


def read(path: Path, fix: str = "") -> str:
    """The text of a file.

    Args:
        path: the file.
        fix: what to do where it is absent.

    Raises:
        RehearsalError: it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RehearsalError(f"{path} does not exist", fix) from error
    except OSError as error:
        raise explained(error, path) from error
    except UnicodeDecodeError as error:
        raise RehearsalError(f"{path} is not UTF-8: byte {error.start + 1}", "save it as UTF-8") from error


def read_yaml(path: Path, fix: str = "") -> object:
    """The document in a YAML file.

    Args:
        path: the file.
        fix: what to do where it is absent.

    Raises:
        RehearsalError: as `read`, and where it is not YAML; the message has the line and never the text, which may be
            a secret.
    """
    text = read(path, fix)
    try:
        document: object = yaml.safe_load(text)
    except (yaml.YAMLError, *_UNPARSABLE) as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}, column {mark.column + 1}" if isinstance(mark, yaml.Mark) else ""
        raise RehearsalError(f"{path}{place} is not valid YAML", "correct the file") from None
    if _too_large(document):
        raise RehearsalError(f"{path} is too large with its aliases expanded", "write out what the aliases stand for")
    return document


def write(path: Path, text: str) -> None:
    """Replace a file at once, so that a kill leaves the former one or the new one; only its owner can read it.

    Raises:
        RehearsalError: it cannot be written.
    """
    target = Path(os.path.realpath(path))
    fresh = target.with_name(f"{target.name}.new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, 0o600)
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        fresh.replace(target)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise explained(error, path) from error


def _too_large(document: object) -> bool:
    waiting, seen = [document], 0
    while waiting and seen <= _LARGEST_DOCUMENT:
        node = waiting.pop()
        seen += 1
        if isinstance(node, dict):
            waiting.extend(cast("dict[object, object]", node).values())
        elif isinstance(node, list):
            waiting.extend(cast("list[object]", node))
    return seen > _LARGEST_DOCUMENT
