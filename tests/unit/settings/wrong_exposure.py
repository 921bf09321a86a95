"""What within `exposure` rules each other out, and what must be said."""

from __future__ import annotations

from collections.abc import Mapping

_GATEWAY: Mapping[str, object] = {"exposure.via": "gateway", "exposure.mode": "loadBalancer"}
_OWN = {**_GATEWAY, "exposure.gateway.className": "public"}
_EXISTING = {**_GATEWAY, "exposure.gateway.parentRefs": [{"name": "public"}]}
_EDGE = {"exposure.via": "service"}
_UPSTREAM = {"exposure.tls.mode": "terminatedUpstream"}
_ISSUED = {"exposure.tls.mode": "certManager"}
_BALANCED = {"exposure.mode": "loadBalancer"}
NETWORK = ["10.0.0.0/8"]

# A value that is right by itself, beside another; the message is at the path.
BESIDE_EXPOSURE: list[tuple[Mapping[str, object], str, object, str]] = [
    (_GATEWAY, "exposure.className", "nginx", "the GatewayClass is gateway.className"),
    ({"exposure.via": "service"}, "exposure.className", "nginx", "no effect with exposure.via service: drop it"),
    ({"exposure.via": "none"}, "exposure.controller", "traefik", "no effect with exposure.via none"),
    ({"exposure.via": "ingress"}, "exposure.gateway", {"className": "public"}, "set via: gateway, or drop it"),
    ({"exposure.via": "none", "exposure.mode": "loadBalancer"}, "exposure.annotations", {"a": "b"}, "makes no object"),
    ({"exposure.via": "ingress"}, "exposure.edge", {"replicas": 1}, "set via: service, or drop it"),
    (_EDGE, "exposure.edge", 1, "must be a mapping"),
    (_EDGE, "exposure.edge.nodeSelector", 1, "must be a mapping"),
    (_EDGE, "exposure.edge.tolerations", 1, "must be a list"),
    (_EDGE, "exposure.edge.priorityClassName", "A", "DNS name"),
    (_EDGE, "exposure.edge.resources", 1, "must be a mapping"),
    (_EDGE, "exposure.edge.extraEnv", 1, "must be a mapping"),
    (_EDGE, "exposure.edge.replicas", 0, "from 1 to 50"),
    (_EXISTING, "exposure.gateway.className", "public", "beside parentRefs: drop one of the two"),
    (_EXISTING, "exposure.gateway.listenerPorts", {"http": 8000}, "have no effect with parentRefs"),
    (_EXISTING, "exposure.gateway.addresses", ["192.0.2.10"], "have no effect with parentRefs"),
    (_OWN, "exposure.gateway.addresses", ["192.0.2.10", "192.0.2.10"], "name one twice"),
    (_OWN, "exposure.gateway.addresses", [f"192.0.2.{number}" for number in range(17)], "more than the 16"),
    (_GATEWAY, "exposure.gateway.parentRefs", [{"name": "a"}, {"name": "a"}], "name one twice"),
    (
        _GATEWAY,
        "exposure.gateway.parentRefs",
        [{"name": "a"}, {"name": "a", "sectionName": "b"}],
        "give each its sectionName",
    ),
    (_GATEWAY, "exposure.gateway.parentRefs", [{"name": f"a{number}"} for number in range(33)], "more than the 32"),
    (_EXISTING, "exposure.tls.mode", "existing", "ends TLS with a certificate of its own"),
    ({**_EXISTING, "exposure.tls.issuerRef.name": "ca"}, "exposure.tls.mode", "certManager", "certificate of its own"),
    (_OWN, "exposure.extraHosts", [f"a{number}.lan" for number in range(16)], "more than the 16 hosts"),
    (_UPSTREAM, "exposure.ports", {"http": 80}, "the port that clients use is exposure.tls.port"),
    (_UPSTREAM, "exposure.tls.port", 0, "from 1 to 65535"),
    (_ISSUED, "exposure.tls.issuerRef", "ca", "must be a mapping"),
    (_ISSUED, "exposure.tls.issuerRef.name", "CA", "lower-case"),
    (
        {**_ISSUED, "exposure.tls.issuerRef.name": "ca"},
        "exposure.tls.issuerRef.kind",
        "clusterIssuer",
        "must be the kind of an issuer (such as ClusterIssuer)",
    ),
    (
        {**_ISSUED, "exposure.tls.issuerRef.name": "ca"},
        "exposure.tls.issuerRef.kind",
        "AWSPCAClusterIssuer",
        "is none of cert-manager.io: give Issuer or ClusterIssuer",
    ),
    ({**_ISSUED, "exposure.tls.issuerRef.name": "ca"}, "exposure.tls.issuerRef.group", "a/b", "lower-case"),
    ({"exposure.via": "service"}, "exposure.mode", "hostNetwork", "set nodePort or loadBalancer"),
    ({"exposure.controller": "gce"}, "exposure.mode", "nodePort", "makes a load balancer for the Ingress"),
    ({"exposure.controller": "alb"}, "exposure.mode", "hostNetwork", "set mode: loadBalancer"),
    (
        {"exposure.controller": "alb", "exposure.mode": "loadBalancer"},
        "exposure.tls.mode",
        "existing",
        "alb reads no certificate from a Secret: set terminatedUpstream",
    ),
    ({"exposure.controller": "traefik"}, "exposure.className", "haproxy", "is the class of haproxy"),
    ({**_BALANCED, "exposure.controller": "alb", **_UPSTREAM}, "exposure.tls.port", 80, "give https another port"),
    ({**_BALANCED, "exposure.controller": "gce", **_UPSTREAM}, "exposure.tls.port", 8443, "is not 443"),
    ({**_EDGE, "exposure.allowFrom": NETWORK}, "exposure.trustedProxies", NETWORK, "undoes exposure.allowFrom"),
    (
        {**_EDGE, **_UPSTREAM, "exposure.allowFrom": NETWORK},
        "exposure.trustedProxies",
        ["0.0.0.0/0"],
        "believe everyone",
    ),
    *(
        ({**given, "exposure.allowFrom": NETWORK}, "exposure.annotations", {annotation: "a"}, "drop one of the two")
        for given, annotation in (
            ({"exposure.controller": "traefik"}, "traefik.ingress.kubernetes.io/router.middlewares"),
            ({"exposure.controller": "haproxy", **_BALANCED}, "haproxy.org/allow-list"),
            (
                {"exposure.controller": "alb", **_BALANCED, **_UPSTREAM},
                "alb.ingress.kubernetes.io/inbound-cidrs",
            ),
            ({"exposure.controller": "openshift", **_BALANCED}, "haproxy.router.openshift.io/ip_whitelist"),
        )
    ),
    ({}, "exposure.allowFrom", NETWORK, "name the controller (exposure.controller)"),
    (
        {"exposure.controller": "contour", "exposure.mode": "hostNetwork"},
        "exposure.allowFrom",
        NETWORK,
        "by its HTTPProxy only",
    ),
    (
        {"exposure.controller": "gce", "exposure.mode": "loadBalancer"},
        "exposure.allowFrom",
        NETWORK,
        "Cloud Armor",
    ),
    ({"exposure.controller": "haproxy", **_UPSTREAM}, "exposure.allowFrom", NETWORK, "filter there. Otherwise drop it"),
    ({"exposure.via": "service"}, "exposure.allowFrom", NETWORK * 2, "name a network twice"),
    ({}, "exposure.trustedProxies", [f"10.0.{number}.0/24" for number in range(65)], "have more than 64 networks"),
    (_OWN, "exposure.allowFrom", NETWORK, "the Gateway API has no filter for addresses"),
    ({"exposure.via": "service", **_UPSTREAM}, "exposure.allowFrom", NETWORK, "in exposure.trustedProxies"),
    ({"exposure.via": "none", "exposure.mode": "loadBalancer"}, "exposure.allowFrom", NETWORK, "where you route"),
]

# The file, the path that is reported, what is said.
INSIDE_EXPOSURE: list[tuple[dict[str, object], str, str]] = [
    ({"exposure": {"via": "gateway", "mode": "loadBalancer"}}, "exposure.gateway", "is missing: give className"),
    ({"exposure": {"via": "gateway", "gateway": {"className": "a"}}}, "exposure.ports", "set mode: loadBalancer"),
    ({"exposure": {"controller": "haproxy"}}, "exposure.ports", "with exposure.controller haproxy the stack does not"),
    ({"exposure": {"via": "none"}}, "exposure.ports", "the stack does not know the node ports"),
    ({"exposure": {"tls": {"mode": "certManager"}}}, "exposure.tls.issuerRef", "is missing: give a mapping"),
    ({"exposure": {"tls": {"mode": "certManager", "issuerRef": {}}}}, "exposure.tls.issuerRef.name", "is missing"),
    ({"exposure": {"gateway": {"parentRefs": [{}]}}}, "exposure.gateway.parentRefs[0].name", "is missing"),
    (
        {"exposure": {"gateway": {"parentRefs": [{"name": "a", "namespace": "B"}]}}},
        "exposure.gateway.parentRefs[0].namespace",
        "lower-case",
    ),
    (
        {"exposure": {"gateway": {"parentRefs": [{"name": "a", "sectionName": "B"}]}}},
        "exposure.gateway.parentRefs[0].sectionName",
        "lower-case",
    ),
    ({"exposure": {"allowFrom": ["10.0.0.0/8", "10.0.0.1/8"]}}, "exposure.allowFrom[1]", "bits set behind its length"),
    ({"exposure": {"trustedProxies": ["a"]}}, "exposure.trustedProxies[0]", "address, slash and length"),
    (
        {
            "assistant": {"ingress": {}},
            "exposure": {"via": "gateway", "mode": "loadBalancer", "gateway": {"className": "a"}},
        },
        "assistant.ingress",
        "set exposure.via: ingress",
    ),
    (
        {
            "assistant": {"ingress": {}},
            "exposure": {"controller": "alb", "mode": "loadBalancer", "tls": {"mode": "terminatedUpstream"}},
        },
        "assistant.ingress",
        "alb.ingress.kubernetes.io/group.name in exposure.annotations",
    ),
]
