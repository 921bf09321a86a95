"""Every field of the stack file refuses what it cannot use, at its own path and with words that help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pytest

from components.settings.base import Section
from components.settings.shape import follow, keys, kinds, of_field
from components.settings.stack import StackFile
from tests.unit.settings.stackfile import nested, problems

# A wrong value for each field of each section, by a path that leads there, and a part of what must be said.
ROWS: list[tuple[str, object, str]] = [
    ("kubernetes", "prod", "must be a mapping, and it is text"),
    ("kubernetes.context", "", "kubeconfig context"),
    ("namespace", [], "must be a mapping, and it is a list"),
    ("namespace.name", "Forail", "lower-case letters"),
    ("namespace.name", "kube-system", "belongs to the cluster"),
    ("namespace.create", "maybe", "must be true or false, and it is text"),
    ("operator", 1, "must be a mapping, and it is a number"),
    ("operator.namespace", True, "must be a mapping, and it is true or false"),
    ("operator.namespace.name", "default", "choose another"),
    ("operator.namespace.name", "forail", "the operator needs its own namespace"),
    ("images", None, "is empty"),
    ("images.registry", "https://registry.example.com", "without scheme"),
    ("images.backend", "repo:tag", "must be a mapping"),
    ("images.backend.repository", "ghcr.io/team/image:1", "without scheme, tag and digest"),
    ("images.backend.repository", "team/" + "a" * 255, "without scheme, tag and digest"),
    ("images.backend.tag", "latest", "which moves"),
    ("images.backend.tag", 2026.07, "put it in quotes"),
    ("images.backend.tag", "a tag", "an image tag"),
    ("images.backend.digest", "sha256:abc", "64 hexadecimal digits"),
    ("images.backend.pullPolicy", "always", "did you mean Always?"),
    ("images.frontend", 1, "must be a mapping"),
    ("images.postgres", 1, "must be a mapping"),
    ("images.redis", 1, "must be a mapping"),
    ("images.opa", 1, "must be a mapping"),
    ("images.otelCollector", 1, "must be a mapping"),
    ("images.executionEnvironment", 1, "must be a mapping"),
    ("images.controlPlaneExecutionEnvironment", 1, "must be a mapping"),
    ("images.assistant", 1, "must be a mapping"),
    ("images.assistantOllama", 1, "must be a mapping"),
    ("imagePullSecrets", "regcred", "must be a list"),
    ("registryCredentials", "me:you", "must be a mapping"),
    ("registryCredentials.server", "https://ghcr.io", "without scheme"),
    ("registryCredentials.username", "a:b", "without ':'"),
    ("commonLabels", {"team": "a b"}, "label value"),
    ("commonAnnotations", [], "must be a mapping from a Kubernetes key to text"),
    ("destroyData", "perhaps", "must be true or false"),
    ("secrets", 1, "must be a mapping"),
    ("secrets.forailAdminPassword", "s3cret-in-clear", "pulumi config set --secret forailAdminPassword"),
    ("secrets.forailAdminPassword.secretName", "My_Secret", "DNS name"),
    ("secrets.forailAdminPassword.key", "a b", "a key of a Secret"),
    ("secrets.postgresPassword", "x", "pulumi config set --secret postgresPassword"),
    ("secrets.postgresSuperuserPassword", "x", "pulumi config set --secret postgresSuperuserPassword"),
    ("secrets.forailSecretKey", "x", "pulumi config set --secret forailSecretKey"),
    ("secrets.forailBroadcastWebsocketSecret", "x", "config set --secret forailBroadcastWebsocketSecret"),
    ("secrets.redisPassword", "x", "pulumi config set --secret redisPassword"),
    ("secrets.personalAccessToken", "x", "pulumi config set --secret personalAccessToken"),
    ("secrets.assistantChatToken", "x", "pulumi config set --secret assistantChatToken"),
    ("rotation", 2, "must be a mapping"),
    ("rotation.forailAdminPassword", 0, "1 or more"),
    ("rotation.postgresPassword", "2", "and it is text"),
    ("rotation.forailBroadcastWebsocketSecret", 1.5, "must be a whole number"),
    ("rotation.redisPassword", -1, "1 or more"),
    ("rotation.personalAccessToken", True, "must be a whole number"),
    ("rotation.assistantChatToken", [], "must be a whole number"),
    ("forail", 1, "must be a mapping"),
    ("forail.admin", "admin", "must be a mapping"),
    ("forail.admin.user", "the admin", "a user name"),
    ("forail.admin.email", "admin", "an e-mail address"),
    ("forail.tenancy", True, "must be a mapping"),
    ("forail.tenancy.isolation", "on", "disabled, audit, strict"),
    ("forail.tenancy.rateLimiting", True, "needs tenants"),
    ("forail.otel", False, "must be a mapping"),
    ("forail.otel.serviceName", "my service", "a service name"),
    ("forail.otel.tracesSampler", "always-on", "did you mean always_on?"),
    ("forail.otel.tracesSamplerArg", 2, "from 0 to 1"),
    ("exposure", "forail.lan", "must be a mapping"),
    ("exposure.host", "https://forail.lan", "leave the scheme out"),
    ("exposure.host", "forail.lan:8443", "leave the port out"),
    ("exposure.host", "forail.lan/api", "leave the path out"),
    ("exposure.host", "*", "must be one host name"),
    ("exposure.host", "*.forail.lan", "must be one host name"),
    ("exposure.host", "192.168.56.32", "not an IP address"),
    ("exposure.host", "Forail.lan", "lower-case"),
    ("exposure.host", "", "must be a DNS name"),
    ("exposure.extraHosts", ["forail.lan"], "name a host twice"),
    ("exposure.mode", "NodePort", "did you mean nodePort?"),
    ("exposure.ports", 30080, "must be a mapping"),
    ("exposure.ports.http", 0, "from 1 to 65535"),
    ("exposure.ports.https", 30080, "is the same port as ports.http"),
    ("exposure.className", "Traefik", "lower-case"),
    ("exposure.annotations", {"a": 1}, "put it in quotes"),
    ("exposure.tls", True, "must be a mapping"),
    ("exposure.tls.mode", "letsencrypt", "selfSigned, provided, existing, disabled"),
    ("exposure.tls.validityDays", 3650, "from 2 to 825"),
    ("postgres", False, "must be a mapping"),
    ("postgres.mode", "rds", "must be one of inCluster, external"),
    ("postgres.nodeSelector", [], "must be a mapping"),
    ("postgres.tolerations", {}, "must be a list, each a mapping"),
    ("postgres.priorityClassName", "High", "DNS name"),
    ("postgres.resources", "small", "must be a mapping"),
    ("postgres.resources.requests", "1Gi", "must be a mapping"),
    ("postgres.resources.requests.memory", "2Gi", "is above limits.memory"),
    ("postgres.resources.requests.memory", "12", "with a unit"),
    ("postgres.resources.requests.cpu", "fast", "a Kubernetes quantity"),
    ("postgres.resources.requests.cpu", 0, "more than zero"),
    ("postgres.resources.requests.cpu", 3, "is above limits.cpu"),
    ("postgres.resources.limits", [], "must be a mapping"),
    ("postgres.resources.limits.memory", 1073741824, "put it in quotes"),
    ("postgres.extraEnv", ["A=1"], "must be a mapping"),
    ("postgres.user", "postgres", "Postgres reserves"),
    ("postgres.user", "Forail", "lower-case"),
    ("postgres.database", "template1", "which Postgres owns"),
    ("postgres.storage", "8Gi", "must be a mapping"),
    ("postgres.storage.size", "8", "with a unit"),
    ("postgres.storage.storageClass", "Fast", "DNS name"),
    ("postgres.storage.accessMode", "RWX", "ReadWriteOnce, ReadWriteMany"),
    ("postgres.storage.existingClaim", "My Claim", "DNS name"),
    ("redis.nodeSelector", {"disk type": "ssd"}, "a Kubernetes key"),
    ("redis.tolerations", "all", "must be a list"),
    ("redis.priorityClassName", 1, "put it in quotes"),
    ("redis.resources", 1, "must be a mapping"),
    ("redis.extraEnv", 1, "must be a mapping"),
    ("redis.storage", 1, "must be a mapping"),
    ("redis", 1, "must be a mapping"),
    ("opa", 1, "must be a mapping"),
    ("opa.nodeSelector", 1, "must be a mapping"),
    ("opa.tolerations", 1, "must be a list"),
    ("opa.priorityClassName", "", "DNS name"),
    ("opa.resources", 1, "must be a mapping"),
    ("opa.extraEnv", 1, "must be a mapping"),
    ("opa.enabled", "yes", "must be true or false, and it is text"),
    ("opa.enforcement", "closed", "disabled, failOpen, failClosed"),
    ("otelCollector", 1, "must be a mapping"),
    ("otelCollector.nodeSelector", 1, "must be a mapping"),
    ("otelCollector.tolerations", 1, "must be a list"),
    ("otelCollector.priorityClassName", "a_b", "DNS name"),
    ("otelCollector.resources", 1, "must be a mapping"),
    ("otelCollector.extraEnv", 1, "must be a mapping"),
    ("otelCollector.enabled", 1, "must be true or false, and it is a number"),
    ("otelCollector.endpoint", "http://collector", "scheme, host and port"),
    ("otelCollector.endpoint", "http://collector:4317", "set enabled: false to use it"),
    ("otelCollector.endpoint", "http://collector:70000", "1 to 65535"),
    ("init", 1, "must be a mapping"),
    ("init.nodeSelector", 1, "must be a mapping"),
    ("init.tolerations", 1, "must be a list"),
    ("init.priorityClassName", "A", "DNS name"),
    ("init.resources", 1, "must be a mapping"),
    ("init.extraEnv", 1, "must be a mapping"),
    ("init.preloadData", "no", "must be true or false"),
    ("web", 1, "must be a mapping"),
    ("web.nodeSelector", {"disk": "s d"}, "label value"),
    ("web.tolerations", [1], "must be a mapping, and it is a number"),
    ("web.priorityClassName", "A", "DNS name"),
    ("web.resources", 1, "must be a mapping"),
    ("web.extraEnv", {"FORAIL_X": "1"}, "is set by the program from other settings"),
    ("web.extraEnv", {"A-B": "1"}, "is not a variable name"),
    ("web.extraEnv", {"API_TOKEN": "1"}, "is a secret given in clear"),
    ("web.extraEnv", {"PLAIN": 1}, "put it in quotes"),
    ("web.replicas", 0, "from 1 to 50"),
    ("web.replicas", "2", "and it is text"),
    ("web.replicas", 2.5, "must be a whole number"),
    ("task", 1, "must be a mapping"),
    ("task.nodeSelector", 1, "must be a mapping"),
    ("task.tolerations", 1, "must be a list"),
    ("task.priorityClassName", "A", "DNS name"),
    ("task.resources", 1, "must be a mapping"),
    ("task.extraEnv", 1, "must be a mapping"),
    ("task.replicas", 51, "from 1 to 50"),
    ("task.execution", "hybird", "did you mean hybrid?"),
    ("task.terminationGracePeriodSeconds", 0, "from 1 to 86400"),
    ("frontend", 1, "must be a mapping"),
    ("frontend.nodeSelector", 1, "must be a mapping"),
    ("frontend.tolerations", 1, "must be a list"),
    ("frontend.priorityClassName", "A", "DNS name"),
    ("frontend.resources", 1, "must be a mapping"),
    ("frontend.extraEnv", 1, "must be a mapping"),
    ("frontend.replicas", -1, "from 1 to 50"),
    ("projects", 1, "must be a mapping"),
    ("projects.storage", 1, "must be a mapping"),
    ("receptor", 1, "must be a mapping"),
    ("receptor.storage", 1, "must be a mapping"),
    ("backups", 1, "must be a mapping"),
    ("backups.nodeSelector", 1, "must be a mapping"),
    ("backups.tolerations", 1, "must be a list"),
    ("backups.priorityClassName", "A", "DNS name"),
    ("backups.storage", 1, "must be a mapping"),
    ("backups.schedule", "at night", "five cron fields"),
    ("backups.suspended", "true", "must be true or false"),
    ("backups.retentionDays", 0, "from 1 to 3650"),
    ("backups.resources", 1, "must be a mapping"),
    ("assistant", 1, "must be a mapping"),
    ("assistant.nodeSelector", 1, "must be a mapping"),
    ("assistant.tolerations", 1, "must be a list"),
    ("assistant.priorityClassName", "A", "DNS name"),
    ("assistant.resources", 1, "must be a mapping"),
    ("assistant.extraEnv", 1, "must be a mapping"),
    ("assistant.enabled", "on", "must be true or false"),
    ("assistant.model", "gemma3 1b", "such as gemma3:1b"),
    ("assistant.logLevel", "info", "did you mean INFO?"),
    ("assistant.storage", 1, "must be a mapping"),
    ("assistant.ollama", 1, "must be a mapping"),
    ("assistant.ollama.nodeSelector", 1, "must be a mapping"),
    ("assistant.ollama.tolerations", 1, "must be a list"),
    ("assistant.ollama.priorityClassName", "A", "DNS name"),
    ("assistant.ollama.resources", 1, "must be a mapping"),
    ("assistant.ollama.extraEnv", 1, "must be a mapping"),
    ("assistant.ollama.gpu", 1, "must be a mapping"),
    ("assistant.ollama.gpu.enabled", 1, "must be true or false"),
    ("assistant.ollama.gpu.count", 0, "from 1 to 16"),
    ("assistant.ollama.storage", 1, "must be a mapping"),
    ("assistant.ingress", True, "must be a mapping"),
    ("assistant.ingress.path", "assistant", "'/' and then"),
    ("assistant.ingress.annotations", 1, "must be a mapping"),
]
# Fields that other fields of the same section must accompany: what stands beside them, then as above.
BESIDE: list[tuple[Mapping[str, object], str, object, str]] = [
    ({"exposure.tls.mode": "provided"}, "exposure.tls.certificate", "forail.pem", "must be PEM"),
    ({"exposure.tls.mode": "existing"}, "exposure.tls.secretName", "Forail_TLS", "DNS name"),
    ({"exposure.mode": "loadBalancer"}, "exposure.ports", {}, "have no use with exposure.mode loadBalancer"),
    ({"images.redis.tag": "7"}, "images.redis.digest", f"sha256:{'0' * 64}", "keep one of the two"),
    ({"projects.storage.existingClaim": "mine"}, "projects.storage.size", "4Gi", "has no use beside existingClaim"),
    ({"projects.storage.existingClaim": "mine"}, "projects.storage.storageClass", "fast", "beside existingClaim"),
    ({"opa.enabled": False}, "opa.enforcement", "failOpen", "needs OPA"),
    ({"projects.storage.accessMode": "ReadWriteOnce"}, "web.replicas", 2, "projects.storage.accessMode: ReadWriteMany"),
    ({"projects.storage.accessMode": "ReadWriteOnce"}, "task.replicas", 2, "set replicas: 1"),
    ({"task.replicas": 2}, "receptor.storage.existingClaim", "mine", "each of several task pods needs its own"),
    ({"postgres.mode": "external"}, "postgres.host", "db.example.com:5432", "postgres.port"),
    ({"postgres.mode": "external"}, "postgres.host", "postgres://db", "host name alone"),
    ({"postgres.mode": "external"}, "postgres.port", 0, "from 1 to 65535"),
    ({"postgres.mode": "external"}, "postgres.database", "Forail DB", "a Postgres name"),
    ({"postgres.mode": "external"}, "postgres.user", "1forail", "a Postgres name"),
    ({"postgres.mode": "external"}, "postgres.tls", "require", "must be a mapping"),
    ({"postgres.mode": "external"}, "postgres.tls.mode", "prefer", "disable, require, verify-ca, verify-full"),
    ({"postgres.mode": "external"}, "postgres.tls.ca", "/etc/ca.pem", "must be PEM"),
    ({"postgres.mode": "external"}, "postgres.storage", {}, "is not a key of postgres with mode external"),
]
# Lists and free mappings: the file, the path that is reported, what is said.
INSIDE: list[tuple[dict[str, object], str, str]] = [
    ({"imagePullSecrets": ["ok", "Bad"]}, "imagePullSecrets[1]", "DNS name"),
    ({"imagePullSecrets": [{"name": "regcred"}]}, "imagePullSecrets[0]", "write the name alone"),
    ({"commonLabels": {"example.com/team": "a b"}}, 'commonLabels["example.com/team"]', "label value"),
    ({"commonLabels": {"app.kubernetes.io/name": "x"}}, "commonLabels", "choose another prefix"),
    ({"exposure": {"extraHosts": ["a.lan", "*.lan"]}}, "exposure.extraHosts[1]", "one host name"),
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
    ({"web": {"extraEnv": {"A": {"secretName": "_", "key": "k"}}}}, "web.extraEnv.A.secretName", "DNS name"),
    ({"web": {"extraEnv": {"A": {"secretName": "s"}}}}, "web.extraEnv.A.key", "is missing"),
    ({"web": {"extraEnv": {"A": {"secretName": "s", "key": "k", "optional": True}}}}, "web.extraEnv.A.optional", "key"),
]


@pytest.mark.parametrize(("path", "value", "said"), ROWS, ids=[f"{path}={value!r}" for path, value, _ in ROWS])
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

    assert "has no use with mode require" in problems(file)["postgres.tls.ca"]


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
    ],
)
def test_an_unknown_key_gets_the_nearest_known_one(file: dict[str, object], path: str, said: str) -> None:
    assert said in problems(file).get(path, ""), problems(file)


def test_all_problems_are_reported_at_once() -> None:
    found = problems(
        {"web": {"replicas": 0, "zz": 1}, "exposure": {"host": "*"}, "redisPassword": "short in clear", "typo": 1}
    )

    assert set(found) == {"web.replicas", "web.zz", "exposure.host", "redisPassword", "typo"}


def test_contradictions_are_reported_beside_secrets_in_clear() -> None:
    found = problems({"rotation": {"redisPassword": 2}, "redisPassword": "short in clear"})

    assert set(found) == {"redisPassword", "rotation.redisPassword"}


def _fields(section: type[Section]) -> Iterator[tuple[type[Section], str]]:
    for key, field in keys(section).items():
        yield section, key
        for kind in of_field(field):
            inner = [kind, *(below for argument in get_args(kind.type) for below in kinds(argument))]
            for below in inner:
                if below.section is not None:
                    yield from _fields(below.section)


def _holders(path: str) -> Iterator[tuple[str, str]]:
    *parents, key = [part for part in path.replace("[", ".[").split(".") if part]
    location: list[Any] = [int(part[1:-1]) if part[1:-1].isdigit() else part for part in parents]
    for kind in follow(StackFile, location).kinds:
        if kind.section is not None:
            yield kind.section.__name__, key


def test_every_field_of_every_section_is_refused_something_here() -> None:
    paths = [path for path, *_ in ROWS] + [path for _, path, *_ in BESIDE] + [path for _, path, _ in INSIDE]
    tested = {holder for path in paths for holder in _holders(path)}
    fields = {(section.__name__, key) for section, key in _fields(StackFile)}

    assert not fields - tested
