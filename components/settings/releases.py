"""Which versions of the platform's own images belong together."""

from __future__ import annotations

from collections.abc import Mapping

from .images import ImageName, is_digest

TOGETHER = (ImageName.BACKEND, ImageName.FRONTEND, ImageName.OPERATOR)
"""The images that must fit together."""
# Backend 2026.07.1 came with the frontend of 2026.07.0; both operators were seen to keep content of every kind with it.
RELEASES: tuple[Mapping[ImageName, tuple[str, ...]], ...] = (
    {
        ImageName.BACKEND: ("2026.07.1",),
        ImageName.FRONTEND: ("2026.07.0",),
        ImageName.OPERATOR: ("2026.06.1", "2026.07.1"),
    },
)


def unknown_mix(versions: Mapping[ImageName, str]) -> str | None:
    """Why `versions`, of some of `TOGETHER`, are not known to fit together; None where they are.

    A digest tells no version, so a mix with one is not judged.
    """
    if any(is_digest(version) for version in versions.values()):
        return None
    if any(all(version in row[name] for name, version in versions.items()) for row in RELEASES):
        return None
    known = "; ".join(_written(row) for row in RELEASES)
    return f"no release is known in which these are together (known: {known})"


def _written(row: Mapping[ImageName, tuple[str, ...]]) -> str:
    return ", ".join(f"{name} {' or '.join(versions)}" for name, versions in row.items())
