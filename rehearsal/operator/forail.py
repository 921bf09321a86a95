"""Forail's REST API as one client sees it: each call is authorised separately, and answers with the API's own words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from rehearsal.operator import validation
from rehearsal.operator.cores import Site
from rehearsal.operator.records import Record, Records
from rehearsal.operator.tokens import Token


class ForailError(Exception):
    """A call failed; the text is what the operator puts into a condition."""


@dataclass(frozen=True)
class Forail:
    """A client.

    Args:
        url: base address.
        token: what it sends.
        site: what the address leads to.
        records: what is there.
    """

    url: str
    token: Token
    site: Site
    records: Records

    def ping(self) -> str:
        """The backend's version; no token is looked at.

        Raises:
            ForailError: nothing answers.
        """
        self._reach("Get", f"{self.url}/api/v2/ping/")
        return self.site.version

    def find(self, resource: str, name: str, what: str = "") -> Record | None:
        """The record with this exact name, in whichever organization.

        Raises:
            ForailError: the call failed, or there are several.
        """
        key = "username" if resource == "users" else "name"
        self._authorise("Get", f"{self._path(resource)}?{urlencode({key: name, 'page_size': 2})}")
        found = self.records.named(self.site.core, resource, name)
        if len(found) > 1:
            raise ForailError(f'ambiguous {what or resource} name "{name}" matched {len(found)} records')
        return found[0] if found else None

    def get(self, resource: str, identifier: int) -> Record | None:
        """The record with this primary key.

        Raises:
            ForailError: the call failed.
        """
        self._authorise("Get", self._path(resource, identifier))
        return self.records.get(self.site.core, resource, identifier)

    def create(self, resource: str, name: str, fields: Mapping[str, Any]) -> Record:
        """Make a record.

        Raises:
            ForailError: the call failed or the fields are refused.
        """
        url = self._path(resource)
        self._authorise("Post", url)
        self._validate(resource, {"name": name, **fields}, url)
        return self.records.add(self.site.core, resource, name, validation.stored(resource, fields))

    def change(self, record: Record, resource: str, name: str, fields: Mapping[str, Any]) -> Record:
        """Overwrite the given fields of a record.

        Raises:
            ForailError: the call failed or the fields are refused.
        """
        url = self._path(resource, record.id)
        self._authorise("Patch", url)
        wanted = {**record.fields, **fields}
        self._validate(resource, {**wanted, "name": name}, url)
        changed = Record(record.id, name, validation.stored(resource, wanted))
        self.records.change(changed)
        return changed

    def delete(self, resource: str, identifier: int) -> None:
        """Delete a record; one that is gone is fine.

        Raises:
            ForailError: the call failed.
        """
        self._authorise("Delete", self._path(resource, identifier))
        if self.records.get(self.site.core, resource, identifier) is not None:
            self.records.remove(identifier)

    def check_prompts(self, template: int, extra_data: str, url: str) -> None:
        """Refuse variables that the template does not ask for.

        Raises:
            ForailError: it does not.
        """
        resources = ("job_templates", "workflow_job_templates")
        found = next((one for kind in resources if (one := self.records.get(self.site.core, kind, template))), None)
        refusal = validation.prompts(found.fields if found else {}, extra_data)
        if refusal is not None:
            raise self._answered(f"{self.url}{url}", 400, refusal)

    def _validate(self, resource: str, fields: Mapping[str, Any], url: str) -> None:
        refusal = validation.refusal(resource, fields, partial(self.records.get, self.site.core))
        if refusal is not None:
            raise self._answered(url, *refusal)
        if resource == "schedules" and fields.get("extraData"):
            self.check_prompts(fields["jobTemplate"], fields["extraData"], url.removeprefix(self.url))

    def _path(self, resource: str, identifier: int | None = None) -> str:
        return f"{self.url}/api/v2/{resource}/" + (f"{identifier}/" if identifier is not None else "")

    def _authorise(self, method: str, url: str) -> None:
        self._reach(method, url)
        if not self.site.authorises(self.token):
            raise self._answered(url, 401, {"detail": "Authentication credentials were not provided."})

    def _reach(self, method: str, url: str) -> None:
        failure = self.site.failure
        if not self.token.sendable:
            failure = 'net/http: invalid header field value for "Authorization"'
        if failure:
            raise ForailError(f'http: {method} "{url}": {failure}')

    def _answered(self, url: str, status: int, body: object) -> ForailError:
        return ForailError(f"forail api {url}: {status}: {json.dumps(body)}")
