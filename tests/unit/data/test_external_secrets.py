"""ExternalSecrets: what is asked of the controller, and what is said where it does not come."""

from __future__ import annotations

from typing import Any

import pytest

from components.data.external_secrets import ExternalSecretArgs, message
from components.kube.metadata import Scope
from components.settings.external_secrets import RemoteSecret, SecretStore
from components.settings.secrets import ExistingSecrets
from tests.unit.deployment import Deployment
from tests.unit.pods import pods
from tests.unit.stacks import alone

STORE = {"name": "vault", "kind": "ClusterSecretStore"}
KEPT_BY_DATA = {"forail-external-secret-key", "forail-external-postgres-superuser-password"}


def stored(**keys: Any) -> Deployment:
    """The platform alone, with these secrets in a store."""
    return alone().deploy(secrets={"externalSecrets": {"store": STORE, "keys": keys}})


ON = {"assistant": {"enabled": True}, "monitoring": {"enabled": True}}


def every() -> Deployment:
    """All that can be, in a store."""
    keys = {name.value: {"key": f"forail/{name}"} for name in ExistingSecrets.names()}
    return alone().deploy(secrets={"externalSecrets": {"store": STORE, "keys": keys}}, **ON)


def test_what_a_store_has_is_neither_made_nor_kept_by_the_stack() -> None:
    deployment = every()
    assert not deployment.all("RandomPassword")
    assert deployment.names("Secret") == {"forail-tls"}
    assert len(deployment.all("ExternalSecret")) == len(ExistingSecrets.names())


def test_pods_read_the_secret_that_the_controller_makes() -> None:
    deployment = stored(postgresPassword={"key": "db", "property": "password", "version": "7"})
    made = deployment.one("ExternalSecret", "forail-external-postgres-password")
    spec = made.inputs["spec"]
    assert spec["secretStoreRef"] == STORE
    assert spec["data"] == [
        {"secretKey": "value", "remoteRef": {"key": "db", "property": "password", "version": "7"}},
    ]
    assert spec["target"]["name"] == made.object_name
    assert made.inputs["metadata"]["annotations"]["pulumi.com/waitFor"] == "condition=Ready"
    for label in ("Deployment/forail-web", "Deployment/forail-task", "Job/forail-init", "CronJob/forail-backup"):
        pod = pods(deployment)[label]
        assert f"secret:{made.object_name}/value" in {
            value for container in pod.containers for value in container.env.values()
        }, label
        assert deployment.depends_on(pod.owner, made), label


def test_another_place_in_the_store_is_another_secret() -> None:
    places: list[dict[str, Any]] = [
        {"key": "a"},
        {"key": "b"},
        {"key": "a", "version": "2"},
        {"key": "a", "property": "c"},
    ]
    deployments = [stored(redisPassword=place) for place in places]
    names = {
        deployment.one("ExternalSecret", "forail-external-redis-password").object_name for deployment in deployments
    }
    assert len(names) == len(places)
    again = stored(redisPassword=places[0]).one("ExternalSecret", "forail-external-redis-password")
    assert again.object_name in names


def test_what_data_was_made_with_is_fetched_once_and_outlives_the_external_secret() -> None:
    """Another encryption key would leave every stored credential unreadable, whoever restarts a pod."""
    for made in every().all("ExternalSecret"):
        spec = made.inputs["spec"]
        once = made.name in KEPT_BY_DATA
        assert spec["refreshPolicy"] == ("CreatedOnce" if once else "Periodic"), made.name
        assert spec["target"]["creationPolicy"] == ("Orphan" if once else "Owner"), made.name
        assert spec["target"]["deletionPolicy"] == "Retain"


def test_the_secret_does_not_look_like_one_of_the_stack() -> None:
    template = every().one("ExternalSecret", "forail-external-redis-password").inputs["spec"]["target"]["template"]
    assert template["type"] == "Opaque"
    labels = template["metadata"]["labels"]
    assert labels["app.kubernetes.io/managed-by"] == "external-secrets"
    assert labels["app.kubernetes.io/component"] == "secrets"


def test_the_encryption_keys_place_is_recorded_and_pods_wait_for_that() -> None:
    deployment = stored(forailSecretKey={"key": "forail", "property": "key"})
    record = deployment.one("Stash", "forail-secret-key-kept")
    assert record.inputs["input"] == {"source": "ClusterSecretStore vault/forail#key"}
    for label in ("Deployment/forail-web", "Job/forail-init"):
        assert deployment.depends_on(pods(deployment)[label].owner, record), label


ARGS = ExternalSecretArgs(
    scope=Scope(namespace="forail", application="forail", part_of="forail"),
    path="secrets.externalSecrets.keys.redisPassword",
    suffix="redis-password",
    store=SecretStore(name="vault"),
    remote=RemoteSecret(key="redis"),
    refresh_interval="1h",
    guards_data=False,
)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ('no matches for kind "ExternalSecret" in version "external-secrets.io/v1"', "install External Secrets, 0.16"),
        ("does not know …: install its CustomResourceDefinition first", "install External Secrets, 0.16"),
        (
            "condition Ready is False, not True (SecretSyncedError: could not get secret data from provider)",
            "kubectl -n",
        ),
    ],
)
def test_a_failure_names_path_and_fix(error: str, said: str) -> None:
    found = message(ARGS, "forail", "forail-redis-password-1", error)
    assert found.startswith("secrets.externalSecrets.keys.redisPassword: ")
    assert said in found
    if "kubectl" in found:
        assert "kubectl -n forail get externalsecret forail-redis-password-1" in found
        assert "secrets.externalSecrets.store" in found
