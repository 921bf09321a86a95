"""Secrets that others write: a change of a value rolls its readers, and nothing tells the value."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from components.kube.live_secrets import ANNOTATION
from tests.unit.deployment import Deployment
from tests.unit.engine import ExistingData, deploy
from tests.unit.pods import pods
from tests.unit.stacks import EXISTING, alone, elsewhere
from tests.unit.test_rolls import DJANGO, READERS

VALUE = "LiveSecretValue0"
USED = [key for key in EXISTING if key != "backupKeyPassphrase"]
LIVE: ExistingData = {f"kept-{key.lower()}": {"it": f"{VALUE}{key}", "other": "o"} for key in USED} | {
    "vault": {"token": f"{VALUE}proxy"}
}


def platform(live: ExistingData = LIVE, *, preview: bool = False, **changes: Any) -> Deployment:
    """The platform alone on Secrets that others keep, read."""
    config: dict[str, Any] = {
        **alone().config,
        "secrets": {
            "onChange": "roll",
            **{key: {"secretName": f"kept-{key.lower()}", "key": "it"} for key in USED},
        },
        "monitoring": {"enabled": True},
        "assistant": {"enabled": True, "extraEnv": {"PROXY_TOKEN": {"secretName": "vault", "key": "token"}}},
        **changes,
    }
    return deploy(config, existing=live, preview=preview)


def different(before: Deployment, after: Deployment) -> set[str]:
    """Owners whose pod templates or whose Job's name differ."""
    first, second = pods(before), pods(after)
    assert first.keys() == second.keys()
    jobs = {job.label for job in after.all("Job") if before.one("Job", job.name).object_name != job.object_name}
    return jobs | {label for label in first if first[label].text != second[label].text}


def changed(name: str, key: str = "it") -> ExistingData:
    """The same with another value at one place."""
    return {**LIVE, name: {**LIVE[name], key: f"{VALUE}another{key}"}}


def marks(deployment: Deployment, label: str) -> str:
    """What a pod says of the values that it started with."""
    return pods(deployment)[label].template["metadata"].get("annotations", {}).get(ANNOTATION, "")


# Each of their pods starts anew and reads what is there then.
SCHEDULED = {"CronJob/forail-restore", "CronJob/forail-backup"}


@pytest.mark.parametrize("secret", sorted(READERS.keys() - {"forailSecretKey"}))
def test_another_value_rolls_its_readers_and_no_others(secret: str) -> None:
    after = platform(changed(f"kept-{secret.lower()}"))
    assert different(platform(), after) == READERS[secret] - SCHEDULED


def test_a_variable_of_a_workload_is_a_reader_too() -> None:
    assert different(platform(), platform(changed("vault", "token"))) == {"Deployment/forail-assistant"}


SIGN_IN: dict[str, Any] = {
    "settings": {"RADIUS_SERVER": "radius.lan", "RADIUS_SECRET": {"secretName": "radius", "key": "it"}},
    "auth": {
        "ldap": [
            {
                "servers": ["ldaps://a.lan"],
                "bindDn": "cn=forail,dc=a",
                "bindPassword": {"secretName": "ldap", "key": "it"},
                "userDnTemplate": "uid=%(user)s,dc=a",
                "groupSearch": {"base": "ou=groups,dc=a"},
            }
        ]
    },
}


@pytest.mark.parametrize("secret", ["radius", "ldap"])
def test_a_setting_of_the_backend_rolls_whatever_loads_it(secret: str) -> None:
    live = {**LIVE, "radius": {"it": VALUE}, "ldap": {"it": VALUE}}
    before, after = (platform({**live, **another}, forail=SIGN_IN) for another in ({}, {secret: {"it": "another"}}))
    assert different(before, after) == DJANGO - SCHEDULED


@pytest.mark.parametrize(
    ("secret", "path"), [("radius", "forail.settings.RADIUS_SECRET"), ("ldap", "forail.auth.ldap[0].bindPassword")]
)
def test_a_setting_without_its_key_is_named_with_its_path(secret: str, path: str) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        platform({**LIVE, "radius": {"it": VALUE}, "ldap": {"it": VALUE}, secret: {}}, forail=SIGN_IN)
    assert f"{path}: the Secret {secret} has no key it" in str(refused.value)


def test_cas_in_a_secret_are_a_value_that_pods_read() -> None:
    trust = {"existingSecret": {"secretName": "cas", "key": "ca.pem"}}
    before, after = (platform({**LIVE, "cas": {"ca.pem": value}}, trust=trust) for value in ("one", "two"))
    assert different(before, after) == (DJANGO - SCHEDULED) | {"Deployment/forail-assistant-ollama"}
    assert "cas/ca.pem=" in marks(after, "Deployment/forail-web")
    with pytest.raises(pulumi.RunError, match=r"trust.existingSecret: the Secret cas has no key ca.pem"):
        platform({**LIVE, "cas": {"other": VALUE}}, trust=trust)


def test_another_choice_rolls_every_reader_once() -> None:
    """docs/operations.md says so, of both ways."""
    secrets = {key: {"secretName": f"kept-{key.lower()}", "key": "it"} for key in USED}
    rolled = different(platform(), platform(secrets=secrets))
    assert rolled == (set().union(*READERS.values()) | {"Deployment/forail-assistant"}) - SCHEDULED


def test_what_nobody_reads_rolls_nobody() -> None:
    """Labels, annotations and further keys may change as often as others like."""
    assert different(platform(), platform(changed("kept-redispassword", "other"))) == set()


def test_each_pod_says_which_values_it_started_with_and_none_of_them() -> None:
    deployment = platform()
    annotation = marks(deployment, "Deployment/forail-redis")
    place, _, mark = annotation.partition("=")
    assert place == "kept-redispassword/it"
    assert len(mark) == 16
    assert VALUE not in json.dumps([resource.inputs for resource in deployment.resources])


def test_a_mark_cannot_be_made_without_a_secret_of_the_stack() -> None:
    """A plain hash would let whoever sees a pod try passwords."""
    deployment = platform()
    key: str = deployment.one("RandomPassword", "forail-live-secrets").state["result"].value
    text = f"kept-redispassword/it\0{LIVE['kept-redispassword']['it']}".encode()
    expected = hmac.new(key.encode(), text, hashlib.sha256).hexdigest()[:16]
    assert marks(deployment, "Deployment/forail-redis") == f"kept-redispassword/it={expected}"


def test_by_default_nothing_is_read_and_no_pod_is_marked() -> None:
    deployment = elsewhere().deploy()
    assert not deployment.all("RandomPassword")
    assert not deployment.all("Secret")
    assert not any(marks(deployment, label) for label in pods(deployment))


def test_a_missing_key_is_named_with_its_path_and_no_value() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        platform({**LIVE, "kept-redispassword": {"password": VALUE}})
    assert "secrets.redisPassword: the Secret kept-redispassword has no key it" in str(refused.value)
    assert VALUE not in str(refused.value)


def test_a_secret_without_data_is_refused_alike() -> None:
    nothing: Mapping[str, str] = {}
    with pytest.raises(pulumi.RunError, match=r"extraEnv.PROXY_TOKEN: the Secret vault has no key token"):
        platform({**LIVE, "vault": nothing})


def test_another_encryption_key_in_the_same_secret_is_recorded_before_any_pod_rolls() -> None:
    before, after = platform(), platform(changed("kept-forailsecretkey"))
    records = [deployment.one("Stash", "forail-secret-key-kept") for deployment in (before, after)]
    assert records[0].inputs["input"]["source"] == records[1].inputs["input"]["source"]
    assert records[0].inputs["input"]["mark"] != records[1].inputs["input"]["mark"]
    for label in ("Deployment/forail-web", "Job/forail-init"):
        assert after.depends_on(pods(after)[label].owner, records[1]), label


def test_the_operator_rolls_with_its_own_secret_and_the_canary_proves_the_new_token() -> None:
    config: dict[str, Any] = {
        **elsewhere().config,
        "content": {},
        "restore": None,
        "backups": {},
        "secrets": {"onChange": "roll", "postgresPassword": {"secretName": "kept-postgrespassword", "key": "it"}},
    }
    config = {key: value for key, value in config.items() if value is not None}
    live = {**LIVE, "kept-token": {"pat": f"{VALUE}pat"}}
    before, after = (deploy(config, existing={**live, "kept-token": {"pat": pat}}) for pat in ("one", "two"))
    assert different(before, after) == {"Deployment/forail-operator"}
    canaries = [each.one("Organization", "forail-canary").inputs["spec"] for each in (before, after)]
    assert canaries[0] != canaries[1]
