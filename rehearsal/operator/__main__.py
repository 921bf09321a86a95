"""`python -m rehearsal.operator`: the stand-in as a process of its own, which ends on SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import logging
from pathlib import Path

from rehearsal.kubernetes.kubeconfig import load
from rehearsal.operator.reconciler import Periods
from rehearsal.operator.records import Records
from rehearsal.operator.watchman import Watchman

STATE_NAME = "forail.sqlite"


class _Options(argparse.Namespace):
    kubeconfig: Path
    state: Path | None
    resync_seconds: float
    retry_seconds: float


def _options() -> _Options:
    usual = Periods()
    parser = argparse.ArgumentParser(prog="python -m rehearsal.operator", description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True, help="an administrator's kubeconfig")
    parser.add_argument("--state", type=Path, help=f"database of the simulated Forails ({STATE_NAME} beside it)")
    parser.add_argument("--resync-seconds", type=float, default=usual.resync, help="next pass after a success")
    parser.add_argument("--retry-seconds", type=float, default=usual.retry, help="next pass after a failure")
    return parser.parse_args(namespace=_Options())


def main() -> None:
    """Run until a signal ends the process."""
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    records = Records(options.state or options.kubeconfig.with_name(STATE_NAME))
    periods = Periods(options.resync_seconds, options.retry_seconds)
    asyncio.run(Watchman(load(str(options.kubeconfig)), records, periods).run())


main()
