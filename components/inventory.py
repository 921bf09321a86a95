"""What a stack uses: which secrets and which images, from its settings alone."""

from __future__ import annotations

from .settings.images import ImageName
from .settings.postgres import InClusterPostgres
from .settings.secrets import SecretName
from .settings.stack import StackFile


def needed_secrets(stack: StackFile) -> frozenset[SecretName]:
    """The credentials that this stack's pods read."""
    needed = {
        SecretName.ADMIN_PASSWORD,
        SecretName.POSTGRES_PASSWORD,
        SecretName.SECRET_KEY,
        SecretName.BROADCAST_WEBSOCKET_SECRET,
        SecretName.REDIS_PASSWORD,
        SecretName.PERSONAL_ACCESS_TOKEN,
    }
    if isinstance(stack.postgres, InClusterPostgres):
        needed.add(SecretName.POSTGRES_SUPERUSER_PASSWORD)
    if stack.assistant.enabled:
        needed.add(SecretName.ASSISTANT_CHAT_TOKEN)
    return frozenset(needed)


def images_used(stack: StackFile) -> list[str]:
    """Every image that this stack can pull, execution environments included, sorted."""
    used = {
        ImageName.BACKEND,
        ImageName.FRONTEND,
        ImageName.REDIS,
        ImageName.EXECUTION_ENVIRONMENT,
        ImageName.CONTROL_PLANE_EXECUTION_ENVIRONMENT,
    }
    if isinstance(stack.postgres, InClusterPostgres):
        used.add(ImageName.POSTGRES)
    if stack.opa.enabled:
        used.add(ImageName.OPA)
    if stack.otel_collector.enabled:
        used.add(ImageName.OTEL_COLLECTOR)
    if stack.operator.enabled:
        used.add(ImageName.OPERATOR)
    if stack.assistant.enabled:
        used |= {ImageName.ASSISTANT, ImageName.ASSISTANT_OLLAMA}
    return sorted({stack.images.reference(name) for name in used})
