"""The engine's state of a stack as its file backend keeps it: read, and restored from the copy beside it."""

import json
from pathlib import Path
from typing import cast

from rehearsal import files
from rehearsal.failure import RehearsalError

Json = dict[str, object]


def load(state_file: Path) -> Json | None:
    """The checkpoint in a state file; None where there is no file.

    Raises:
        RehearsalError: it cannot be read, or is not a state: empty or cut off, for example.
    """
    if not state_file.exists():
        return None
    found = _parsed(state_file)
    if found is None:
        raise RehearsalError(
            f"{state_file} is damaged: it is not the engine's state",
            "run `python -m rehearsal up`: it goes on from the last good copy",
        )
    return found


def damaged(state_file: Path) -> bool:
    """Whether the file is not a state, or is gone while its copy is there."""
    return _parsed(state_file) is None if state_file.exists() else _copy_of(state_file).exists()


def restored(state_file: Path) -> bool:
    """Put the copy that the engine makes before each write in the place of a damaged or missing state.

    The copy lacks the last step of a run, so a refresh has to follow; the damaged file is kept as `.damaged`.

    Returns:
        Whether the state was replaced.

    Raises:
        RehearsalError: the state is damaged and there is no good copy.
    """
    copy = _copy_of(state_file)
    if not damaged(state_file):
        return False
    if copy.exists() and _parsed(copy) is not None:
        if state_file.exists():
            state_file.replace(state_file.with_name(f"{state_file.name}.damaged"))
        files.write(state_file, _text(copy))
        return True
    if not state_file.exists():
        return False
    raise RehearsalError(
        f"{state_file} is damaged: it is not the engine's state, and there is no good copy of it ({copy})",
        "`python -m rehearsal down` removes this rehearsal with its cluster, `python -m rehearsal up` starts a new one",
    )


def remove_sidecars(backend: Path) -> None:
    """Remove the backend's `.attrs` files. A kill leaves them empty, and the engine then answers `EOF` for ever.

    They hold content types and checksums that nothing reads; the rehearsal's own backend address asks for none.
    """
    for sidecar in backend.glob(".pulumi/**/*.attrs"):
        sidecar.unlink(missing_ok=True)


def _copy_of(state_file: Path) -> Path:
    return state_file.with_name(f"{state_file.name}.bak")


def _parsed(path: Path) -> Json | None:
    try:
        document: object = json.loads(_text(path))
    except (ValueError, RecursionError):
        return None
    found = cast("Json", document).get("checkpoint") if isinstance(document, dict) else None
    if not isinstance(found, dict) or not isinstance(cast("Json", found).get("latest") or {}, dict):
        return None
    return cast("Json", found)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise files.explained(error, path) from error
