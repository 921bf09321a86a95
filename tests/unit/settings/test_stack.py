"""What a stack uses, from nothing but its settings."""

from __future__ import annotations

from components.settings.secrets import SecretName
from components.settings.stack import StackFile

NEVER = {
    SecretName.TLS_PRIVATE_KEY,
    SecretName.REGISTRY_PASSWORD,
    SecretName.BACKUP_KEY_PASSPHRASE,
    SecretName.PROXY_PASSWORD,
}
SWITCHED = {"assistant": SecretName.ASSISTANT_CHAT_TOKEN, "monitoring": SecretName.MONITORING_TOKEN}
EXTERNAL = {"mode": "external", "host": "db.example.com", "tls": {"mode": "require"}}


def stack(**sections: object) -> StackFile:
    """A stack file with these sections."""
    return StackFile.model_validate(sections)


def test_secrets_follow_from_what_is_switched_on() -> None:
    always = set(SecretName) - NEVER - {SecretName.POSTGRES_SUPERUSER_PASSWORD, *SWITCHED.values()}
    in_cluster = always | {SecretName.POSTGRES_SUPERUSER_PASSWORD}
    assert stack().secrets_needed == in_cluster
    assert stack(postgres=EXTERNAL).secrets_needed == always
    for section, secret in SWITCHED.items():
        assert stack(**{section: {"enabled": True}}).secrets_needed == in_cluster | {secret}


def test_images_follow_from_what_is_switched_on() -> None:
    def without(**sections: object) -> set[str]:
        return {image.partition(":")[0] for image in set(stack().images_used) - set(stack(**sections).images_used)}

    assert without(postgres=EXTERNAL) == {"postgres"}
    assert without(opa={"enabled": False}) == {"openpolicyagent/opa"}
    assert without(otelCollector={"enabled": False}) == {"otel/opentelemetry-collector-contrib"}
    assert len(stack(assistant={"enabled": True}).images_used) == len(stack().images_used) + 2
