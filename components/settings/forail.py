"""`forail`: administrator, tenancy, telemetry."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StrictBool, model_validator

from ..schema.section import Section
from ..schema.words import ConflictError, Matching


class Admin(Section):
    """The first superuser."""

    user: Annotated[
        str,
        Matching(
            "a user name: letters, digits and '_', '@', '.', '+', '-', at most 150, "
            "and not forail-operator, who owns the token",
            r"(?!forail-operator$)[A-Za-z0-9_@.+-]{1,150}",
        ),
    ] = "admin"
    """User name."""
    email: Annotated[
        str,
        Matching(
            "an e-mail address: such as admin@example.com",
            # As Django's validator, without its quoted forms.
            r"[A-Za-z0-9!#$%&'*+/=?^_`{}|~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{}|~-]+)*"
            r"@(localhost|([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}(?<!-))",
            longest=254,
        ),
    ] = "admin@forail.local"
    """E-mail address; the backend refuses a malformed one."""


class TenantIsolation(StrEnum):
    """What happens on access across tenants."""

    DISABLED = "disabled"
    AUDIT = "audit"
    STRICT = "strict"


class Tenancy(Section):
    """Multi-tenancy; any isolation turns row-level security on, which scopes browser sessions only, not tokens."""

    isolation: TenantIsolation = TenantIsolation.DISABLED
    """`audit` records access across tenants, `strict` refuses it."""
    rate_limiting: StrictBool = False
    """Limit API requests per tenant."""

    @model_validator(mode="after")
    def _limits_need_tenants(self) -> Self:
        if self.rate_limiting and self.isolation is TenantIsolation.DISABLED:
            raise ConflictError("rateLimiting", "needs tenants: set isolation: audit or strict, or drop rateLimiting")
        return self


class TracesSampler(StrEnum):
    """OpenTelemetry's samplers."""

    ALWAYS_ON = "always_on"
    ALWAYS_OFF = "always_off"
    TRACE_ID_RATIO = "traceidratio"
    PARENT_ALWAYS_ON = "parentbased_always_on"
    PARENT_ALWAYS_OFF = "parentbased_always_off"
    PARENT_TRACE_ID_RATIO = "parentbased_traceidratio"


class OtelSettings(Section):
    """What the backend reports; where to is `otelCollector`."""

    service_name: Annotated[
        str, Matching("a service name: letters, digits, '.', '_' and '-', at most 100", r"[A-Za-z0-9._-]{1,100}")
    ] = "forail"
    """Service name in traces."""
    traces_sampler: TracesSampler = TracesSampler.PARENT_TRACE_ID_RATIO
    """Sampler."""
    traces_sampler_arg: Annotated[
        str,
        Field(coerce_numbers_to_str=True),
        Matching("a share: a number from 0 to 1, such as 0.1", r"0(\.[0-9]+)?|1(\.0+)?"),
    ] = "0.1"
    """Share of traces that is kept, 0 to 1."""


class ForailSettings(Section):
    """The platform itself."""

    admin: Admin = Admin()
    """The first superuser."""
    tenancy: Tenancy = Tenancy()
    """Multi-tenancy."""
    otel: OtelSettings = OtelSettings()
    """Traces."""
