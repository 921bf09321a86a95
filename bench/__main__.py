"""`python -m bench`: the program and its imports against its floor, its memory, the critical path, and much content.

Quote ratios: they come from one run on one machine. The figures in seconds only show what the ratios are made of.
"""

import argparse
import tempfile
from pathlib import Path

from bench import content, core, graph, imports

PARTS = ("graph", "imports", "core", "path", "content")


class Options(argparse.Namespace):
    """What to measure."""

    only: str | None
    rounds: int
    resources: int


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="one part (default: all)")
    parser.add_argument("--rounds", type=int, default=3, help="core: rounds of program and floor in turn (default: 3)")
    parser.add_argument("--resources", type=int, default=500, help="content: how many resources (default: 500)")
    options = parser.parse_args(namespace=Options())
    wanted = PARTS if options.only is None else (options.only,)
    with tempfile.TemporaryDirectory(prefix="forail-bench-") as scratch:
        for part in wanted:
            folder = Path(scratch) / part
            folder.mkdir()
            match part:
                case "graph":
                    graph.run()
                case "imports":
                    imports.run()
                case "core":
                    core.run(folder, options.rounds)
                case "path":
                    core.critical_paths(folder)
                case _:
                    content.run(folder, options.resources)


if __name__ == "__main__":
    main()
