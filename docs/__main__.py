"""Writes every generated page, and the generated tables of README.md.

`python -m docs` writes; `python -m docs --check` changes nothing and exits 1 where one is stale.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from docs import content, exposure, official, options, stack_schema
from docs.outputs import outputs

ROOT = Path(__file__).parents[1]


def filled(text: str, region: str, content: str) -> str:
    """`text` with `content` between the marks of `region`; unchanged where it has none."""
    start, end = f"<!-- {region} -->", f"<!-- /{region} -->"
    before, mark, rest = text.partition(start)
    _, closing, after = rest.partition(end)
    return f"{before}{start}\n{content}{end}{after}" if mark and closing else text


def generated(root: Path) -> dict[Path, str]:
    """What the files under `root` have to hold."""
    docs, readme = root / "docs", root / "README.md"
    files = {
        docs / "options.md": options.page(),
        docs / "stack-file.schema.json": stack_schema.text(),
        docs / "content.md": content.page(),
        docs / "official.md": official.page(),
        docs / "exposure.md": exposure.page(),
    }
    if readme.exists():
        files[readme] = filled(filled(readme.read_text(), "options", options.tuned()), "outputs", outputs())
    return files


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Writes or checks the files; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m docs", description="Writes what documentation is generated.")
    parser.add_argument("--check", action="store_true", help="exit 1 where a file is stale, and change nothing")
    check = parser.parse_args(arguments).check
    files = generated(root)
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    for path in stale:
        if check:
            sys.stderr.write(f"{path.relative_to(root)} is stale: run make docs\n")
        else:
            path.write_text(files[path])
            sys.stdout.write(f"wrote {path.relative_to(root)}\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
