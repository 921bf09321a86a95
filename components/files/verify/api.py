"""The REST API: what its answers mean, and lists as the stack's token sees them."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from browser import Answer, Browser
from report import NotCheckedError, VerifyError
from target import Target

RUN_INIT_AGAIN = "run the init Job again: delete it, `pulumi refresh`, `pulumi up`"


class Api:
    """Requests with the stack's personal access token."""

    def __init__(self, target: Target, browser: Browser) -> None:
        self._target, self._browser = target, browser

    def with_token(self, path: str) -> Answer:
        """GET of `path`; raises NotCheckedError where the token is not known."""
        if self._target.token is None:
            raise NotCheckedError("the stack does not know the token: an existing Secret holds it")
        return self._browser.get(path, token=self._target.token)

    def listed(self, path: str) -> list[dict[str, Any]]:
        """The objects of a list, as the token's user sees them."""
        answer = self.with_token(path)
        expect(answer, HTTPStatus.OK)
        results = answer.json().get("results")
        if not isinstance(results, list) or not all(isinstance(item, dict) for item in results):
            raise VerifyError(f"{answer.where} answers no list: this is not Forail's API")
        return results


def expect(answer: Answer, status: HTTPStatus, fix: str = "") -> None:
    """Raises VerifyError, with what the status means in front of Forail, for another one."""
    if answer.status == status:
        return
    meanings = {
        302: "a redirect, as while migrations run: look at the log of the init Job",
        400: "it refuses the Host header: exposure.host or extraHosts lacks this name",
        401: "it does not accept the credentials",
        403: "the user may not do that",
        404: "the path leads elsewhere: look at the routes",
        413: "a proxy between refuses the size",
        500: "an error of the application: look at web's log",
        502: "nothing answers behind the proxy: look at the pods",
        503: "no pod is ready behind the Service: look at the pods",
        504: "no answer behind the proxy: look at the pods",
    }
    meaning = fix or meanings.get(answer.status, f"{int(status)} is expected")
    raise VerifyError(f"{answer.where} answers {answer.status}: {meaning}")


def user_of(answer: Answer, hint: str) -> str:
    """The user name in an answer of /api/v2/me/, which is a list."""
    if answer.status == HTTPStatus.UNAUTHORIZED:
        raise VerifyError(f"{answer.where} answers 401: the session does not count; {hint}")
    expect(answer, HTTPStatus.OK)
    results = answer.json().get("results")
    first = results[0] if isinstance(results, list) and results else None
    if not isinstance(first, dict) or not isinstance(first.get("username"), str):
        raise VerifyError(f"{answer.where} names no user: this is not Forail's API")
    return first["username"]


def release(version: str) -> tuple[int, ...] | None:
    """The numbers of a release: 2026.07.1, the image's tag, is the API's 2026.7.1. None for other texts."""
    found = re.fullmatch(r"v?([0-9]{1,9}(?:\.[0-9]{1,9})+)", version)
    return tuple(int(part) for part in found[1].split(".")) if found else None
