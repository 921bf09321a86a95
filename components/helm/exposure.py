"""The chart's Ingress, hosts and origins become `exposure`."""

from __future__ import annotations

from urllib.parse import urlsplit

from .draft import Draft, Outcome

# Hosts that the program allows by itself: its own Service, and the loopback names that probes use.
_OWN_HOSTS = ("127.0.0.1", "localhost", "forail-web")
_CHART_TLS_SECRET = "forail-tls"


def ingress(draft: Draft) -> None:
    """`ingress.enabled` and its TLS."""
    enabled, tls = draft.flag("ingress.enabled"), draft.flag("ingress.tls.enabled")
    secret = draft.text("ingress.tls.secretName")
    if enabled is not None:
        text = "follows from exposure"
        if not enabled:
            text = "is true: there is an Ingress for exposure.host; set exposure.via: none where you route yourself"
        draft.say(Outcome.MAPPED if enabled else Outcome.TIGHTENED, "ingress.enabled", text)
    if tls is False:
        draft.put("ingress.tls.enabled", "exposure.tls", {"mode": "disabled"})
        draft.say(Outcome.MAPPED, "ingress.tls.enabled", "is exposure.tls.mode: disabled")
        if secret is not None:
            draft.say(Outcome.MAPPED, "ingress.tls.secretName", "has no use without TLS")
        return
    source = "ingress.tls.secretName" if secret is not None else "ingress.tls.enabled"
    draft.put(source, "exposure.tls", {"mode": "existing", "secretName": secret or _CHART_TLS_SECRET})
    if tls is not None:
        draft.say(Outcome.MAPPED, "ingress.tls.enabled", "is exposure.tls.mode: existing")
    if secret is not None:
        draft.say(Outcome.MAPPED, "ingress.tls.secretName", "is exposure.tls.secretName")
    else:
        draft.say(
            Outcome.MAPPED,
            "ingress.tls.secretName",
            "is not in the values: exposure.tls.secretName is forail-tls, the chart's default",
        )


def reach(draft: Draft) -> None:
    """Allowed hosts, origins and the cookies' flag become the hosts, the mode and the ports of `exposure`."""
    host = draft.text("ingress.host") or "forail.lan"
    others: list[str] = []
    allowed = draft.text("forail.allowedHosts")
    for name in (part.strip() for part in (allowed or "").split(",")):
        if name == "*" or name.startswith("."):
            draft.say(Outcome.TIGHTENED, "forail.allowedHosts", "has a wildcard: only exposure's hosts are allowed")
        elif name and name.partition(".")[0] not in _OWN_HOSTS and name not in (*_OWN_HOSTS, host, *others):
            others.append(name)
    if others:
        draft.mapped("forail.allowedHosts", "exposure.extraHosts", others)
    elif allowed is not None:
        draft.say(Outcome.MAPPED, "forail.allowedHosts", "follows from exposure.host")
    _ports(draft, host)
    secure = draft.flag("forail.cookieSecure")
    plain = draft.flag("ingress.tls.enabled") is False
    if secure is not None:
        same = secure is not plain
        text = "follows from exposure.tls.mode" if same else f"is {str(not plain).lower()}: exposure.tls.mode decides"
        draft.say(Outcome.MAPPED if same else Outcome.TIGHTENED, "forail.cookieSecure", text)


def _ports(draft: Draft, host: str) -> None:
    key = "forail.csrfTrustedOrigins"
    origins = draft.text(key)
    if origins is None:
        return
    ports: dict[str, int] = {}
    others = False
    for origin in filter(None, (part.strip() for part in origins.split(","))):
        try:
            split = urlsplit(origin)
            name, port, scheme = split.hostname, split.port, split.scheme
        except ValueError:
            name = port = scheme = None
        if name == host and port is not None and scheme in ("http", "https"):
            ports[scheme] = port
        others = others or name != host
    if ports:
        draft.put(key, "exposure.mode", "nodePort")
        draft.put(key, "exposure.ports", ports)
        draft.say(Outcome.MAPPED, key, "is exposure.mode: nodePort with exposure.ports")
    else:
        draft.put(key, "exposure.mode", "loadBalancer")
        text = "names no port: exposure.mode is loadBalancer; set hostNetwork where the controller has no address"
        draft.say(Outcome.TIGHTENED, key, text)
    if others:
        draft.say(
            Outcome.TIGHTENED,
            key,
            "names other hosts: an origin is trusted only for exposure's hosts, so add "
            "those that people use to exposure.extraHosts",
        )
