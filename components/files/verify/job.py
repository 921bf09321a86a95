"""A real job, from its launch to its last stored event."""

from __future__ import annotations

import time
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from api import RUN_INIT_AGAIN, Api, expect
from browser import Browser
from nodes import Nodes
from report import NotCheckedError, VerifyError
from target import Target

JSON = "application/json"
# The one job that is the same in both executions and changes nothing: it deletes sessions that have already expired.
# The dispatcher runs it on a control node, without an execution environment.
JOB_TYPE = "cleanup_sessions"
SUCCESSFUL, UNSUCCESSFUL = "successful", ("failed", "error", "canceled")
# Between two looks at it: short at first.
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 2.0
# However late it is begun, a job gets this long, if there is so much in all: its start takes 6 to 10 s of CPU.
LEAST_SECONDS = 60


class Job:
    """One job; `seconds` are what everything together may take, counted from here."""

    def __init__(self, target: Target, browser: Browser, api: Api, nodes: Nodes, seconds: float) -> None:
        self._target, self._browser, self._api, self._nodes = target, browser, api, nodes
        self._until, self._least = time.monotonic() + seconds, min(seconds, LEAST_SECONDS)

    def run(self) -> str:
        """A job, from its launch to its last event: dispatcher, node, callback receiver."""
        if not self._nodes.ready:
            raise NotCheckedError("needs a node that the check nodes found ready")
        templates = self._api.listed(f"/api/v2/system_job_templates/?job_type={JOB_TYPE}")
        if not templates or not isinstance(templates[0].get("id"), int):
            raise VerifyError(f"there is no system job {JOB_TYPE}: {RUN_INIT_AGAIN}", final=True)
        path = f"/api/v2/system_job_templates/{templates[0]['id']}/launch/"
        launched = self._browser.post(path, "{}", JSON, token=self._target.token)
        expect(launched, HTTPStatus.CREATED)
        number = launched.json().get("system_job")
        if not isinstance(number, int):
            raise VerifyError(f"{launched.where} tells no number of the job", final=True)
        return self._followed(f"/api/v2/system_jobs/{number}/", number)

    def _followed(self, path: str, number: int) -> str:
        """Asks for the job until it has ended and its events are stored; one that does not is canceled."""
        until, pause = max(self._until, time.monotonic() + self._least), FIRST_PAUSE
        job: dict[str, Any] = {}
        trouble = ""
        while time.monotonic() < until:
            try:
                answer = self._api.with_token(path)
                expect(answer, HTTPStatus.OK)
                job, trouble = answer.json(), ""
            except VerifyError as error:
                # A web pod that restarts in between says nothing of the job.
                trouble = str(error)
            status = job.get("status")
            if status in UNSUCCESSFUL:
                cause = " ".join(str(job.get("job_explanation") or "no explanation").split())
                raise VerifyError(
                    f"job {number} ({JOB_TYPE}) ended as {status}: {cause}; look at the log of the task pod", final=True
                )
            if status == SUCCESSFUL and job.get("event_processing_finished") is True:
                return f"job {number} ({JOB_TYPE}) successful on {job.get('execution_node') or 'a control node'}"
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        raise VerifyError(self._never_ended(path, number, job, trouble), final=True)

    def _never_ended(self, path: str, number: int, job: dict[str, Any], trouble: str) -> str:
        if trouble:
            return f"job {number} ({JOB_TYPE}) could not be followed: {trouble}"
        if job.get("status") == SUCCESSFUL:
            return (
                f"the events of job {number} are not stored: look at the callback receiver in the log of the task pod"
            )
        # Asked in vain, it is left behind, still pending.
        with suppress(VerifyError):
            self._browser.post(f"{path}cancel/", "{}", JSON, token=self._target.token)
        cause = " ".join(str(job.get("job_explanation") or "").split())
        behind = cause or "one system job runs at a time, so another may be before it"
        return (
            f"job {number} ({JOB_TYPE}) is still {job.get('status')} and was canceled: {behind}; look at the "
            "dispatcher in the log of the task pod"
        )
