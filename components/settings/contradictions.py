"""Where secrets and sections, each of them right, do not fit together."""

from __future__ import annotations

from collections.abc import Iterator

from .adopt import KEPT_SECRETS
from .forail import PasswordPolicy
from .postgres import ExternalPostgres
from .restore import unconfirmed
from .secret_mapping import COPIES
from .secrets import SecretName
from .stack import StackFile


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
        elif name in given and stack.secrets.of(name) is not None:
            found.append((f"secrets.{name}", f"is also given as secret {name}: keep one of the two"))
    found += _rotations(stack, given)
    token = stack.secrets.personal_access_token
    if stack.operator.enabled and token is not None and stack.operator.existing_secret is None:
        found.append(
            (
                "operator.existingSecret",
                "is missing: secrets.personalAccessToken is in the platform's namespace, and the operator reads its "
                "token in its own; name a Secret there",
            )
        )
    external = isinstance(stack.postgres, ExternalPostgres)
    if external and SecretName.POSTGRES_PASSWORD not in given and stack.secrets.postgres_password is None:
        found.append(
            (
                "postgres",
                "is external and has no password: pulumi config set --secret postgresPassword, "
                "or name secrets.postgresPassword",
            )
        )
    superuser = SecretName.POSTGRES_SUPERUSER_PASSWORD
    for path, present in ((superuser, superuser in given), (f"secrets.{superuser}", stack.secrets.of(superuser))):
        if external and present:
            found.append((path, "has no effect with postgres.mode external: remove it"))
    has_registry_password = SecretName.REGISTRY_PASSWORD in given
    if stack.registry_credentials is not None and not has_registry_password:
        found.append(("registryCredentials", "has no password: pulumi config set --secret registryPassword"))
    if stack.registry_credentials is None and has_registry_password:
        found.append(("registryPassword", "has no effect without registryCredentials: add server and username"))
    provided = stack.exposure.tls.mode == "provided"
    if provided and SecretName.TLS_PRIVATE_KEY not in given:
        found.append(("exposure.tls", "is provided and has no key: pulumi config set --secret tlsPrivateKey < tls.key"))
    if not provided and SecretName.TLS_PRIVATE_KEY in given:
        found.append(("tlsPrivateKey", "has no effect unless exposure.tls.mode is provided: remove it"))
    return found


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
        if key in given or stack.secrets.of(key) is not None:
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
    if "assistantChatToken" in raised and not stack.assistant.enabled:
        yield "rotation.assistantChatToken", "has no effect with assistant.enabled: false: remove it"
    if "postgresSuperuserPassword" in raised and isinstance(stack.postgres, ExternalPostgres):
        yield "rotation.postgresSuperuserPassword", "has no effect with postgres.mode external: remove it"
    for name in sorted(raised & {"tlsCa", "tlsCertificate"}):
        if stack.exposure.tls.mode != "selfSigned":
            yield f"rotation.{name}", "has no effect unless exposure.tls.mode is selfSigned: remove it"
