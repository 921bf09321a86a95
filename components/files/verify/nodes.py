"""The stack's token, and the task nodes as it sees them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from api import RUN_INIT_AGAIN, Api, release, user_of
from browser import Browser
from report import VerifyError
from target import Target


class Nodes:
    """What the token sees. `ready` are the nodes that were found to be as they should."""

    def __init__(self, target: Target, browser: Browser, api: Api) -> None:
        self._target, self._browser, self._api = target, browser, api
        self.ready: set[str] = set()

    def token(self) -> str:
        """The stack's personal access token, as the operator and other programs use it."""
        answer = self._api.with_token("/api/v2/me/")
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise VerifyError(
                f"{answer.where} answers 401: the database does not know the stack's token; {RUN_INIT_AGAIN}"
            )
        return f"belongs to {user_of(answer, RUN_INIT_AGAIN)}"

    def nodes(self) -> str:
        """Every task node is ready, runs the stack's version, has capacity, and is in the group that its type needs."""
        known = {str(node.get("hostname")): node for node in self._api.listed("/api/v2/instances/?page_size=200")}
        known = {name: node for name, node in known.items() if node.get("node_type") in ("control", "hybrid")}
        groups = {str(group.get("name")): group for group in self._api.listed("/api/v2/instance_groups/?page_size=200")}
        members = _members(self._browser.get("/api/v2/ping/").json())
        self.ready.clear()
        names = self._target.nodes or tuple(sorted(known))
        if not names:
            raise VerifyError("no task node is registered: look at the log of the task pod")
        wrong = [fault for name in names if (fault := self._node_fault(name, known.get(name), groups, members))]
        if wrong:
            raise VerifyError("; ".join(wrong))
        disabled = sorted(name for name in names if known[name].get("enabled") is False)
        note = f"; disabled by an administrator, so without jobs: {', '.join(disabled)}" if disabled else ""
        return (
            ", ".join(f"{name} {known[name]['node_type']} capacity {known[name]['capacity']}" for name in names) + note
        )

    def _node_fault(
        self,
        name: str,
        node: dict[str, Any] | None,
        groups: dict[str, dict[str, Any]],
        members: dict[str, set[str]],
    ) -> str | None:
        if node is None:
            return f"{name} is not registered: look at the log of its task pod"
        kind, state, capacity = node.get("node_type"), node.get("node_state"), node.get("capacity")
        if self._target.execution not in (None, kind):
            return f"{name} is registered as {kind} instead of {self._target.execution}: {RUN_INIT_AGAIN}"
        if state != "ready":
            cause = f" ({node['errors']})" if isinstance(node.get("errors"), str) and node["errors"] else ""
            gone = "" if self._target.nodes else f", or, if it is gone for good, deprovision_instance --hostname={name}"
            return f"{name} is {state}{cause}: look at the log of its task pod{gone}"
        wanted = release(self._target.version)
        if wanted is not None and release(str(node.get("version"))) != wanted:
            return f"{name} runs version {node.get('version')}: look whether the rollout of task has ended"
        if not isinstance(capacity, int) or capacity <= 0:
            return f"{name} has no capacity: raise task.resources.limits; hybrid execution keeps 2 GiB for itself"
        if name not in members.get("controlplane", set()):
            return f"{name} is not in the group controlplane, which runs the platform's own jobs: restart its task pod"
        container_group = groups.get("default", {}).get("is_container_group")
        if kind == "hybrid" and (container_group is not False or name not in members.get("default", set())):
            return f"{name} is not in the group default, or that one starts pods: {RUN_INIT_AGAIN}"
        if kind == "control" and (container_group is not True or members.get("default")):
            return f"the group default starts no pods, or has nodes, so that jobs wait for ever: {RUN_INIT_AGAIN}"
        self.ready.add(name)
        return None


def _members(ping: dict[str, Any]) -> dict[str, set[str]]:
    """Names of the nodes of each instance group."""
    groups = ping.get("instance_groups")
    found: dict[str, set[str]] = {}
    for group in groups if isinstance(groups, list) else []:
        if isinstance(group, dict) and isinstance(group.get("instances"), list):
            found[str(group.get("name"))] = {str(name) for name in group["instances"]}
    return found
