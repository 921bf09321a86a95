"""`forail`: administrator, tenancy, telemetry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, StrictBool, model_validator

from ..schema.section import Section
from ..schema.words import ConflictError, Matching
from .addresses import Email
from .auth import AuthSettings
from .declared_settings import DjangoSettings, contradictions
from .django_settings import plain, references
from .secrets import ExistingSecret
from .tokens import Tokens
from .variables import VARIABLE_BYTES


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
    email: Email = "admin@forail.local"
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


class PlatformLogLevel(StrEnum):
    """From the most that programs log to the least."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


# Room for the platform's URL, which the settings of a sign-in carry and another section gives.
_DECLARED_BYTES = VARIABLE_BYTES - 2048


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
    log_level: PlatformLogLevel | None = None
    """What the backend, receptor, OPA and the collector log: this level and those above it. Left out: what each of them
    has by default, `error` for OPA. OPA has no `warning`, and takes `error`."""
    settings: DjangoSettings = Field(default_factory=dict[str, Any])
    """The backend's settings by their names in its API, such as `SESSION_COOKIE_AGE: 3600`, in every process alike. The
    UI shows them and cannot change them; what is removed here is the UI's again. A secret is given as
    `settingsSecrets.<NAME>`, or as `{secretName: …, key: …}` from a Secret that exists."""
    auth: AuthSettings = AuthSettings()
    """Sign-in beside the local accounts."""

    @model_validator(mode="after")
    def _fit_into_a_variable(self) -> Self:
        if len(json.dumps(self.declared("")).encode()) > _DECLARED_BYTES:
            raise ConflictError("settings", "has, with auth, more than the 126 KiB that reach the pods: shorten it")
        return self

    def declared(self, origin: str) -> dict[str, Any]:
        """The backend's settings that are no secrets, by name; `origin` is the platform's URL."""
        level = {} if self.log_level is None else {"LOG_AGGREGATOR_LEVEL": self.log_level.value.upper()}
        return {**level, **self.auth.django(origin), **plain(self.settings)}

    def existing_secrets(self) -> dict[str, tuple[str, ExistingSecret]]:
        """The backend's settings that are read from Secrets that exist, by name: path in the stack file, and Secret."""
        found = {name: (f"forail.settings.{name}", one) for name, one in references(self.settings).items()}
        for one in self.auth.secrets():
            if one.existing is not None:
                path = re.sub(r"\.([0-9]+)\.", r"[\1].", one.path)
                found[one.setting] = (f"forail.auth.{path}", one.existing)
        return found

    def contradictions(self, secrets: AbstractSet[str]) -> Iterator[tuple[str, str]]:
        """Pairs of YAML path and message where `secrets`, the names below `settingsSecrets`, do not fit."""
        return contradictions(self.settings, self.auth, secrets)
