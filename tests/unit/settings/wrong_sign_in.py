"""Wrong values for the backend's settings and for the ways to sign in, and what must be said to each."""

from __future__ import annotations

from typing import Any

OIDC, SAML = "forail.auth.oidc", "forail.auth.saml"
IDP = f"{SAML}.identityProviders.acme"
_SERVER: dict[str, Any] = {
    "servers": ["ldaps://ldap.example.com"],
    "userSearch": [{"base": "ou=people,dc=example,dc=com"}],
    "groupSearch": {"base": "ou=groups,dc=example,dc=com"},
}


def server(**changes: object) -> dict[str, Any]:
    """A stack file with one LDAP server, changed."""
    return {"forail": {"auth": {"ldap": [{**_SERVER, **changes}]}}}


def given(**settings: object) -> dict[str, Any]:
    """A stack file with settings of the backend."""
    return {"forail": {"settings": settings}}


SIGN_IN: list[tuple[str, object, str]] = [
    ("forail.logLevel", "warn", "did you mean warning?"),
    ("forail.logLevel", "critical", "one of debug, info, warning, error"),
    ("forail.settings", [], "must be the backend's settings by name"),
    ("forail.auth", "oidc", "must be a mapping"),
    (OIDC, "https://sso.lan", "must be a mapping"),
    (f"{OIDC}.endpoint", "sso.example.com", "the issuer's URL"),
    (f"{OIDC}.endpoint", "https://user:hunter2@sso.lan", "the issuer's URL"),
    (f"{OIDC}.endpoint", "http://sso.example.com", "the issuer's URL (https"),
    (f"{OIDC}.clientId", "", "one line of text"),
    (f"{OIDC}.clientSecret", "hunter2", "must be a mapping"),
    (f"{OIDC}.verifyTls", "no", "true or false"),
    (f"{OIDC}.scopes", ["a b"], "a claim of the token"),
    (f"{OIDC}.usernameClaim", "a b", "a claim of the token"),
    (f"{OIDC}.buttonLabel", "a\nb", "one line of text"),
    (f"{OIDC}.organizations", [], "must be a mapping"),
    (f"{OIDC}.organizations.Default.admins", "ann", "must be a list"),
    (f"{OIDC}.organizations.Default.users", True, "must be a list"),
    (f"{OIDC}.organizations.Default.removeAdmins", "no", "true or false"),
    (f"{OIDC}.organizations.Default.removeUsers", 1, "true or false"),
    (f"{OIDC}.teams", [], "must be a mapping"),
    (f"{OIDC}.teams.Ops.organization", "", "a name of 1 to 512"),
    (f"{OIDC}.teams.Ops.users", ["/(/"], "a regular expression that Python's re knows"),
    (f"{OIDC}.teams.Ops.remove", "no", "true or false"),
    (SAML, True, "must be a mapping"),
    (f"{SAML}.entityId", "", "one line of text"),
    (f"{SAML}.certificate", "saml.pem", "must be PEM"),
    (f"{SAML}.privateKey", "hunter2", "must be a mapping"),
    (f"{SAML}.organization", "ACME", "must be a mapping"),
    (f"{SAML}.organization.name", "", "one line of text"),
    (f"{SAML}.organization.displayName", "", "one line of text"),
    (f"{SAML}.organization.url", "acme", "a URL"),
    (f"{SAML}.technicalContact", "ann", "must be a mapping"),
    (f"{SAML}.technicalContact.name", "", "one line of text"),
    (f"{SAML}.technicalContact.email", "ann", "an e-mail address"),
    (f"{SAML}.supportContact", "ann", "must be a mapping"),
    (f"{SAML}.identityProviders", {}, "must be"),
    (f"{SAML}.identityProviders", {"a b": {}}, "a short name"),
    (f"{IDP}.entityId", "", "one line of text"),
    (f"{IDP}.url", "sso.lan", "a URL"),
    (f"{IDP}.certificate", "x", "must be PEM"),
    (f"{IDP}.attributes", [], "must be a mapping"),
    *((f"{IDP}.attributes.{key}", "", "one line of text") for key in ("userPermanentId", "username", "email")),
    *((f"{IDP}.attributes.{key}", "a\nb", "one line of text") for key in ("firstName", "lastName")),
    (f"{SAML}.createObjects", "no", "true or false"),
    (f"{SAML}.organizationAttributes", "orgs", "must be a mapping"),
    *((f"{SAML}.organizationAttributes.{key}", "", "one line of text") for key in ("users", "admins", "auditors")),
    (f"{SAML}.organizations", [], "must be a mapping"),
    (f"{SAML}.teams", [], "must be a mapping"),
    (f"{SAML}.superusers", "admins", "must be a mapping"),
    (f"{SAML}.superusers.attribute", "", "one line of text"),
    (f"{SAML}.superusers.values", [], "must be"),
    (f"{SAML}.superusers.remove", "no", "true or false"),
    (f"{SAML}.auditors", "auditors", "must be a mapping"),
    ("forail.auth.ldap", {}, "must be a list"),
]
_LDAP = "forail.auth.ldap[0]"
_WRONG: list[tuple[dict[str, object], str, str]] = [
    ({"servers": []}, "servers", "must be"),
    ({"servers": "ldaps://a"}, "servers", "must be a list"),
    ({"servers": ["ldaps://a/dc=b"]}, "servers[0]", "an LDAP URL"),
    ({"bindDn": "svc"}, "bindDn", "a bind name"),
    ({"bindPassword": "hunter2"}, "bindPassword", "must be a mapping"),
    ({"bindPassword": {"secretName": "a", "key": "b"}}, "bindPassword", "without bindDn"),
    ({"startTls": "yes"}, "startTls", "true or false"),
    ({"startTls": True}, "startTls", "has no effect with ldaps://"),
    ({"userSearch": []}, "userSearch", "exactly one of the two"),
    ({"userSearch": [{"base": "people"}]}, "userSearch[0].base", "a distinguished name"),
    ({"userSearch": [{"base": "dc=a", "scope": "SUBTREE"}]}, "userSearch[0].scope", "did you mean subtree?"),
    ({"userSearch": [{"base": "dc=a", "filter": "(uid=x)"}]}, "userSearch[0].filter", "with %(user)s"),
    ({"userDnTemplate": "uid=x,dc=a"}, "userDnTemplate", "with %(user)s"),
    ({"userDnTemplate": "uid=%(user)s,dc=a"}, "userSearch", "exactly one of the two"),
    ({"attributes": []}, "attributes", "must be a mapping"),
    ({"attributes": {"firstName": "a b"}}, "attributes.firstName", "an attribute"),
    ({"attributes": {"lastName": ""}}, "attributes.lastName", "an attribute"),
    ({"attributes": {"email": "1"}}, "attributes.email", "an attribute"),
    ({"groupSearch": None}, "groupSearch", "is empty"),
    ({"groupSearch": {"base": "groups"}}, "groupSearch.base", "a distinguished name"),
    ({"groupSearch": {"base": "dc=a", "scope": "all"}}, "groupSearch.scope", "one of base, oneLevel, subtree"),
    ({"groupSearch": {"base": "dc=a", "filter": "a=b"}}, "groupSearch.filter", "an LDAP filter"),
    ({"groupType": "ActiveDirectoryGroupType"}, "groupType", "one of activeDirectory"),
    ({"requireGroup": "ops"}, "requireGroup", "a distinguished name"),
    ({"denyGroup": "ops"}, "denyGroup", "a distinguished name"),
    ({"superusers": "ops"}, "superusers", "must be a list"),
    ({"auditors": "ops"}, "auditors", "must be a list"),
    ({"organizations": {"A": {"admins": "ops"}}}, "organizations.A.admins", "must be a list"),
    ({"teams": {"A": {"users": "ops"}}}, "teams.A.users", "must be a list"),
    ({"superusers": ["everyone"]}, "superusers[0]", "a distinguished name"),
    ({"auditors": ["ops"]}, "auditors[0]", "a distinguished name"),
    ({"organizations": []}, "organizations", "must be a mapping"),
    ({"organizations": {"A": {"admins": ["ops"]}}}, "organizations.A.admins[0]", "a group's distinguished name"),
    ({"organizations": {"A": {"users": True}}}, "organizations.A.users", "must be a list"),
    ({"organizations": {"A": {"auditors": True}}}, "organizations.A.auditors", "must be a list"),
    ({"organizations": {"A": {"remove": 1}}}, "organizations.A.remove", "true or false"),
    ({"teams": []}, "teams", "must be a mapping"),
    ({"teams": {"A": {}}}, "teams.A.organization", "is missing"),
    ({"teams": {"A": {"organization": ""}}}, "teams.A.organization", "a name of 1 to 512"),
    ({"teams": {"A": {"organization": "B", "users": ["ops"]}}}, "teams.A.users[0]", "a group's distinguished name"),
    ({"teams": {"A": {"organization": "B", "remove": 1}}}, "teams.A.remove", "true or false"),
]
_SETTINGS: list[tuple[str, object, str]] = [
    ("SESION_COOKIE_AGE", 60, "did you mean SESSION_COOKIE_AGE?"),
    ("session_cookie_age", 60, "did you mean SESSION_COOKIE_AGE?"),
    ("DEBUG", True, "is not a setting of the backend: /api/v2/settings/all/"),
    ("SESSION_COOKIE_AGE", "3600", "must be a whole number from 60 to 30000000000"),
    ("SESSION_COOKIE_AGE", True, "must be a whole number"),
    ("SESSION_COOKIE_AGE", 59, "must be a whole number"),
    ("SESSION_COOKIE_AGE", 3600.0, "must be a whole number"),
    ("SESSION_COOKIE_AGE", None, "is empty: give it a whole number"),
    ("SESSION_COOKIE_AGE", {"secretName": "a", "key": "b"}, "must be a whole number"),
    ("AWX_ROLES_ENABLED", "true", "must be true or false"),
    ("ALLOW_JINJA_IN_EXTRA_VARS", "alway", "did you mean always?"),
    ("ALLOW_JINJA_IN_EXTRA_VARS", True, "must be one of always, never, template"),
    ("LOG_AGGREGATOR_HOST", 1, "put it in quotes"),
    ("LOG_AGGREGATOR_HOST", "https://me:hunter2@logs", "is a secret given in clear"),
    ("LOG_AGGREGATOR_HOST", "a" * 32769, "at most 32768 characters"),
    ("LOG_AGGREGATOR_PASSWORD", "hunter2", "--path 'settingsSecrets.LOG_AGGREGATOR_PASSWORD'"),
    ("LOG_AGGREGATOR_PASSWORD", 1, "must be a secret"),
    ("TOWER_URL_BASE", "forail.lan", "must be a URL"),
    ("CUSTOM_LOGO", "logo.png", "data:image/png;base64"),
    ("REMOTE_HOST_HEADERS", "HTTP_X_FORWARDED_FOR", "must be a list of texts"),
    ("REMOTE_HOST_HEADERS", [""], "must be a list of texts"),
    ("DEFAULT_CONTAINER_RUN_OPTIONS", ["--env=A=http://me:hunter2@b"], "holds a password in a URL"),
    ("SOCIAL_AUTH_GOOGLE_OAUTH2_AUTH_EXTRA_ARGUMENTS", {"a": ["http://me:hunter2@b"]}, "holds a password in a URL"),
    ("AWX_ISOLATION_SHOW_PATHS", ["etc"], "must be a list of folders"),
    ("AWX_ISOLATION_SHOW_PATHS", ["/a:/b:rwx"], "must be a list of folders"),
    ("AWX_TASK_ENV", ["A=1"], "must be a mapping from names of variables to text"),
    ("AWX_TASK_ENV", {"A": 1}, "quote numbers"),
    ("AWX_TASK_ENV", {"API_TOKEN": "hunter2"}, "holds a secret in clear"),
    ("GALAXY_TASK_ENV", {"HTTPS_PROXY": "http://me:hunter2@proxy"}, "holds a secret in clear"),
    ("OAUTH2_PROVIDER", {"ACCESS_TOKEN_EXPIRE_SECONDS": 1}, "must be a mapping with ACCESS_TOKEN"),
    ("SOCIAL_AUTH_SAML_SECURITY_CONFIG", [], "must be a mapping"),
    ("SOCIAL_AUTH_SAML_EXTRA_DATA", {"a": "b"}, "must be a list of lists"),
    ("SOCIAL_AUTH_ORGANIZATION_MAP", {"A": {"members": True}}, "must be a mapping from names to"),
    ("SOCIAL_AUTH_ORGANIZATION_MAP", {"A": {"users": [1]}}, "must be true, false, a user name"),
    ("SOCIAL_AUTH_ORGANIZATION_MAP", {"A": {"remove_users": 1}}, "must have true or false for"),
    ("SOCIAL_AUTH_ORGANIZATION_MAP", {"A": {"organization_alias": 1}}, "must have text for"),
    ("SOCIAL_AUTH_TEAM_MAP", {"A": {"users": True}}, "with organization"),
    ("SOCIAL_AUTH_TEAM_MAP", {"A": {"organization": "B", "users": "/(/"}}, "that Python's re knows"),
    # Decided elsewhere.
    *((name, ["*"], "set exposure.host") for name in ("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS")),
    *((name, False, "set exposure.host") for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")),
    ("DATABASES", {}, "set postgres"),
    ("CACHES", {}, "set redis"),
    ("SECRET_KEY", "hunter2", "set the secret forailSecretKey"),
    ("BROADCAST_WEBSOCKET_SECRET", "hunter2", "set the secret forailBroadcastWebsocketSecret"),
    ("SYSTEM_TASK_ABS_MEM", "4Gi", "set task.replicas and task.resources"),
    ("OPA_ENABLED", True, "set opa.enforcement"),
    ("TENANCY_ENABLED", True, "set forail.tenancy.isolation"),
    ("TENANCY_RATE_LIMITING_ENABLED", True, "limit requests in the Ingress controller"),
    ("OTEL_ENABLED", True, "set otelCollector"),
    ("OTEL_SERVICE_NAME", "forail", "set forail.otel"),
    ("LOG_AGGREGATOR_LEVEL", "DEBUG", "set forail.logLevel"),
    ("DEFAULT_EXECUTION_ENVIRONMENT", 1, "set images.executionEnvironment"),
    ("SOCIAL_AUTH_OIDC_KEY", "forail", "set forail.auth.oidc"),
    ("SOCIAL_AUTH_OIDC_SECRET", "hunter2", "set forail.auth.oidc"),
    ("SOCIAL_AUTH_SAML_ENABLED_IDPS", {}, "set forail.auth.saml"),
    ("AUTH_LDAP_SERVER_URI", "ldaps://a", "set forail.auth.ldap"),
    ("AUTH_LDAP_5_BIND_PASSWORD", "hunter2", "set forail.auth.ldap"),
    ("SOCIAL_AUTH_SAML_CALLBACK_URL", "https://a", "the backend writes it itself"),
    ("LICENSE", {}, "the backend writes it itself"),
]
_INSIDE_SETTINGS: list[tuple[dict[str, object], str, str]] = [
    (given(RADIUS_SECRET={"secretName": "A_", "key": "b"}), "forail.settings.RADIUS_SECRET.secretName", "a DNS name"),
    (given(RADIUS_SECRET={"secretName": "a"}), "forail.settings.RADIUS_SECRET.key", "must be {secretName"),
    (given(RADIUS_SECRET={"secretName": "a", "key": 1}), "forail.settings.RADIUS_SECRET.key", "must be {secretName"),
    (
        given(RADIUS_SECRET={"secretName": "a", "key": "b", "hunter2": 1}),
        "forail.settings.RADIUS_SECRET",
        "must be {secretName",
    ),
    (given(RADIUS_SERVER="a"), "forail.settings.RADIUS_SECRET", "--path 'settingsSecrets.RADIUS_SECRET'"),
    (given(LOG_AGGREGATOR_ENABLED=True), "forail.settings.LOG_AGGREGATOR_HOST", "is missing, and LOG_AGGREGATOR"),
    (given(SOCIAL_AUTH_GITHUB_KEY="a"), "forail.settings.SOCIAL_AUTH_GITHUB_SECRET", "is missing, and SOCIAL"),
    (
        given(LOG_AGGREGATOR_ENABLED=True, LOG_AGGREGATOR_HOST="", LOG_AGGREGATOR_TYPE="splunk"),
        "forail.settings.LOG_AGGREGATOR_HOST",
        "is missing, and LOG_AGGREGATOR",
    ),
    (given(DISABLE_LOCAL_AUTH=True), "forail.settings.DISABLE_LOCAL_AUTH", "nobody could sign in"),
    *(
        (given(DISABLE_LOCAL_AUTH=True, **{off: ""}), "forail.settings.DISABLE_LOCAL_AUTH", "nobody could sign in")
        for off in ("RADIUS_SERVER", "TACACSPLUS_HOST", "SOCIAL_AUTH_GITHUB_KEY")
    ),
    (
        given(CUSTOM_LOGIN_INFO="a" * 32768, API_400_ERROR_LOG_FORMAT="b" * 32768, LOGIN_REDIRECT_OVERRIDE="c" * 32768,
              AWX_ISOLATION_BASE_PATH="d" * 32768),
        "forail.settings",
        "more than the 126 KiB",
    ),
]  # fmt: skip
INSIDE_SIGN_IN: list[tuple[dict[str, object], str, str]] = [
    *((server(**changes), f"{_LDAP}.{path}", said) for changes, path, said in _WRONG),
    *((given(**{name: value}), f"forail.settings.{name}", said) for name, value, said in _SETTINGS),
    *_INSIDE_SETTINGS,
    ({"forail": {"auth": {"ldap": [_SERVER] * 7}}}, "forail.auth.ldap", "must be"),
    (server(bindDn="cn=a"), f"{_LDAP}.bindPassword", "settingsSecrets.AUTH_LDAP_BIND_PASSWORD"),
    (
        {"forail": {"auth": {"oidc": {"endpoint": "https://a/.well-known/openid-configuration", "clientId": "a"}}}},
        "forail.auth.oidc.endpoint",
        "leave /.well-known/openid-configuration out",
    ),
    (
        {"forail": {"auth": {"oidc": {"endpoint": "https://a", "clientId": "a"}}}},
        "forail.auth.oidc.clientSecret",
        "settingsSecrets.SOCIAL_AUTH_OIDC_SECRET",
    ),
    (
        {
            "forail": {
                "auth": {
                    "oidc": {
                        "endpoint": "https://a",
                        "clientId": "a",
                        "organizations": {"A": {"users": ["/@example.com$/"]}},
                    }
                }
            }
        },
        "forail.auth.oidc.organizations.A.users",
        "with nobody",
    ),
]
