"""`forail`: administrator, tenancy, telemetry."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, StrictBool, model_validator

from ..schema.section import Section
from ..schema.words import ConflictError, Matching
from .tokens import Tokens


class PasswordPolicy(StrEnum):
    """When the administrator's password is set."""

    INITIAL = "initial"
    ENFORCE = "enforce"


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
    """Name that the first superuser signs in with."""
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
    password_policy: PasswordPolicy = PasswordPolicy.ENFORCE
    """`enforce` sets the stack's password at every run of the init Job; `initial` only when the user is made, so that
    one changed in the UI stays."""


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
    """`false`. The backend's limit per tenant limits nothing, so that `true` is refused."""

    @model_validator(mode="after")
    def _limits_that_limit(self) -> Self:
        # It asks the cache for a client that only another cache class has, and lets every request pass without one.
        # Its limit is 0, which means none, and it does not see who comes with a token.
        if self.rate_limiting:
            raise ConflictError(
                "rateLimiting",
                "limits nothing: the backend cannot reach its counters and lets every request pass. Drop it, and limit "
                "requests in the Ingress controller (exposure.annotations)",
            )
        return self


class TracesSampler(StrEnum):
    """The samplers that the backend knows, four of OpenTelemetry's six."""

    ALWAYS_ON = "always_on"
    ALWAYS_OFF = "always_off"
    TRACE_ID_RATIO = "traceidratio"
    PARENT_TRACE_ID_RATIO = "parentbased_traceidratio"


# OpenTelemetry's other two, and the share at which the ratio sampler decides the same. The backend takes a name that it
# does not know for `parentbased_traceidratio` with whatever share is set, and can no longer read the setting.
_SAME_AS_RATIO = {"parentbased_always_on": "1", "parentbased_always_off": "0"}


def _known_sampler(value: Any) -> Any:
    share = _SAME_AS_RATIO.get(value) if isinstance(value, str) else None
    if share is not None:
        raise ValueError(
            "is not known to the backend, which would keep the share of tracesSamplerArg: set "
            f'tracesSampler: parentbased_traceidratio and tracesSamplerArg: "{share}", which decides the same'
        )
    return value


class OtelSettings(Section):
    """What the backend reports; where to is `otelCollector`."""

    service_name: Annotated[
        str, Matching("a service name: letters, digits, '.', '_' and '-', at most 100", r"[A-Za-z0-9._-]{1,100}")
    ] = "forail"
    """Service name in traces."""
    traces_sampler: Annotated[TracesSampler, BeforeValidator(_known_sampler)] = TracesSampler.PARENT_TRACE_ID_RATIO
    """Sampler. The ratio with 1 or 0 stands for OpenTelemetry's parentbased_always_on and parentbased_always_off."""
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
    tokens: Tokens = ()
    """Further tokens of the API, beside `personalAccessToken`."""
