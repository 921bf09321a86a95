"""The contract with platform repositories: what a stack exports."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class StackOutputs:
    """The outputs of a stack. Names, meaning and secrecy change only with a line in CHANGELOG.md."""

    url: str
    """Where browsers go; with `exposure.via: none`, once what you route yourself leads there."""
    api_url: str
    """Root of the REST API."""
    ping_url: str
    """Answers 200 without authentication while the platform is up."""
    internal_url: str
    """The API inside the cluster, as the operator uses it."""
    admin_username: str
    """First superuser."""
    admin_password: pulumi.Output[str] | None
    """Its password (secret); null where an existing Secret holds it."""
    personal_access_token: pulumi.Output[str] | None
    """Bearer token with write scope (secret); null where an existing Secret holds it."""
    tokens: pulumi.Output[dict[str, str]] | None
    """Value of each of `forail.tokens` by its name (secret); empty without any."""
    namespace: pulumi.Output[str]
    """The platform's namespace."""
    operator_namespace: pulumi.Output[str] | None
    """The operator's namespace; empty without an operator."""
    ca_certificate: pulumi.Output[str] | None
    """PEM of the private CA; empty unless TLS is self-signed (the SDK does not export a null that is not secret)."""
    callback_urls: dict[str, str]
    """What identity providers are told, by way to sign in: `oidc` and `saml`, where browsers come back, and
    `samlMetadata`; empty without `forail.auth.oidc` and `saml`."""
    images: list[str]
    """Every image the stack uses, execution environments included; what a mirror must hold."""
    version: str
    """Tag or digest of the backend image."""

    def export(self) -> None:
        """Exports every field under its camelCase name."""
        pulumi.export("url", self.url)
        pulumi.export("apiUrl", self.api_url)
        pulumi.export("pingUrl", self.ping_url)
        pulumi.export("internalUrl", self.internal_url)
        pulumi.export("adminUsername", self.admin_username)
        pulumi.export("adminPassword", _secret(self.admin_password))
        pulumi.export("personalAccessToken", _secret(self.personal_access_token))
        pulumi.export("tokens", pulumi.Output.secret({} if self.tokens is None else self.tokens))
        pulumi.export("namespace", self.namespace)
        pulumi.export("operatorNamespace", "" if self.operator_namespace is None else self.operator_namespace)
        pulumi.export("caCertificate", "" if self.ca_certificate is None else self.ca_certificate)
        pulumi.export("callbackUrls", self.callback_urls)
        pulumi.export("images", self.images)
        pulumi.export("version", self.version)


def _secret(value: pulumi.Output[str] | None) -> pulumi.Output[str | None]:
    # A null is exported only as a secret; without it a consumer's require_output would fail on the name.
    nothing: pulumi.Output[str | None] = pulumi.Output.secret(None)
    return nothing if value is None else pulumi.Output.secret(value)
