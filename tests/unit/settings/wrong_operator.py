"""Wrong values for every field of the operator's and the content's sections, and what must be said to each."""

from __future__ import annotations

from collections.abc import Mapping

_NAMES = ("organizations", "teams", "projects", "inventories", "credentials", "jobTemplates", "workflows", "users")
_MORE_NAMES = ("executionEnvironments", "credentialTypes")

# A wrong value for each field of each section, by a path that leads there, and a part of what must be said.
OPERATOR: list[tuple[str, object, str]] = [
    ("images.operator", 1, "must be a mapping"),
    ("operator", 1, "must be a mapping, and it is a number"),
    ("operator.namespace", True, "must be a mapping, and it is true or false"),
    ("operator.namespace.name", "default", "choose another"),
    ("operator.namespace.name", "forail", "the operator needs its own namespace"),
    ("operator.enabled", "yes", "must be true or false, and it is text"),
    ("operator.enabled", 0, "must be true or false, and it is a number"),
    ("operator.replicas", 0, "from 1 to 50"),
    ("operator.resources", 1, "must be a mapping"),
    ("operator.nodeSelector", 1, "must be a mapping"),
    ("operator.tolerations", 1, "must be a list"),
    ("operator.priorityClassName", "A", "DNS name"),
    ("operator.extraEnv", {"FORAIL_TOKEN": "x"}, "is set by the program from other settings"),
    ("operator.extraEnv", {"SECRET_NAMESPACES": "a"}, "is set by the program from other settings"),
    ("operator.extraEnv", {"POD_NAMESPACE": "a"}, "is set by the program from other settings"),
    ("operator.url", "forail-web:8013", "http"),
    ("operator.url", "https://forail.lan/", "http"),
    ("operator.url", "https://forail.lan/api/v2", "http"),
    ("operator.url", 8013, "put it in quotes"),
    ("operator.url", "https://forail.lan:65536", "1 to 65535"),
    ("operator.url", "https://forail..lan", "labels"),
    ("operator.url", "https://10.0.0.256", "read as an IP address"),
    ("operator.chart.source", "oci://registry.example.com:0/chart", "1 to 65535"),
    ("operator.hostHeader", "forail.lan:443", "leave the port out"),
    ("operator.insecureSkipVerify", "no", "must be true or false, and it is text"),
    ("operator.existingSecret", "my-token", "must be a mapping"),
    ("operator.existingSecret.key", "a b", "a key of a Secret"),
    ("operator.existingSecret.secretName", "My_Secret", "DNS name"),
    ("operator.secretNamespaces", "vault", "must be a list"),
    ("operator.chart", "oci://registry.example.com/chart", "must be a mapping"),
    ("operator.chart.source", "Not A Chart", "oci://"),
    ("content", "content/dev.yaml", "must be a mapping"),
    ("content.files", "content/dev.yaml", "must be a list"),
    ("content.resources", {}, "must be a list"),
    ("content.existing", [], "must be a mapping"),
    *((f"content.existing.{name}", "Default", "must be a list") for name in (*_NAMES, *_MORE_NAMES)),
    ("content.fleet", [], "must be a mapping"),
    ("content.canary", "no", "must be true or false, and it is text"),
    ("content.timeoutSeconds", 0, "from 1 to 86400"),
    ("content.timeoutSeconds", "90", "and it is text"),
]
# Fields that other fields of the same section must accompany: what accompanies them, then as above.
BESIDE_OPERATOR: list[tuple[Mapping[str, object], str, object, str]] = [
    ({"operator.chart.source": "oci://a/b"}, "operator.chart.version", "latest", "exact version"),
    ({"operator.chart.source": "oci://a/b"}, "operator.chart.version", "2026.07.1", "such as 2026.7.1"),
    (
        {"operator.chart.source": "forail", "operator.chart.version": "1.0.0"},
        "operator.chart.repository",
        "https://me:hunter2@charts.example.com",
        "without user and password",
    ),
    (
        {"operator.chart.source": "forail", "operator.chart.version": "1.0.0"},
        "operator.chart.repository",
        "http://charts.example.com",
        "https://",
    ),
]
# Lists, free mappings and whole sections: the file, the path that is reported, what is said.
INSIDE_OPERATOR: list[tuple[dict[str, object], str, str]] = [
    ({"operator": {"secretNamespaces": ["ok", "a.b"]}}, "operator.secretNamespaces[1]", "a DNS label"),
    ({"operator": {"extraEnv": {"API_TOKEN": "1"}}}, "operator.extraEnv.API_TOKEN", "is a secret given in clear"),
    ({"content": {"files": ["a.yaml", 1]}}, "content.files[1]", "put it in quotes"),
    ({"content": {"resources": ["text"]}}, "content.resources[0]", "and it is text"),
    ({"content": {"existing": {"users": [1]}}}, "content.existing.users[0]", "put it in quotes"),
    ({"content": {"fleet": {"a" * 209: {"stack": "a/b/c"}}}}, "content.fleet.<a key of 209 characters>", "at most 208"),
    ({"content": {"fleet": {"a_b": {"stack": "a/b/c"}}}}, "content.fleet.a_b", "DNS name"),
    ({"content": {"fleet": {"a": {"stack": "prod"}}}}, "content.fleet.a.stack", "organization/project/stack"),
    ({"content": {"fleet": {"a": {}}}}, "content.fleet.a.stack", "is missing"),
    (
        {"content": {"fleet": {"a": {"stack": "a/b/c", "address": "Internal"}}}},
        "content.fleet.a.address",
        "did you mean internal?",
    ),
    (
        {"content": {"fleet": {"a": {"stack": "a/b/c", "insecureSkipVerify": "yes"}}}},
        "content.fleet.a.insecureSkipVerify",
        "must be true or false",
    ),
    (
        {
            "exposure": {"annotations": {"a": "x" * 100000}},
            "assistant": {"ingress": {"annotations": {"b": "x" * 100000}}},
            "commonAnnotations": {"c": "x" * 100000},
        },
        "assistant.ingress.annotations",
        "have more than 252 KiB together",
    ),
    ({"commonAnnotations": {"pulumi.com/skipAwait": "true"}}, "commonAnnotations", "what `up` waits for"),
    (
        {"operator": {"enabled": False}, "content": {"files": ["a.yaml"]}},
        "operator.enabled",
        "content needs the operator",
    ),
    (
        {"operator": {"enabled": False}, "content": {"fleet": {"a": {"stack": "a/b/c"}}}},
        "operator.enabled",
        "remove content",
    ),
    (
        {"operator": {"insecureSkipVerify": True, "url": "http://forail.lan"}},
        "operator.insecureSkipVerify",
        "without an https url",
    ),
    (
        {"operator": {"chart": {"source": "./chart", "repository": "https://charts.example.com"}}},
        "operator.chart.repository",
        "drop the repository",
    ),
    (
        {"operator": {"chart": {"source": "forail-operator", "version": "1.0.0"}}},
        "operator.chart.repository",
        "add repository",
    ),
    ({"operator": {"chart": {"source": "oci://a/b"}}}, "operator.chart.version", "exact version"),
    ({"operator": {"insecureSkipVerify": True}}, "operator.insecureSkipVerify", "plain HTTP has no certificate"),
    (
        {"operator": {"chart": {"source": "./chart"}, "existingSecret": {"secretName": "a", "key": "pat"}}},
        "operator.existingSecret.key",
        "token",
    ),
]
