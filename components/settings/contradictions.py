"""Where secrets and sections, each of them right, do not fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .adopt import KEPT_SECRETS
from .forail import PasswordPolicy
from .postgres import ExternalPostgres
from .proxy import PROXY_VARIABLES
from .restore import unconfirmed
from .secret_mapping import COPIES
from .secrets import SecretName
from .stack import StackFile
from .trust import STORE_VARIABLES

# Secrets of sections that may be off.
_OPTIONAL: Mapping[SecretName, str] = {
    SecretName.ASSISTANT_CHAT_TOKEN: "assistant",
    SecretName.MONITORING_TOKEN: "monitoring",
}


def contradictions(
    stack: StackFile,
    given: frozenset[SecretName],
    copies: frozenset[str] = frozenset(),
    name: str = "",
    settings: frozenset[str] = frozenset(),
) -> list[tuple[str, str]]:
    """Pairs of YAML path and message where secrets and sections do not fit together.

    `copies` are the names below `copiesSecrets`, `settings` those below `settingsSecrets`, `name` is the stack's.
    """
    found = unconfirmed(stack.restore, name)
    found += _sign_in(stack, settings)
    if stack.backups.copies is not None:
        found += stack.backups.copies.contradictions(copies)
    elif copies:
        found.append((COPIES.key, "has no effect without backups.copies: add type and path, or remove it"))
    for name in SecretName:
        if name in given and stack.adopt is not None and name in KEPT_SECRETS:
            found.append((name, "is read from the release's Secret with adopt, where it stays: remove it"))
        elif name in given and (path := stack.secrets.path(name)) is not None:
            found.append((path, f"is also given as secret {name}: keep one of the two"))
    for name, section in _OPTIONAL.items():
        if stack.secrets.external(name) is not None and not getattr(stack, section).enabled:
            path = f"secrets.externalSecrets.keys.{name}"
            found.append((path, f"has no effect with {section}.enabled: false: remove it"))
    found += _rotations(stack, given)
    token = stack.secrets.path(SecretName.PERSONAL_ACCESS_TOKEN)
    if stack.operator.enabled and token is not None and stack.operator.existing_secret is None:
        found.append(
            (
                "operator.existingSecret",
                f"is missing: {token} is in the platform's namespace, and the operator reads its "
                "token in its own; name a Secret there",
            )
        )
    found += _database(stack, given)
    has_registry_password = SecretName.REGISTRY_PASSWORD in given
    if stack.registry_credentials is not None and not has_registry_password:
        found.append(("registryCredentials", "has no password: pulumi config set --secret registryPassword"))
    if stack.registry_credentials is None and has_registry_password:
        found.append(("registryPassword", "has no effect without registryCredentials: add server and username"))
    found += _outbound(stack, given)
    provided = stack.exposure.tls.mode == "provided"
    if provided and SecretName.TLS_PRIVATE_KEY not in given:
        found.append(("exposure.tls", "is provided and has no key: pulumi config set --secret tlsPrivateKey < tls.key"))
    if not provided and SecretName.TLS_PRIVATE_KEY in given:
        found.append(("tlsPrivateKey", "has no effect unless exposure.tls.mode is provided: remove it"))
    return found


def _database(stack: StackFile, given: frozenset[SecretName]) -> Iterator[tuple[str, str]]:
    """Passwords that an external server lacks, or has no use for."""
    if not isinstance(stack.postgres, ExternalPostgres):
        return
    password, superuser = SecretName.POSTGRES_PASSWORD, SecretName.POSTGRES_SUPERUSER_PASSWORD
    if password not in given and stack.secrets.path(password) is None:
        yield (
            "postgres",
            "is external and has no password: pulumi config set --secret postgresPassword, or name "
            "secrets.postgresPassword",
        )
    for path in (superuser if superuser in given else None, stack.secrets.path(superuser)):
        if path is not None:
            yield path, "has no effect with postgres.mode external: remove it"


def _outbound(stack: StackFile, given: frozenset[SecretName]) -> Iterator[tuple[str, str]]:
    """Where `trust` and `proxy` lack something, or set what a workload is given as well."""
    has_password, user = SecretName.PROXY_PASSWORD in given, stack.proxy and stack.proxy.username
    if user is not None and not has_password:
        yield "proxy.username", "has no password: pulumi config set --secret proxyPassword"
    if user is None and has_password:
        yield "proxyPassword", "has no effect without proxy.username: add it, or remove the password"
    reached = {"web": stack.web, "task": stack.task, "init": stack.init, "assistant.ollama": stack.assistant.ollama}
    trusting = reached if stack.trust is not None else {}
    if trusting and stack.operator.chart is None:
        trusting = {**trusting, "operator": stack.operator}
    by_proxy = reached if stack.proxy is not None else {}
    for setter, workloads, names in (("trust", trusting, STORE_VARIABLES), ("proxy", by_proxy, PROXY_VARIABLES)):
        for path, workload in workloads.items():
            for name in sorted(workload.extra_env.keys() & set(names)):
                yield f"{path}.extraEnv.{name}", f"is set by the program for {setter}: drop it here, or drop {setter}"


def _sign_in(stack: StackFile, settings: frozenset[str]) -> Iterator[tuple[str, str]]:
    """What the settings of the backend, the ways to sign in and their secrets say about each other."""
    yield from stack.forail.contradictions(settings)
    if stack.verify.enabled and stack.forail.settings.get("DISABLE_LOCAL_AUTH") is True:
        yield (
            "verify.enabled",
            "is true and forail.settings.DISABLE_LOCAL_AUTH switches off the sign-in that it tries: set one of the two "
            "false",
        )


def _rotations(stack: StackFile, given: frozenset[SecretName]) -> Iterator[tuple[str, str]]:
    """Epochs that were raised and rotate nothing."""
    raised = frozenset(stack.rotation.raised)
    for key in sorted(name for name in SecretName if name.value in raised):
        if key in given or stack.secrets.path(key) is not None:
            yield (
                f"rotation.{key}",
                "only rotates a generated value, and this one is given: change the value itself",
            )
    if "forailAdminPassword" in raised and stack.forail.admin.password_policy is PasswordPolicy.INITIAL:
        yield (
            "rotation.forailAdminPassword",
            "changes nothing with forail.admin.passwordPolicy initial, which sets the password once: change it in the "
            "UI, or set passwordPolicy: enforce",
        )
    for name, section in _OPTIONAL.items():
        if name.value in raised and not getattr(stack, section).enabled:
            yield f"rotation.{name}", f"has no effect with {section}.enabled: false: remove it"
    if "postgresSuperuserPassword" in raised and isinstance(stack.postgres, ExternalPostgres):
        yield "rotation.postgresSuperuserPassword", "has no effect with postgres.mode external: remove it"
    for name in sorted(raised & {"tlsCa", "tlsCertificate"}):
        if stack.exposure.tls.mode != "selfSigned":
            yield f"rotation.{name}", "has no effect unless exposure.tls.mode is selfSigned: remove it"
