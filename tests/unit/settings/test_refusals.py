"""Every field of the stack file refuses what it cannot use, at its own path and with words that help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from components.schema.shape import follow
from components.settings.stack import StackFile
from tests.unit.settings.stackfile import fields_below, nested, problems, shown
from tests.unit.settings.wrong_exposure import BESIDE_EXPOSURE, INSIDE_EXPOSURE
from tests.unit.settings.wrong_operator import BESIDE_OPERATOR, INSIDE_OPERATOR, OPERATOR
from tests.unit.settings.wrong_outbound import BESIDE_OUTBOUND, INSIDE_OUTBOUND, OUTBOUND
from tests.unit.settings.wrong_platform import PLATFORM
from tests.unit.settings.wrong_sign_in import INSIDE_SIGN_IN, SIGN_IN

EXTERNAL = {"postgres.mode": "external", "postgres.tls.mode": "require"}
S3 = {"backups.copies.type": "s3", "backups.copies.path": "bucket"}
SFTP = {"backups.copies.type": "sftp", "backups.copies.path": "/backups"}
KEYS = {"backups.copies.existingSecret.secretName": "store", "backups.copies.existingSecret.keys.access_key_id": "id"}
ROWS = [*PLATFORM, *OUTBOUND, *OPERATOR, *SIGN_IN]

# Fields that other fields of the same section must accompany: what accompanies them, then as above.
BESIDE: list[tuple[Mapping[str, object], str, object, str]] = [
    ({"exposure.tls.mode": "provided"}, "exposure.tls.certificate", "forail.pem", "must be PEM"),
    ({"exposure.tls.mode": "existing"}, "exposure.tls.secretName", "Forail_TLS", "DNS name"),
    ({"exposure.mode": "loadBalancer"}, "exposure.ports", {}, "have no effect with exposure.mode loadBalancer"),
    *BESIDE_EXPOSURE,
    ({"images.redis.tag": "7"}, "images.redis.digest", f"sha256:{'0' * 64}", "keep one of the two"),
    ({"projects.storage.existingClaim": "mine"}, "projects.storage.size", "4Gi", "has no effect beside existingClaim"),
    ({"projects.storage.existingClaim": "mine"}, "projects.storage.storageClass", "fast", "beside existingClaim"),
    ({"opa.enabled": False}, "opa.enforcement", "failOpen", "needs OPA"),
    ({"projects.storage.accessMode": "ReadWriteOnce"}, "web.replicas", 2, "projects.storage.accessMode: ReadWriteMany"),
    ({"projects.storage.accessMode": "ReadWriteOnce"}, "task.replicas", 2, "set replicas: 1"),
    ({"postgres.storage.existingClaim": "mine"}, "postgres.claimName", "forail-postgres-16", "beside storage.existing"),
    (
        {"postgres.storage.existingClaim": "forail-postgres-1"},
        "postgres.keptClaims",
        ["forail-postgres-1"],
        "which is not the stack's",
    ),
    ({"task.replicas": 2}, "receptor.storage.existingClaim", "mine", "each of several task pods needs its own"),
    ({"postgres.mode": "external"}, "postgres.host", "db.example.com:5432", "postgres.port"),
    ({"postgres.mode": "external"}, "postgres.host", "postgres://db", "host name only"),
    ({"postgres.mode": "external"}, "postgres.port", 0, "from 1 to 65535"),
    ({"postgres.mode": "external"}, "postgres.database", "Forail DB", "a Postgres name"),
    ({"postgres.mode": "external"}, "postgres.user", "1forail", "a Postgres name"),
    ({**EXTERNAL, "postgres.host": "db"}, "postgres.user", "public", "Postgres reserves"),
    ({**EXTERNAL, "postgres.host": "db"}, "postgres.database", "template0", "give its own"),
    ({"postgres.mode": "external"}, "postgres.host", "db..example.com", "labels"),
    ({"postgres.mode": "external"}, "postgres.port", 65536, "from 1 to 65535"),
    ({"postgres.mode": "external"}, "postgres.tls", "require", "must be a mapping"),
    ({"postgres.mode": "external"}, "postgres.tls.mode", "prefer", "disable, require, verify-ca, verify-full"),
    ({"postgres.mode": "external"}, "postgres.tls.ca", "/etc/ca.pem", "must be PEM"),
    ({"postgres.mode": "external"}, "postgres.storage", {}, "belongs to mode inCluster: set mode: inCluster"),
    ({"postgres.mode": "external"}, "postgres.sslmode", "require", "is not a key of postgres with mode external"),
    (S3, "backups.copies.options.provder", "AWS", "did you mean provider?"),
    (S3, "backups.copies.options.quux", "1", "`rclone help backend s3` lists them"),
    (S3, "backups.copies.options.secret_access_key", "hunter2", "--path 'copiesSecrets.secret_access_key'"),
    (S3, "backups.copies.options.access_key_id", "hunter2", "is a secret given in clear"),
    (S3, "backups.copies.options.endpoint", "https://me:hunter2@s3.example.com", "is a secret given in clear"),
    (SFTP, "backups.copies.options.pass", "hunter2", "is a secret given in clear"),
    (SFTP, "backups.copies.options.key_pem", "hunter2", "is a secret given in clear"),
    ({**S3, **KEYS}, "backups.copies.existingSecret.keys.acess_key_id", "a", "did you mean access_key_id?"),
    (
        {**S3, **KEYS, "backups.copies.options.region": "eu"},
        "backups.copies.existingSecret.keys.region",
        "a",
        "is also given in backups.copies.options",
    ),
    ({**S3, **KEYS, "backups.retentionDays": 91}, "backups.copies.retentionDays", 90, "at least backups.retentionDays"),
    *BESIDE_OUTBOUND,
    *BESIDE_OPERATOR,
]
# Lists and free mappings: the file, the path that is reported, what is said.
INSIDE: list[tuple[dict[str, object], str, str]] = [
    ({"imagePullSecrets": ["ok", "Bad"]}, "imagePullSecrets[1]", "DNS name"),
    ({"imagePullSecrets": [{"name": "regcred"}]}, "imagePullSecrets[0]", "write only the name"),
    ({"commonLabels": {"example.com/team": "a b"}}, 'commonLabels["example.com/team"]', "label value"),
    ({"commonLabels": {"app.kubernetes.io/name": "x"}}, "commonLabels", "choose another prefix"),
    ({"exposure": {"extraHosts": ["a.lan", "*.lan"]}}, "exposure.extraHosts[1]", "one host name"),
    *INSIDE_EXPOSURE,
    ({"web": {"tolerations": [{"key": "a b"}]}}, "web.tolerations[0].key", "a Kubernetes key"),
    ({"web": {"tolerations": [{"operator": "Exists", "value": "x"}]}}, "web.tolerations[0].value", "drop the value"),
    ({"web": {"tolerations": [{"operator": "In"}]}}, "web.tolerations[0].operator", "one of Exists, Equal"),
    ({"web": {"tolerations": [{}]}}, "web.tolerations[0].key", "operator Equal needs it"),
    ({"web": {"tolerations": [{"key": "k", "effect": "no-schedule"}]}}, "web.tolerations[0].effect", "NoSchedule?"),
    (
        {"web": {"tolerations": [{"key": "k", "tolerationSeconds": 5}]}},
        "web.tolerations[0].tolerationSeconds",
        "needs effect: NoExecute",
    ),
    (
        {"web": {"tolerations": [{"key": "k", "effect": "NoExecute", "tolerationSeconds": 9223372037}]}},
        "web.tolerations[0].tolerationSeconds",
        "from 0 to 9223372036",
    ),
    ({"web": {"extraEnv": {"A": {"secretName": "s", "key": "..k"}}}}, "web.extraEnv.A.key", "a key of a Secret"),
    ({"web": {"extraEnv": {"A": {"secretName": "_", "key": "k"}}}}, "web.extraEnv.A.secretName", "DNS name"),
    ({"web": {"extraEnv": {"A": {"secretName": "s"}}}}, "web.extraEnv.A.key", "is missing"),
    ({"web": {"extraEnv": {"A": {"secretName": "s", "key": "k", "optional": True}}}}, "web.extraEnv.A.optional", "key"),
    ({"forail": {"tokens": [{"name": "ci"}]}}, "forail.tokens[0].user", "is missing"),
    ({"forail": {"tokens": [{"name": "CI", "user": "ci"}]}}, "forail.tokens[0].name", "lower-case letters"),
    ({"forail": {"tokens": [{"name": "ci", "user": "the ci"}]}}, "forail.tokens[0].user", "a user name"),
    (
        {"forail": {"tokens": [{"name": "ci", "user": "forail-operator"}]}},
        "forail.tokens[0].user",
        "whose tokens the stack makes by itself",
    ),
    (
        {"forail": {"tokens": [{"name": "ci", "user": "forail-monitoring"}]}},
        "forail.tokens[0].user",
        "whose tokens the stack makes by itself",
    ),
    (
        {"forail": {"tokens": [{"name": "ci", "user": "ci", "scope": "admin"}]}},
        "forail.tokens[0].scope",
        "one of read, write",
    ),
    ({"forail": {"tokens": [{"name": "ci", "user": "ci", "epoch": 0}]}}, "forail.tokens[0].epoch", "1 or more"),
    *INSIDE_OUTBOUND,
    *INSIDE_OPERATOR,
    *INSIDE_SIGN_IN,
]


@pytest.mark.parametrize(("path", "value", "said"), ROWS, ids=[f"{path}={shown(value, 60)}" for path, value, _ in ROWS])
def test_a_field_refuses_what_it_cannot_use(path: str, value: object, said: str) -> None:
    found = problems(nested({path: value}))

    assert any(said in message for place, message in found.items() if place.startswith(path)), found


@pytest.mark.parametrize(("beside", "path", "value", "said"), BESIDE)
def test_a_field_refuses_what_its_neighbours_rule_out(
    beside: Mapping[str, object], path: str, value: object, said: str
) -> None:
    found = problems(nested({**beside, path: value}))

    assert said in found.get(path, ""), found


@pytest.mark.parametrize(("file", "path", "said"), INSIDE)
def test_lists_and_free_mappings_are_reported_by_element(file: dict[str, object], path: str, said: str) -> None:
    found = problems(file)

    assert said in found.get(path, ""), found


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ({"namespace": {"create": True}}, None),
        ({"postgres": {"mode": "external", "tls": {"mode": "require"}}}, "postgres.host"),
        ({"exposure": {"tls": {"mode": "provided"}}}, "exposure.tls.certificate"),
        ({"secrets": {"redisPassword": {"secretName": "redis"}}}, "secrets.redisPassword.key"),
        ({"secrets": {"redisPassword": {"key": "password"}}}, "secrets.redisPassword.secretName"),
        ({"registryCredentials": {"server": "ghcr.io"}}, "registryCredentials.username"),
        ({"registryCredentials": {"username": "robot"}}, "registryCredentials.server"),
    ],
)
def test_a_missing_key_is_named_and_a_default_is_none(file: dict[str, object], path: str | None) -> None:
    found = problems(file)

    assert set(found) == (set() if path is None else {path})
    assert all("is missing: give" in message for message in found.values())


def test_external_postgres_that_verifies_needs_a_ca() -> None:
    found = problems({"postgres": {"mode": "external", "host": "db.example.com"}})

    assert "paste the CA's PEM" in found["postgres.tls.ca"]


def test_external_postgres_that_verifies_nobody_has_no_ca(self_signed: tuple[str, str]) -> None:
    file = nested({"postgres.mode": "external", "postgres.host": "db", "postgres.tls.mode": "require"})
    file["postgres"]["tls"]["ca"] = self_signed[0]

    assert "has no effect with mode require" in problems(file)["postgres.tls.ca"]


@pytest.mark.parametrize(
    ("file", "path", "said"),
    [
        ({"fronend": {}}, "fronend", "did you mean frontend?"),
        ({"web": {"replica": 2}}, "web.replica", "did you mean replicas?"),
        ({"web": {"node_selector": {}}}, "web.node_selector", "did you mean nodeSelector?"),
        ({"web": {"node-selector": {}}}, "web.node-selector", "did you mean nodeSelector?"),
        ({"postgres": {"storage": {"class": "x"}}}, "postgres.storage.class", "which takes size, storageClass"),
        ({"forail": {"xyz": 1}}, "forail.xyz", "which takes admin, tenancy, otel"),
        ({"xyz": 1}, "xyz", "docs/options.md lists them"),
        ({"destroy_data": True}, "destroy_data", "did you mean destroyData?"),
        ({"postgres": {"host": "db"}}, "postgres.host", "belongs to mode external: set mode: external"),
        ({"exposure": {"tls": {"secretName": "a"}}}, "exposure.tls.secretName", "set mode: existing"),
        ({"web.replicas": 2}, '["web.replicas"]', "pulumi config set --path"),
        ({"forail": {"web": {"replicas": 2}}}, "forail.web", "web belongs beside forail"),
        ({"ingress.host": "a.lan"}, '["ingress.host"]', "is called exposure.host here"),
    ],
)
def test_an_unknown_key_gets_the_nearest_known_one(file: dict[str, object], path: str, said: str) -> None:
    assert said in problems(file).get(path, ""), problems(file)


@pytest.mark.parametrize(
    "path", ["web", "commonLabels", "imagePullSecrets", "destroyData", "secrets.redisPassword", "exposure.tls"]
)
def test_a_key_without_a_value_is_called_empty(path: str) -> None:
    """What is commented out to the last line reaches the program as empty text."""
    assert problems(nested({path: ""}))[path].startswith("is empty: give it ")


def test_all_problems_are_reported_at_once() -> None:
    found = problems(
        {"web": {"replicas": 0, "zz": 1}, "exposure": {"host": "*"}, "redisPassword": "short in clear", "typo": 1}
    )

    assert set(found) == {"web.replicas", "web.zz", "exposure.host", "redisPassword", "typo"}


def test_contradictions_are_reported_beside_secrets_in_clear() -> None:
    found = problems({"rotation": {"redisPassword": 2}, "redisPassword": "short in clear"})

    assert set(found) == {"redisPassword", "rotation.redisPassword"}


def _holders(path: str) -> Iterator[tuple[str, str]]:
    *parents, key = [part for part in path.replace("[", ".[").split(".") if part]
    location: list[Any] = [int(part[1:-1]) if part[1:-1].isdigit() else part for part in parents]
    for kind in follow(StackFile, location).kinds:
        if kind.section is not None:
            yield kind.section.__name__, key


def test_every_field_of_every_section_is_refused_something_here() -> None:
    paths = [path for path, *_ in ROWS] + [path for _, path, *_ in BESIDE] + [path for _, path, _ in INSIDE]
    tested = {holder for path in paths for holder in _holders(path)}
    fields = {(section.__name__, key) for section, key in fields_below(StackFile)}

    missing = sorted(fields - tested)
    assert not missing, "give each a row in wrong_platform.py, wrong_operator.py or wrong_sign_in.py"
