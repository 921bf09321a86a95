"""The parts beside the API: policy, telemetry, assistant, operator."""

from __future__ import annotations

import json
from http import HTTPStatus

from api import Api, expect
from browser import Browser
from entrance import Entrance
from report import NotCheckedError, OffError, VerifyError
from target import Target


class Parts:
    """Each is asked as the platform asks it; one that is switched off raises OffError."""

    def __init__(self, target: Target, browser: Browser, api: Api, entrance: Entrance) -> None:
        self._target, self._browser, self._api, self._entrance = target, browser, api, entrance

    def policy(self) -> str:
        """OPA is there, and answers the question that the backend asks before a launch."""
        base = _reached(self._target.opa, "opa.enabled: false", "OPA is only reachable inside the cluster")
        expect(self._browser.direct("GET", f"{base}/health"), HTTPStatus.OK)
        answer = self._browser.direct("POST", f"{base}/v1/data/forail/launch", json.dumps({"input": {}}))
        expect(answer, HTTPStatus.OK)
        rules = "has rules" if "result" in answer.json() else "has no rules, so that it denies nothing"
        return f"decides; forail.launch {rules}"

    def collector(self) -> str:
        """The collector, as web itself reaches it."""
        wanted = self._target.collector
        if wanted == "":
            raise OffError("otelCollector.enabled: false, and no endpoint")
        if not self._entrance.signed_in:
            raise NotCheckedError("needs the session of the check login")
        answer = self._browser.get("/api/v2/observability/")
        if answer.status == HTTPStatus.FORBIDDEN:
            raise NotCheckedError(f"{self._target.admin_user} may not ask for it: the user lacks is_staff")
        expect(answer, HTTPStatus.OK)
        found = answer.json()
        endpoint = found.get("exporter_endpoint")
        if wanted is None and found.get("enabled") is not True:
            raise OffError("Forail reports nothing")
        if found.get("enabled") is not True or (wanted is not None and endpoint != wanted):
            raise VerifyError(f"web does not report to {wanted}: somebody changed OTEL settings in Forail; restart web")
        if found.get("collector_healthy") is not True:
            raise VerifyError(f"web does not reach the collector at {endpoint}: look at its pods")
        return f"web reaches {endpoint}"

    def assistant(self) -> str:
        """The assistant, its model server and its index."""
        unseen = "the assistant is only reachable inside the cluster"
        base = _reached(self._target.assistant, "assistant.enabled: false", unseen)
        answer = self._browser.direct("GET", f"{base}/api/v1/health")
        expect(answer, HTTPStatus.OK)
        found = answer.json()
        if found.get("status") != "ok":
            parts = ", ".join(f"{name} {found[name]}" for name in ("ollama", "chromadb") if name in found)
            raise VerifyError(f"the assistant is {found.get('status')} ({parts}): look at the logs of its pods")
        return f"model {found.get('model')}"

    def operator(self) -> str:
        """The operator has written to Forail: the organization that proves its token is there."""
        if self._target.operator == "":
            raise OffError("operator.enabled: false")
        if self._target.operator == "silent":
            raise NotCheckedError("content.canary: false")
        if self._api.listed("/api/v2/organizations/?name=forail-canary"):
            return "has written organization forail-canary"
        if self._target.operator is None:
            raise NotCheckedError(
                "no organization forail-canary: content.canary is false, or the operator cannot write"
            )
        raise VerifyError("organization forail-canary is not in Forail: look at the operator's log")


def _reached(part: str | None, off: str, unseen: str) -> str:
    """The part's address; raises OffError where there is none, NotCheckedError where it cannot be known."""
    if part is None:
        raise NotCheckedError(unseen)
    if not part:
        raise OffError(off)
    return part
