"""What the chart says in another way than the stack file: a rule for each group of such keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from ..settings.images import RELEASE, ImageName, moves
from ..settings.task import Execution
from .draft import Draft, Outcome
from .exposure import ingress, reach
from .values import ValuesError

_COLLECTOR = "http://forail-otel-collector:4317"
# The assistant's, by section; the chart's names are the stack's own, so that new ones cannot be made beside them.
_ASSISTANT_CLAIMS = {"assistant": "forail-assistant-data", "assistant.ollama": "forail-assistant-ollama-models"}
_CLAIMED = ("postgres", *_ASSISTANT_CLAIMS)
_SECURITY = ("podSecurityContext", "securityContext", "serviceAccount", "rbac")


def execution(draft: Draft) -> None:
    """`forail.node` and the task pod's privileges become `task.execution`."""
    kind = draft.text("forail.node.type")
    if kind in tuple(Execution):
        draft.mapped("forail.node.type", "task.execution", kind)
    elif kind is not None:
        draft.say(Outcome.REFUSED, "forail.node.type", "is neither hybrid nor control: set task.execution by hand")
    else:
        draft.put("forail.node.type", "task.execution", Execution.CONTROL.value)
        draft.say(
            Outcome.MAPPED,
            "forail.node.type",
            "is not in the values: task.execution is control, the chart's default since 2026.10.0 (hybrid before)",
        )
    hybrid = kind == Execution.HYBRID
    for key in ("task.privileged", "task.hostCgroup"):
        given = draft.flag(key)
        if given and not hybrid:
            draft.say(Outcome.TIGHTENED, key, "is false: only task.execution: hybrid needs a privileged pod")
        elif given is not None:
            draft.say(Outcome.MAPPED, key, "follows from task.execution")
    name = draft.text("forail.node.name")
    if name == "forail-node":
        draft.say(Outcome.MAPPED, "forail.node.name", "is the same without being said")
    elif name is not None:
        draft.say(
            Outcome.TIGHTENED,
            "forail.node.name",
            "is forail-node here: delete the old node under Instances once no job runs there",
        )


def tenancy(draft: Draft) -> None:
    """The switches of tenancy become one level of isolation."""
    enabled = [(key, draft.flag(key)) for key in ("forail.tenancyEnabled", "forail.tenancy.enabled")]
    strict, rls = draft.flag("forail.tenancy.strictIsolation"), draft.flag("forail.tenancy.rls")
    on = any(flag for _, flag in enabled)
    level = "disabled" if not on else "strict" if strict else "audit"
    for key, flag in enabled:
        if flag is not None:
            draft.mapped(key, "forail.tenancy.isolation", level)
    if strict is not None:
        draft.say(Outcome.MAPPED, "forail.tenancy.strictIsolation", "is part of forail.tenancy.isolation")
    if rls is not None:
        refused = on and not rls
        text = "is true with any isolation" if refused else "follows from forail.tenancy.isolation"
        draft.say(Outcome.TIGHTENED if refused else Outcome.MAPPED, "forail.tenancy.rls", text)


def telemetry(draft: Draft) -> None:
    """Whether traces are sent, and where to, is `otelCollector`."""
    sent, runs = draft.flag("forail.otel.enabled"), draft.flag("otelCollector.enabled")
    endpoint = draft.text("forail.otel.endpoint")
    elsewhere = endpoint is not None and endpoint.rstrip("/") != _COLLECTOR and sent is not False
    if endpoint is not None and not elsewhere:
        draft.say(Outcome.MAPPED, "forail.otel.endpoint", "follows from otelCollector")
    if elsewhere:
        draft.put("forail.otel.endpoint", "otelCollector.enabled", False)
        draft.mapped("forail.otel.endpoint", "otelCollector.endpoint", endpoint)
    elif sent is False:
        draft.mapped("forail.otel.enabled", "otelCollector.enabled", False)
    elif runs is not None:
        draft.mapped("otelCollector.enabled", "otelCollector.enabled", runs)
    if sent is True:
        draft.say(Outcome.MAPPED, "forail.otel.enabled", "follows from otelCollector")
    if runs is not None and (elsewhere or sent is False):
        text = "is false: nothing would be sent to it" if runs else "keeps its name"
        draft.say(Outcome.TIGHTENED if runs else Outcome.MAPPED, "otelCollector.enabled", text)


def images(draft: Draft) -> None:
    """Tags that move give way to the release's exact ones of the same line; without a tag, the release decides."""
    for name in (ImageName.POSTGRES, ImageName.REDIS):
        key = f"images.{name}.tag"
        tag = draft.given.get(key)
        if isinstance(tag, str) and moves(name, tag) and _same_line(tag, RELEASE[name][1]):
            draft.say(
                Outcome.TIGHTENED, key, f"moves: {RELEASE[name][1]} is used, this release's exact one of that line"
            )
        elif tag is not None:
            draft.mapped(key, key, tag)
    key = f"images.{ImageName.BACKEND}.tag"
    if key not in draft.given:
        draft.say(
            Outcome.REFUSED,
            key,
            f"is not in the values: the stack runs {RELEASE[ImageName.BACKEND][1]}. Name the tag that runs now, since "
            "an older release cannot read its data",
        )
    if "images.nginx" in draft.given:
        draft.say(Outcome.REFUSED, "images.nginx", "is an image that nothing runs: nothing to do")


def _same_line(moving: str, exact: str) -> bool:
    """Whether `exact`, such as 15.19-alpine3.24, is one of what `moving`, such as 15-alpine, stands for."""
    version, _, flavour = moving.partition("-")
    release, _, release_flavour = exact.partition("-")
    return release.startswith(f"{version}.") and release_flavour.startswith(flavour) and bool(flavour)


def pull_secrets(draft: Draft) -> None:
    """The chart's mappings with a name become names."""
    key = "imagePullSecrets"
    given = draft.given.get(key)
    if given is None:
        return
    if not isinstance(given, list):
        draft.say(Outcome.REFUSED, key, "must be a list, and is not: it was left out")
        return
    names: list[object] = []
    for item in cast("list[object]", given):
        name = cast("dict[str, object]", item).get("name") if isinstance(item, dict) else item
        if isinstance(name, str) and name not in names:
            names.append(name)
        elif not isinstance(name, str):
            draft.say(Outcome.REFUSED, key, "has an entry without a name: it was left out")
    draft.mapped(key, key, names)


def servers(draft: Draft) -> None:
    """A server elsewhere has no address in the chart's values."""
    if draft.flag("postgres.enabled") is False:
        raise ValuesError(
            "postgres.enabled is false, and the chart has no value for the server's address, without which no stack "
            "file loads: convert a copy with postgres.enabled: true, then write forail:postgres with mode external and "
            "its host (docs/operations.md, Postgres elsewhere)"
        )
    if "postgres.enabled" in draft.given:
        draft.say(Outcome.MAPPED, "postgres.enabled", "is postgres.mode: inCluster, the default")
    redis = draft.flag("redis.enabled")
    if redis is not None:
        text = "is always so" if redis else "is true: the stack always runs its own Redis"
        draft.say(Outcome.MAPPED if redis else Outcome.TIGHTENED, "redis.enabled", text)


def hardening(draft: Draft) -> None:
    """Security contexts, accounts and policies are the program's own."""
    for key in _SECURITY:
        if key in draft.given:
            draft.say(Outcome.TIGHTENED, key, "is the program's own: the strictest that each workload runs with")
    policy = draft.given.get("networkPolicy")
    if isinstance(policy, dict) and cast("dict[str, object]", policy).get("enabled") is False:
        draft.say(Outcome.MAPPED, "networkPolicy", "is off, as here")
    elif policy is not None:
        draft.say(
            Outcome.REFUSED, "networkPolicy", "is not offered: keep policies with whoever owns the cluster's network"
        )


def operator(draft: Draft) -> None:
    """Values of the operator's own chart, where they were given too."""
    url, insecure = draft.text("forail.url"), draft.flag("forail.insecureSkipVerify")
    if url is not None and url.startswith("https://"):
        draft.mapped("forail.url", "operator.url", url.rstrip("/"))
    elif url is not None:
        draft.say(Outcome.MAPPED, "forail.url", "follows from the platform's Service")
    if insecure is not None:
        draft.mapped("forail.insecureSkipVerify", "operator.insecureSkipVerify", insecure)
    secret = draft.text("forail.existingSecret")
    if secret:
        draft.mapped("forail.existingSecret", "operator.existingSecret", {"secretName": secret, "key": "token"})
    if "forail.token" in draft.given:
        draft.say(Outcome.SECRET, "forail.token", "is made by the stack; the old one stays valid until it is revoked")


def namespace(draft: Draft) -> None:
    """Helm makes the namespace or finds it; a stack that takes a release over finds it, any other makes its own."""
    name, create = draft.given.get("namespace.name"), draft.flag("namespace.create")
    if name is not None:
        draft.mapped("namespace.name", "namespace.name", name)
    if create is not None and draft.release is not None:
        draft.say(Outcome.MAPPED, "namespace.create", "is false with adopt: the release's namespace is used")
    elif create is not None:
        text = (
            "is true, as here" if create else "is true: the stack makes its namespace; write false for one that exists"
        )
        draft.say(Outcome.MAPPED if create else Outcome.TIGHTENED, "namespace.create", text)


def adoption(draft: Draft) -> None:
    """Claims that the release has are used as they are, instead of sizes and classes for new ones."""
    if draft.release is not None:
        draft.put("adopt", "adopt.release", draft.release)
    for section in _CLAIMED:
        kept = draft.release is not None and (section == "postgres" or draft.given.get("assistant.enabled") is True)
        for key in (f"{section}.storage.size", f"{section}.storage.storageClass"):
            if kept and key in draft.given:
                draft.say(Outcome.MAPPED, key, "stays as the release's claim has it")
            elif key in draft.given:
                draft.mapped(key, key, draft.given[key])
        if kept and section in _ASSISTANT_CLAIMS:
            draft.put(f"{section}.storage.size", f"{section}.storage.existingClaim", _ASSISTANT_CLAIMS[section])


Rule = Callable[[Draft], None]
RULES: Mapping[Rule, tuple[str, ...]] = {
    namespace: ("namespace.create", "namespace.name"),
    adoption: tuple(f"{section}.storage.{key}" for section in _CLAIMED for key in ("size", "storageClass")),
    servers: ("postgres.enabled", "redis.enabled"),
    execution: ("forail.node", "forail.node.name", "forail.node.type", "task.privileged", "task.hostCgroup"),
    tenancy: (
        "forail.tenancyEnabled", "forail.tenancy.enabled", "forail.tenancy.rls", "forail.tenancy.strictIsolation",
    ),
    telemetry: ("forail.otel.enabled", "forail.otel.endpoint", "otelCollector.enabled"),
    ingress: ("ingress", "ingress.enabled", "ingress.tls", "ingress.tls.enabled", "ingress.tls.secretName"),
    reach: ("forail.allowedHosts", "forail.csrfTrustedOrigins", "forail.cookieSecure"),
    images: ("images.postgres.tag", "images.redis.tag", "images.nginx"),
    pull_secrets: ("imagePullSecrets",),
    hardening: (*_SECURITY, "networkPolicy"),
    operator: ("forail.url", "forail.token", "forail.insecureSkipVerify", "forail.existingSecret"),
}  # fmt: skip
"""Each rule, and the keys of the chart that it answers for; all others are taken as they are."""
