"""`operator`: the release that turns custom resources into objects of a running Forail."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, StrictBool, model_validator

from ..schema.section import Section
from ..schema.values import DnsLabel, Replicas
from ..schema.words import ConflictError, Matching
from .addresses import BaseUrl, HostName, RepositoryUrl, host_and_port
from .namespace import NamespaceSettings
from .secrets import ExistingSecret
from .workload import Resources, WorkloadSettings, resources


def _registry_is_named(source: str) -> str:
    if source.startswith("oci://"):
        host_and_port(source.removeprefix("oci://").partition("/")[0].lower())
    return source


class OperatorChart(Section):
    """Upstream's chart instead of typed resources."""

    source: Annotated[
        str,
        Matching(
            "a path such as ./charts/operator, an oci:// reference, or a chart's name",
            r"oci://[^\s]+|\.{0,2}/[^\s]+|[a-z0-9][a-z0-9-]*",
        ),
        AfterValidator(_registry_is_named),
    ]
    """A folder or archive (`./charts/operator`), an `oci://` reference, or a chart's name in `repository`."""
    repository: RepositoryUrl | None = None
    """Chart repository, for a chart given by name."""
    version: (
        Annotated[
            str,
            Matching(
                "an exact version such as 2026.7.1: no number with a zero in front",
                # As semver.org has it; Helm takes no other for an exact one.
                r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}"
                r"(-(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?"
                r"(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?",
                longest=200,
            ),
        ]
        | None
    ) = None
    """Version of the chart; needed unless `source` is a folder or an archive."""

    @model_validator(mode="after")
    def _found_where_it_says(self) -> Self:
        local = self.source.startswith((".", "/"))
        named = not local and not self.source.startswith("oci://")
        if named and self.repository is None:
            raise ConflictError(
                "repository", "is missing for a chart given by name: add repository, or give a path or oci:// as source"
            )
        if not named and self.repository is not None:
            raise ConflictError("repository", "has no effect with a path or oci:// source: drop the repository")
        if not local and self.version is None:
            raise ConflictError("version", "is missing: name the chart's exact version")
        return self


class OperatorSettings(WorkloadSettings):
    """The Forail operator, in a namespace of its own."""

    enabled: StrictBool = True
    """Install it. `false` removes it and its content; the definitions too, once `destroyData` lets them go."""
    namespace: NamespaceSettings = NamespaceSettings(name="forail-operator")
    """Its namespace."""
    replicas: Replicas = 1
    """Pods; above one they elect a leader."""
    resources: Resources = resources("64Mi", "50m", "256Mi", "500m")
    """Requests and limits of its container."""
    url: BaseUrl | None = None
    """The API it talks to, without trailing slash; left out, the platform's own Service."""
    host_header: HostName | None = None
    """Host header instead of the URL's, for an API reached by address."""
    insecure_skip_verify: StrictBool = False
    """Do not check the API's certificate. For a private CA there is `trust`."""
    existing_secret: ExistingSecret | None = None
    """Secret in the operator's namespace that holds the token; left out, one is made from the platform's token."""
    secret_namespaces: tuple[DnsLabel, ...] = ()
    """Further namespaces whose Secrets it may read; those of the content are added by themselves."""
    chart: OperatorChart | None = None
    """Install upstream's chart, with the same values, instead of typed resources."""

    @model_validator(mode="after")
    def _verification_fits_url(self) -> Self:
        if self.insecure_skip_verify and (self.url is None or self.url.startswith("http://")):
            raise ConflictError(
                "insecureSkipVerify", "is set without an https url: drop it, plain HTTP has no certificate"
            )
        return self

    @model_validator(mode="after")
    def _chart_can_do_it(self) -> Self:
        if self.chart is None:
            return self
        if self.existing_secret is not None and self.existing_secret.key != "token":
            raise ConflictError("existingSecret.key", "must be token with a chart: its template knows no other key")
        for attribute, field in WorkloadSettings.model_fields.items():
            if attribute != "resources" and getattr(self, attribute):
                raise ConflictError(
                    str(field.alias), "has no place in upstream's chart: drop it, or drop operator.chart"
                )
        return self
