"""What anyone with a browser meets: the API, the sign-in, live updates, the application and its files."""

from __future__ import annotations

import re
from http import HTTPStatus
from urllib.parse import urlencode

from api import RUN_INIT_AGAIN, expect, release, user_of
from browser import Answer, Browser
from report import NotCheckedError, VerifyError
from target import Target

FORM = "application/x-www-form-urlencoded"
STATIC = re.compile(r"""(?:href|src)=["'](/static/[^"'?#]+)""")


class Entrance:
    """One visit. `signed_in` while the session of the administrator is open."""

    def __init__(self, target: Target, browser: Browser) -> None:
        self._target, self._browser = target, browser
        self.signed_in = False

    def ping(self) -> str:
        """The API answers, and with the version that the stack asks for."""
        answer = self._browser.get("/api/v2/ping/")
        expect(answer, HTTPStatus.OK)
        found = answer.json()
        version = found.get("version")
        if not isinstance(version, str) or not version:
            raise VerifyError(f"{answer.where} answers without a version: this is not Forail's API")
        wanted, running = release(self._target.version), release(version)
        if wanted is None:
            return f"version {version}; the image's {self._target.version} names no release to compare it with"
        if wanted != running:
            raise VerifyError(
                f"the API is version {version}, and the stack asks for {self._target.version}: look whether the "
                "rollout of web has ended, and what images.backend names"
            )
        return f"version {version}"

    def login(self) -> str:
        """The administrator signs in as browsers do: form, CSRF token, cookies that go back, a session that counts."""
        if self._target.admin_password is None:
            raise NotCheckedError(
                "the stack does not know the administrator's password: an existing Secret holds it, or it is the UI's "
                "(forail.admin.passwordPolicy initial)"
            )
        self._browser.cookies.clear()
        self.signed_in = False
        page = self._browser.get("/api/login/")
        expect(page, HTTPStatus.OK)
        self._cookies_come_back(page, "csrftoken")
        csrf = self._browser.cookies.get("csrftoken")
        if csrf is None:
            raise VerifyError(
                f"{page.where} sets no cookie csrftoken: something else answers, or a proxy removes cookies"
            )
        form = {"username": self._target.admin_user, "password": self._target.admin_password, "next": "/api/"}
        answer = self._browser.post("/api/login/", urlencode({**form, "csrfmiddlewaretoken": csrf}), FORM, csrf=csrf)
        if answer.status == HTTPStatus.FORBIDDEN:
            raise VerifyError(
                f"{answer.where} answers 403: CSRF refuses a page of {self._target.origin}. Look at exposure.host, "
                "mode and ports, and whether what leads there passes Host and X-Forwarded-Proto on"
            )
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise VerifyError(
                f"{answer.where} answers 401: the password of {self._target.admin_user} is not the stack's; "
                f"{RUN_INIT_AGAIN}",
            )
        expect(answer, HTTPStatus.FOUND)
        session = answer.headers.get("X-API-Session-Cookie-Name") or "awx_sessionid"
        self._cookies_come_back(answer, "csrftoken", session)
        if session not in self._browser.cookies:
            raise VerifyError(f"{answer.where} sets no cookie {session}: a proxy between removes it")
        user = user_of(self._browser.get("/api/v2/me/"), "local sign-in may be switched off (DISABLE_LOCAL_AUTH)")
        if user != self._target.admin_user:
            raise VerifyError(f"the session is not that of {self._target.admin_user}: a proxy between caches answers")
        self.signed_in = True
        return f"{user} signed in with CSRF token and {'secure' if self._target.https else 'plain'} cookies"

    def sign_out(self) -> None:
        """Ends the session, so that none is left behind; it would expire after half an hour in any case."""
        if self.signed_in:
            self._browser.post("/api/logout/", "", FORM, csrf=self._browser.cookies.get("csrftoken"))

    def _cookies_come_back(self, answer: Answer, *names: str) -> None:
        """Keeps the cookies; `names`, Forail's own, must be for TLS exactly where the public address is."""
        secure = self._browser.keep_cookies(answer)
        wrong = sorted(name for name in names if secure.get(name, self._target.https) != self._target.https)
        if wrong and self._target.https:
            raise VerifyError(
                f"{answer.where} sets {', '.join(wrong)} without Secure, so that it also travels unencrypted: the pods "
                "run with the settings of another exposure.tls; look whether their rollout has ended"
            )
        if wrong:
            raise VerifyError(
                f"{answer.where} sets {', '.join(wrong)} with Secure, and browsers do not send it back over plain "
                "HTTP: the pods run with the settings of another exposure.tls; look whether their rollout has ended"
            )

    def websocket(self) -> str:
        """Live updates: the upgrade with the session, and the server's word that it took it."""
        if not self.signed_in:
            raise NotCheckedError("needs the session of the check login")
        first = self._browser.websocket("/websocket/")
        if first.get("accept") is not True:
            raise VerifyError("the websocket opens, and does not accept the session: look at web's log")
        return "upgraded (101), session accepted"

    def static_files(self) -> str:
        """A file that the API's own pages need."""
        return self._first_file("/api/login/", "web's image has no collected files, or /static is routed elsewhere")

    def frontend(self) -> str:
        """The application's page, and a file that it needs."""
        return self._first_file("/", "what leads there must send / and /static/forail to the frontend")

    def _first_file(self, page_path: str, fix: str) -> str:
        page = self._browser.get(page_path)
        expect(page, HTTPStatus.OK)
        found = STATIC.search(page.body.decode("utf-8", "replace"))
        if found is None:
            raise VerifyError(f"{page.where} names no file below /static: {fix}")
        answer = self._browser.get(found[1])
        expect(answer, HTTPStatus.OK, fix)
        if not answer.body or answer.headers.get_content_type() == "text/html":
            raise VerifyError(f"{answer.where} answers a page instead of the file: {fix}")
        return f"{found[1]} {len(answer.body)} bytes"
