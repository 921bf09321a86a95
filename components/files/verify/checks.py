"""The checks in the order in which they are made: what later ones need comes first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from api import Api
from browser import Browser
from entrance import Entrance
from job import Job
from nodes import Nodes
from parts import Parts
from target import Target


@dataclass(frozen=True)
class Check:
    """One row of the table: its name, a public path that it uses, or "" for a part with an address of its own."""

    name: str
    path: str
    make: Callable[[], str]
    part: str | None = ""
    """Address of that part."""


class Checks:
    """What is asked of `target` within `seconds`."""

    def __init__(self, target: Target, seconds: float) -> None:
        self._browser = browser = Browser(target, seconds)
        api = Api(target, browser)
        self._entrance = entrance = Entrance(target, browser)
        nodes = Nodes(target, browser, api)
        parts = Parts(target, browser, api, entrance)
        self.rows = (
            Check("ping", "/api/v2/ping/", entrance.ping),
            Check("login", "/api/login/", entrance.login),
            Check("websocket", "/websocket/", entrance.websocket),
            Check("token", "/api/v2/me/", nodes.token),
            Check("nodes", "/api/v2/instances/", nodes.nodes),
            Check("static files", "/static/", entrance.static_files),
            Check("frontend", "/", entrance.frontend),
            Check("policy", "", parts.policy, target.opa),
            Check("collector", "/api/v2/observability/", parts.collector),
            Check("assistant", "", parts.assistant, target.assistant),
            Check("operator", "/api/v2/organizations/", parts.operator),
            Check("job", "/api/v2/system_job_templates/", Job(target, browser, api, nodes, seconds).run),
        )

    def through(self, check: Check) -> str:
        """What the check goes through, for people."""
        if check.path:
            return self._browser.through(check.path)
        return f"Service {check.part.partition('://')[2]}" if check.part else "-"

    def sign_out(self) -> None:
        """Ends the session that the checks opened."""
        self._entrance.sign_out()
