"""`pulumi preview --json | python -m forail_pulumi.summary [--markdown]`; in the project `components.summary`."""

from __future__ import annotations

import argparse
import sys

from .effects import effects
from .plan import PlanError, changes
from .write import SummaryForm, written


def main(arguments: list[str] | None = None) -> int:
    """Writes the summary of the plan on standard input; 1 where there is none."""
    parser = argparse.ArgumentParser(prog="python -m forail_pulumi.summary", description="What a plan does.")
    parser.add_argument(
        "--markdown", action="store_const", const=SummaryForm.MARKDOWN, default=SummaryForm.TEXT, dest="form"
    )
    form = parser.parse_args(arguments).form
    try:
        found = changes(sys.stdin.read())
    except (PlanError, UnicodeDecodeError) as error:
        said = error if isinstance(error, PlanError) else "this is no plan: it is not UTF-8"
        sys.stderr.write(f"error: {said}\n")
        return 1
    sys.stdout.write(written(effects(found), form))
    return 0


if __name__ == "__main__":
    sys.exit(main())
