"""Secrets and sections that are each right and do not fit together."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from components.settings.contradictions import contradictions
from components.settings.secrets import ExistingSecrets, SecretName
from components.settings.stack import StackFile
from tests.unit.settings.stackfile import nested, problems

REDIS = {"redisPassword": "r" * 16}
EXISTING = {"secretName": "vault", "key": "value"}
OIDC = {
    "forail.auth.oidc.endpoint": "https://sso.example.com",
    "forail.auth.oidc.clientId": "forail",
    "forail.auth.oidc.clientSecret": EXISTING,
}
LDAP = {
    "servers": ["ldaps://ldap.example.com"],
    "userSearch": [{"base": "ou=people,dc=example,dc=com"}],
    "groupSearch": {"base": "ou=groups,dc=example,dc=com"},
}
STORE = {"secretName": "store", "keys": {"access_key_id": "id", "secret_access_key": "key"}}
S3 = {"backups.copies.type": "s3", "backups.copies.path": "bucket"}
STORED = {"secrets.externalSecrets.store.name": "vault"}
KEY = {"key": "forail/key"}
KEYS = "secrets.externalSecrets.keys"
EXTERNAL = {"postgres.mode": "external", "postgres.host": "10.1.2.3", "postgres.tls.mode": "require"}


@pytest.mark.parametrize(
    ("values", "secrets", "path", "said"),
    [
        ({"secrets.redisPassword": EXISTING}, REDIS, "secrets.redisPassword", "keep one of the two"),
        ({"rotation.redisPassword": 2}, REDIS, "rotation.redisPassword", "change the value itself"),
        (
            {"rotation.forailAdminPassword": 2, "forail.admin": {"passwordPolicy": "initial"}},
            {},
            "rotation.forailAdminPassword",
            "changes nothing with forail.admin.passwordPolicy initial",
        ),
        ({"rotation.tlsCa": 2, "exposure.tls.mode": "disabled"}, {}, "rotation.tlsCa", "has no effect unless"),
        (
            {**STORED, f"{KEYS}.assistantChatToken.key": "a"},
            {},
            f"{KEYS}.assistantChatToken",
            "has no effect with assistant.enabled: false",
        ),
        ({"rotation.assistantChatToken": 2}, {}, "rotation.assistantChatToken", "has no effect with assistant.enabled"),
        ({"rotation.monitoringToken": 2}, {}, "rotation.monitoringToken", "has no effect with monitoring.enabled"),
        (
            {**STORED, f"{KEYS}.monitoringToken.key": "a"},
            {},
            f"{KEYS}.monitoringToken",
            "has no effect with monitoring.enabled: false",
        ),
        (
            {"rotation.tlsCertificate": 2, "exposure.tls.mode": "disabled"},
            {},
            "rotation.tlsCertificate",
            "has no effect unless exposure.tls.mode is selfSigned",
        ),
        (
            {**EXTERNAL, "rotation.postgresSuperuserPassword": 2},
            {"postgresPassword": "p"},
            "rotation.postgresSuperuserPassword",
            "has no effect with postgres.mode external",
        ),
        ({"rotation.redisPassword": 2, "secrets.redisPassword": EXISTING}, {}, "rotation.redisPassword", "is given"),
        (EXTERNAL, {}, "postgres", "has no password"),
        (S3, {}, "backups.copies", "has no credentials: run pulumi config set --secret --path 'copiesSecrets."),
        (
            {**S3, "backups.copies.existingSecret": STORE},
            {"copiesSecrets": '{"access_key_id": "a"}'},
            "backups.copies.existingSecret",
            "keep one of the two",
        ),
        (S3, {"copiesSecrets": '{"acess_key_id": "a"}'}, "copiesSecrets.acess_key_id", "did you mean access_key_id?"),
        (
            {**S3, "backups.copies.options": {"region": "eu"}},
            {"copiesSecrets": '{"region": "eu"}'},
            "copiesSecrets.region",
            "is also given in backups.copies.options",
        ),
        ({}, {"copiesSecrets": '{"access_key_id": "a"}'}, "copiesSecrets", "has no effect without backups.copies"),
        *(
            ({}, {"settingsSecrets": f'{{"{name}": "a"}}'}, f"settingsSecrets.{name}", said)
            for name, said in (
                ("SOCIAL_AUTH_OIDC_SECRET", "has no effect without forail.auth.oidc"),
                ("SOCIAL_AUTH_SAML_SP_PRIVATE_KEY", "has no effect without forail.auth.saml"),
                ("AUTH_LDAP_1_BIND_PASSWORD", "has no effect without forail.auth.ldap"),
                ("SECRET_KEY", "set the secret forailSecretKey"),
                ("SESSION_COOKIE_AGE", "is not a secret but a plain setting"),
                ("RADIUS_SECRETS", "did you mean RADIUS_SECRET?"),
            )
        ),
        (
            {"forail.auth.ldap": [LDAP]},
            {"settingsSecrets": '{"AUTH_LDAP_BIND_PASSWORD": "a"}'},
            "settingsSecrets.AUTH_LDAP_BIND_PASSWORD",
            "belongs to no server with a bindDn",
        ),
        (
            OIDC,
            {"settingsSecrets": '{"SOCIAL_AUTH_OIDC_KEY": "a"}'},
            "settingsSecrets.SOCIAL_AUTH_OIDC_KEY",
            "is set by the program from other settings",
        ),
        (
            {"forail.settings.RADIUS_SECRET": EXISTING},
            {"settingsSecrets": '{"RADIUS_SECRET": "a"}'},
            "forail.settings.RADIUS_SECRET",
            "keep one of the two",
        ),
        (
            OIDC,
            {"settingsSecrets": '{"SOCIAL_AUTH_OIDC_SECRET": "a"}'},
            "forail.auth.oidc.clientSecret",
            "keep one of the two",
        ),
        (
            {**OIDC, "forail.settings.DISABLE_LOCAL_AUTH": True, "verify.enabled": True},
            {},
            "verify.enabled",
            "switches off the sign-in that it tries",
        ),
        (
            EXTERNAL,
            {"postgresPassword": "p", "postgresSuperuserPassword": "s"},
            "postgresSuperuserPassword",
            "has no effect with postgres.mode external",
        ),
        (
            {**EXTERNAL, "secrets.postgresSuperuserPassword": EXISTING},
            {"postgresPassword": "p"},
            "secrets.postgresSuperuserPassword",
            "has no effect with postgres.mode external",
        ),
        ({"registryCredentials": {"server": "ghcr.io", "username": "u"}}, {}, "registryCredentials", "has no password"),
        ({}, {"registryPassword": "p"}, "registryPassword", "has no effect without registryCredentials"),
        ({}, {"proxyPassword": "p"}, "proxyPassword", "has no effect without proxy.username"),
        (
            {"proxy.https": "http://a:1"},
            {"proxyPassword": "p"},
            "proxyPassword",
            "has no effect without proxy.username",
        ),
        (
            {},
            {"tlsPrivateKey": "-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----"},
            "tlsPrivateKey",
            "has no effect unless",
        ),
        ({"secrets.personalAccessToken": EXISTING}, {}, "operator.existingSecret", "name a Secret there"),
        (
            {**STORED, f"{KEYS}.personalAccessToken": KEY},
            {},
            "operator.existingSecret",
            f"is missing: {KEYS}.personalAccessToken is in the platform's namespace",
        ),
        ({**STORED, f"{KEYS}.redisPassword": KEY}, REDIS, f"{KEYS}.redisPassword", "is also given as secret"),
        (
            {**STORED, f"{KEYS}.redisPassword": KEY, "secrets.redisPassword": EXISTING},
            {},
            f"{KEYS}.redisPassword",
            "is also given as secrets.redisPassword: keep one of the two",
        ),
        (
            {**STORED, f"{KEYS}.redisPassword": KEY, "rotation.redisPassword": 2},
            {},
            "rotation.redisPassword",
            "only rotates a generated value",
        ),
        (
            {**EXTERNAL, **STORED, f"{KEYS}.postgresPassword": KEY, f"{KEYS}.postgresSuperuserPassword": KEY},
            {},
            f"{KEYS}.postgresSuperuserPassword",
            "has no effect with postgres.mode external",
        ),
        ({**STORED, f"{KEYS}.tlsPrivateKey": KEY}, {}, f"{KEYS}.tlsPrivateKey", "name it with exposure.tls.mode"),
        ({**STORED, f"{KEYS}.registryPassword": KEY}, {}, f"{KEYS}.registryPassword", "name it in imagePullSecrets"),
        ({**STORED, f"{KEYS}.postgresPasword": KEY}, {}, f"{KEYS}.postgresPasword", "did you mean postgresPassword?"),
        ({**STORED, f"{KEYS}.database": KEY}, {}, f"{KEYS}.database", "these are: assistantChatToken, backupKey"),
        # A block that was copied from another stack's file.
        ({"restore": {"from": "newest", "confirm": "prod"}}, {}, "restore.confirm", "write confirm: dev"),
        ({"restore": {"from": "newest", "confirm": "Dev"}}, {}, "restore.confirm", "is not the name of this stack"),
        (
            {"restore": {"from": "newest", "confirm": "dev"}, "postgres.database": "d" * 49},
            {},
            "postgres.database",
            "longer than 48 characters",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    values: Mapping[str, object], secrets: Mapping[str, str], path: str, said: str
) -> None:
    found = problems(nested(values), secrets)

    assert set(found) == {path}
    assert said in found[path]


def test_a_provided_certificate_needs_its_key(self_signed: tuple[str, str]) -> None:
    file = nested({"exposure.tls.mode": "provided", "exposure.tls.certificate": self_signed[0]})

    assert "tlsPrivateKey < tls.key" in problems(file)["exposure.tls"]


@pytest.mark.parametrize(
    ("values", "secrets"),
    [
        ({}, {}),
        ({}, REDIS),
        ({"restore": {"from": "forail-20260101T013000Z", "confirm": "dev"}, "postgres.database": "d" * 48}, {}),
        ({"secrets.redisPassword": EXISTING}, {}),
        ({"rotation.redisPassword": 2}, {}),
        (EXTERNAL, {"postgresPassword": "p"}),
        ({**EXTERNAL, "secrets.postgresPassword": EXISTING}, {}),
        ({**EXTERNAL, **STORED, f"{KEYS}.postgresPassword": KEY}, {}),
        ({**STORED, f"{KEYS}.personalAccessToken": KEY, "operator.existingSecret": EXISTING}, {}),
        ({**STORED, f"{KEYS}.forailSecretKey": KEY, "adopt.release": "tower"}, {}),
        ({"secrets.onChange": "roll"}, {}),
        ({"secrets.personalAccessToken": EXISTING, "operator.existingSecret": EXISTING}, {}),
        ({"secrets.personalAccessToken": EXISTING, "operator.enabled": False}, {}),
        ({"operator.existingSecret": EXISTING}, {}),
        ({"operator.enabled": False, "content.existing.users": ["maria"], "content.canary": True}, {}),
        ({"operator.insecureSkipVerify": True, "operator.url": "https://10.0.0.1:8443"}, {}),
        ({"operator.chart.source": "./charts/operator"}, {}),
        ({"operator.chart": {"source": "oci://ghcr.io/team/chart", "version": "1.2.3-rc.1"}}, {}),
        ({"operator.chart": {"source": "a", "repository": "https://charts.example.com", "version": "1.2.3"}}, {}),
        ({"content.fleet": {"berlin.example": {"stack": "acme/forail/berlin", "address": "internal"}}}, {}),
        ({"registryCredentials": {"server": "ghcr.io:443", "username": "u"}}, {"registryPassword": "p"}),
        (S3, {"copiesSecrets": '{"access_key_id": "a", "secret_access_key": "b"}'}),
        ({**OIDC, "forail.settings.DISABLE_LOCAL_AUTH": True}, {}),
        ({"forail.settings.RADIUS_SERVER": "a"}, {"settingsSecrets": '{"RADIUS_SECRET": "a"}'}),
        ({"forail.settings.RADIUS_SERVER": "a", "forail.settings.RADIUS_SECRET": EXISTING}, {}),
        (
            {"forail.settings.SOCIAL_AUTH_GITHUB_SECRET": EXISTING},
            {"settingsSecrets": '{"SOCIAL_AUTH_GITHUB_KEY": "a"}'},
        ),
        ({"forail.settings.LOG_AGGREGATOR_ENABLED": False}, {}),
        ({**S3, "backups.copies.existingSecret": STORE}, {}),
        # Who the pod is, its node says; and a store without credentials.
        ({**S3, "backups.copies.options": {"env_auth": "true"}}, {}),
        ({"backups.copies": {"type": "webdav", "path": "forail"}}, {}),
        ({}, {"backupKeyPassphrase": "correct horse battery staple"}),
        ({"proxy.https": "http://proxy:3128", "proxy.username": "robot"}, {"proxyPassword": "p@ss: word"}),
        # Only where the program sets it itself is a variable of one's own refused.
        ({"proxy.https": "http://proxy:3128", "frontend.extraEnv": {"HTTPS_PROXY": "http://proxy:3129"}}, {}),
        ({"proxy.https": "http://proxy:3128", "operator.extraEnv": {"HTTPS_PROXY": "http://proxy:3129"}}, {}),
        ({"web.extraEnv": {"HTTPS_PROXY": "http://proxy:3129", "SSL_CERT_FILE": "/a"}}, {}),
    ],
)
def test_what_fits_is_accepted(values: Mapping[str, object], secrets: Mapping[str, str]) -> None:
    assert problems(nested(values), secrets) == {}


def test_a_secret_has_one_source_only() -> None:
    for name in SecretName:
        stack = StackFile.model_validate({"secrets": {name: EXISTING}}) if name in _existing() else StackFile()
        doubled = [path for path, _ in contradictions(stack, frozenset({name})) if path == f"secrets.{name}"]
        assert bool(doubled) == (name in _existing())


def test_a_secret_of_a_store_has_no_other_source() -> None:
    for name in ExistingSecrets.names():
        stack = StackFile.model_validate(
            {"secrets": {"externalSecrets": {"store": {"name": "a"}, "keys": {name: KEY}}}}
        )
        doubled = [path for path, _ in contradictions(stack, frozenset({name}))]
        assert f"secrets.externalSecrets.keys.{name}" in doubled


def _existing() -> set[str]:
    return {name.value for name in ExistingSecrets.names()}
