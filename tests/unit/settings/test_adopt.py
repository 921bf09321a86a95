"""`adopt` says in one key what is said of a Helm release's data in several, and contradicts none of them silently."""

from __future__ import annotations

import pytest

from components.settings.adopt import CLAIM, KEPT_SECRETS, SECRET, AdoptSettings
from components.settings.postgres import InClusterPostgres
from components.settings.secrets import ExistingSecret, ExistingSecrets, SecretName
from components.settings.stack import StackFile
from components.settings.storage import ClaimSettings
from tests.unit.settings.stackfile import WELL_FORMED, nested, parsed, problems

ADOPT = {"adopt": {"release": "forail"}}


def test_it_implies_the_namespace_the_claim_and_the_secrets() -> None:
    stack = parsed(ADOPT).stack

    assert (stack.namespace.name, stack.namespace.create) == ("forail", False)
    assert isinstance(stack.postgres, InClusterPostgres)
    assert stack.postgres.storage.existing_claim == CLAIM
    given = {name for name in SecretName if stack.secrets.of(name) == ExistingSecret(secret_name=SECRET, key=name)}
    assert given == set(KEPT_SECRETS)


def test_what_is_written_beside_it_counts() -> None:
    own = {"secretName": "vault", "key": "key"}
    file = nested({"namespace.name": "tools", "postgres.user": "owner", "secrets.forailSecretKey": own})
    stack = parsed({**ADOPT, **file}).stack

    assert (stack.namespace.name, stack.namespace.create, stack.postgres.user) == ("tools", False, "owner")
    assert stack.secrets.forail_secret_key == ExistingSecret(secret_name="vault", key="key")
    assert stack.secrets.postgres_password == ExistingSecret(secret_name=SECRET, key="postgresPassword")


def test_a_stack_that_is_written_in_python_says_it_alike() -> None:
    stack = StackFile(
        adopt=AdoptSettings(release="forail"),
        postgres=InClusterPostgres(user="owner"),
        secrets=ExistingSecrets(redis_password=ExistingSecret(secret_name="a", key="b")),
    )

    assert isinstance(stack.postgres, InClusterPostgres)
    assert (stack.postgres.user, stack.postgres.storage.existing_claim) == ("owner", CLAIM)
    assert stack.secrets.of(SecretName.REDIS_PASSWORD) == ExistingSecret(secret_name="a", key="b")
    with pytest.raises(ValueError, match="has no effect beside existingClaim"):
        StackFile(adopt=AdoptSettings(release="forail"), postgres=InClusterPostgres(storage=ClaimSettings(size="9Gi")))


@pytest.mark.parametrize(
    ("beside", "path", "said"),
    [
        ({"postgres.storage.size": "9Gi"}, "postgres.storage.size", "has no effect beside existingClaim"),
        ({"namespace.create": True}, "namespace.create", "with adopt the release's exists: remove it"),
        ({"postgres.mode": "external", "postgres.host": "db"}, "adopt", "takes over the release's own database"),
        ({"namespace.create": None}, "namespace.create", "is empty"),
        ({"postgres": 7}, "postgres", "must be a mapping, and it is a number"),
        ({"secrets": None}, "secrets", "is empty"),
        ({"postgres.storage": []}, "postgres.storage", "must be a mapping, and it is a list"),
    ],
)
def test_what_contradicts_it_is_refused(beside: dict[str, object], path: str, said: str) -> None:
    assert said in problems({**ADOPT, **nested(beside)})[path]


@pytest.mark.parametrize("key", KEPT_SECRETS)
def test_a_secret_of_the_release_is_not_given_again(key: str) -> None:
    assert "is read from the release's Secret" in problems(ADOPT, {key: WELL_FORMED[SecretName(key)]})[key]
