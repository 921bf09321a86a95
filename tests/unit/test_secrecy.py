"""No secret's value leaves the places where Pulumi encrypts it."""

from __future__ import annotations

import re

import pytest

from components.settings.secrets import SecretName
from tests.unit.leaks import leaks
from tests.unit.pods import pods
from tests.unit.providers import PLANTED
from tests.unit.stacks import EVERY, GIVEN, every, everything, prod

any_stack = pytest.mark.parametrize("stack", list(EVERY))
NAMES_A_SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|PRIVATE|CREDENTIAL|_KEY$|_PAT$|AUTH$")
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")
# Made of letters and digits without a pause, as no word of an ordinary value is.
LOOKS_RANDOM = re.compile(r"(?=[A-Za-z0-9]*[0-9])(?=[A-Za-z0-9]*[A-Z])(?=[A-Za-z0-9]*[a-z])[A-Za-z0-9]{16,}")


@any_stack
def test_no_secret_can_be_read(stack: str) -> None:
    key = everything().secrets[SecretName.TLS_PRIVATE_KEY]
    body = [line for line in key.splitlines() if not line.startswith("-----")]
    assert not leaks(every(stack), PLANTED, GIVEN, *body[:2])


def test_the_search_would_have_found_them() -> None:
    """Each secret is in the stack: encrypted, and the search for something readable finds it."""
    for deployment, marker in ((prod().deploy(), PLANTED), (every("everything"), GIVEN)):
        assert deployment.outputs["adminPassword"].startswith(marker)
        assert leaks(deployment, "forail-postgres")


@any_stack
def test_every_secret_object_is_encrypted(stack: str) -> None:
    for secret in every(stack).all("Secret"):
        held = [f"{part}.{key}" for part in ("data", "stringData") for key in secret.inputs.get(part, {})]
        assert held, f"{secret.label} is empty"
        assert not [path for path in held if not secret.is_secret(path)], secret.label


@any_stack
def test_generated_values_are_marked_by_their_makers(stack: str) -> None:
    for made in every(stack).all("RandomPassword"):
        assert "result" in made.request.additionalSecretOutputs


@any_stack
def test_variables_that_name_a_secret_are_references(stack: str) -> None:
    for pod in pods(every(stack)).values():
        for container in pod.containers:
            for name, value in container.env.items():
                if NAMES_A_SECRET.search(name) and name != "SECRET_NAMESPACES":
                    assert value.startswith("secret:"), f"{pod.label} {container.name}: {name} is text"


@any_stack
def test_no_text_of_a_container_looks_like_a_secret(stack: str) -> None:
    for pod in pods(every(stack)).values():
        for container in pod.containers:
            texts = [*container.raw.get("command", []), *container.raw.get("args", []), *container.env.values()]
            # Certificates are public, and random where they are encoded.
            texts = [CERTIFICATE.sub("", text) for text in texts if not text.startswith(("secret:", "field:"))]
            random = [text for text in texts if LOOKS_RANDOM.search(text) or "PRIVATE KEY" in text]
            assert not random, f"{pod.label} {container.name}"


def test_random_looking_text_is_recognised() -> None:
    assert LOOKS_RANDOM.search("--password=aB3dE5fG7hI9jK1lM3")
    assert not LOOKS_RANDOM.search("registry.example.com/mirror/forail-backend:2026.07.1")


@any_stack
def test_components_publish_no_secret(stack: str) -> None:
    for item in every(stack).resources:
        assert item.request.custom or not item.inputs, f"{item.urn} sends properties to the engine"
