"""Wrong values for every field of `trust` and `proxy`, and what must be said to each."""

from __future__ import annotations

from collections.abc import Mapping

from tests.unit.certificates import Authority, certificate

CA = Authority("A CA for refusals").pem
SERVER, KEY = certificate("git.example.com")
PROXY = "http://proxy.example.com:3128"

# A wrong value for each field of each section, by a path that leads there, and a part of what must be said.
OUTBOUND: list[tuple[str, object, str]] = [
    ("trust", CA, "must be a mapping, and it is text"),
    ("trust.bundle", "/etc/ssl/ca.pem", "must be PEM"),
    ("trust.bundle", "", "must be PEM"),
    ("trust.bundle", [CA], "must be certificates as PEM"),
    ("trust.bundle", CA + KEY, "holds a private key in clear"),
    ("trust.bundle", SERVER, "has a certificate that is no CA's, block 1"),
    ("trust.bundle", CA + SERVER, "has a certificate that is no CA's, block 2"),
    ("trust.bundle", CA[: len(CA) // 2], "must be PEM"),
    ("trust.bundle", CA * 2500, "is larger than the 1 MiB that a ConfigMap"),
    ("trust.existingConfigMap", "cas", "must be a mapping, and it is text"),
    ("trust.existingConfigMap.configMapName", "My CAs", "DNS name"),
    ("trust.existingConfigMap.key", "ca/bundle", "a key of a Secret"),
    ("trust.existingSecret", "cas", "must be a mapping, and it is text"),
    ("trust.existingSecret.secretName", "My CAs", "DNS name"),
    ("proxy", PROXY, "must be a mapping, and it is text"),
    ("proxy.http", "proxy.example.com:3128", "scheme, host and port"),
    ("proxy.http", "http://proxy.example.com", "scheme, host and port"),
    ("proxy.http", "http://proxy.example.com:0", "a port out of range"),
    ("proxy.https", "socks5://proxy.example.com:1080", "scheme, host and port"),
    ("proxy.https", f"{PROXY}/", "scheme, host and port"),
    ("proxy.https", "http://robot:hunter2@proxy.example.com:3128", "pulumi config set --secret proxyPassword"),
    ("proxy.https", "HTTP://robot:hunter2@proxy.example.com:3128", "remove it from the file's history"),
    ("proxy.https", "http://robot:hun/ter2@proxy.example.com:3128", "remove it from the file's history"),
    ("proxy.https", "robot:hunter2@proxy.example.com:3128", "remove it from the file's history"),
    ("proxy.https", "http://robot@proxy.example.com:3128", "give the user as proxy.username"),
    ("proxy.username", "a\nb", "a user of the proxy"),
    ("proxy.noProxy", ".example.com,10.0.0.0/8", "must be a list"),
]
# Fields that other fields of the same section must accompany: what accompanies them, then as above.
BESIDE_OUTBOUND: list[tuple[Mapping[str, object], str, object, str]] = [
    ({"trust.bundle": CA}, "trust.existingSecret", {"secretName": "cas", "key": "ca"}, "is given beside bundle"),
    (
        {"trust.existingConfigMap": {"configMapName": "cas", "key": "ca"}},
        "trust.existingSecret",
        {"secretName": "cas", "key": "ca"},
        "is given beside existingConfigMap",
    ),
    ({"proxy.https": PROXY}, "proxy.noProxy", [f"a{number}.example.com" for number in range(5000)], "64 KiB in all"),
    ({"proxy.https": PROXY}, "web.extraEnv.https_proxy", PROXY, "is set by the program for proxy"),
    ({"proxy.https": PROXY}, "assistant.ollama.extraEnv.NO_PROXY", "a", "is set by the program for proxy"),
    ({"trust.bundle": CA}, "task.extraEnv.SSL_CERT_FILE", "/a", "is set by the program for trust"),
    ({"trust.bundle": CA}, "operator.extraEnv.SSL_CERT_DIR", "/a", "is set by the program for trust"),
]
# The file, the path that is reported, what is said.
INSIDE_OUTBOUND: list[tuple[dict[str, object], str, str]] = [
    ({"trust": {}}, "trust.bundle", "is missing"),
    ({"proxy": {}}, "proxy.https", "is missing"),
    ({"proxy": {"noProxy": ["a"]}}, "proxy.https", "is missing"),
    ({"proxy": {"https": PROXY, "username": "robot"}}, "proxy.username", "pulumi config set --secret proxyPassword"),
    *(
        ({"proxy": {"https": PROXY, "noProxy": ["a.b", entry]}}, "proxy.noProxy[1]", said)
        for entry, said in (
            ("http://a.b", "leave the scheme out"),
            ("a.b, c.d", "must be one host"),
            ("a.b c.d", "must be one host"),
            (" a.b", "must be one host"),
            ("*.example.com", ".example.com stands for all of its hosts"),
            ("*", "must be a host"),
            ("10.0.0.1/8", "a range from its first address"),
            ("10.0.0.0/33", "a range from its first address"),
            ("fd00::/129", "a range from its first address"),
            ("a.b/path", "a range from its first address"),
            ("", "must be a DNS name"),
            ("..a.b", "must be a DNS name"),
            ("a.b:99999", "a port out of range"),
        )
    ),
]
