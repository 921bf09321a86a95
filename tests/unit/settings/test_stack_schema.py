"""The stack file's JSON schema refuses what the models refuse by form, and takes whatever they take."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, cast

import pytest
import yaml
from hypothesis import given
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from components.schema.shape import Branch, follow
from components.schema.words import ConflictError, Words
from components.settings.stack import StackFile
from docs import stack_schema
from tests.unit.settings.borders import BORDERS
from tests.unit.settings.stackfile import nested, problems, shown
from tests.unit.settings.test_borders import leaves
from tests.unit.settings.test_fuzz import VALID, mutations
from tests.unit.settings.test_refusals import BESIDE, INSIDE, ROWS
from tests.unit.settings.wrong_outbound import CA

REPOSITORY = Path(__file__).parents[3]
STACK_FILES = sorted([*REPOSITORY.glob("Pulumi.*.yaml"), *REPOSITORY.glob("examples/*/Pulumi.*.yaml")])
SCHEMA = stack_schema.stack_file()
# Without a type: the stubs know only part of it.
VALIDATOR = cast("Any", Draft202012Validator(SCHEMA))
# The types, by their words, whose pattern takes more than the models, and what the models know that no pattern does.
INEXACT: Mapping[str, str] = {
    "an amount of bytes": "arithmetic with the unit: at least 1024, at most 64 bits, no parts of a byte",
    "an amount of cores": "arithmetic with the unit, and numbers, which become text: patterns hold for text only",
    "a share": "numbers, which become text: patterns hold for text only",
    "a cron schedule": "fields' ranges, and days that no month has",
    "certificates as PEM": "decoding",
    "a host name, .domain, IP address or range": "labels, addresses and ranges",
    "a user name, an e-mail address, a regular expression between slashes, or everyone": "what Python's re knows",
    "an image repository": "labels of a registry host in any case",
    "a registry prefix": "labels of a registry host in any case",
    "a network": "arithmetic: the address fits its length",
    "an IP address": "what the parts of an address are",
    "a registry host": "labels of a registry host in any case",
    "a path such as ./charts/operator, an oci:// reference, or a chart's name": "the host in an oci:// reference",
}
# The rows that the patterns of those types let pass.
LET_PASS: list[dict[str, object]] = [
    nested({path: value})
    for path, value in (
        ("forail.otel.tracesSamplerArg", 2),
        ("exposure.trustedProxies", ["10.0.0.1/8"]),
        ("trust.bundle", CA * 2500),
        ("exposure.allowFrom", ["10.0.0.0/8", "10.0.0.1/8"]),
        ("postgres.resources.requests.memory", "12"),
        ("postgres.resources.requests.memory", "16384Pi"),
        ("postgres.resources.requests.cpu", "0.5m"),
        ("postgres.resources.requests.cpu", 0),
        ("postgres.storage.size", "8"),
        ("backups.schedule", "0 0 31 2,4 *"),
        ("operator.chart.source", "oci://registry.example.com:0/chart"),
    )
]
REFUSED_FILES = [
    *(nested({path: value}) for path, value, _ in ROWS),
    *(nested({**beside, path: value}) for beside, path, value, _ in BESIDE),
    *(file for file, *_ in INSIDE),
]


def wrong(file: Mapping[str, object]) -> list[str]:
    """What the schema says against sections, given by their keys."""
    document = {"config": {f"forail:{key}": value for key, value in file.items()}}
    return [error.message for error in VALIDATOR.iter_errors(document)]


def by_form(file: Mapping[str, object]) -> bool:
    """Whether the models refuse something by its form: all but conflicts, and what no pattern is given for."""
    try:
        StackFile.model_validate(file, by_alias=True, by_name=False)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            cause = details.get("ctx", {}).get("error")
            kinds = follow(StackFile, details["loc"]).kinds
            if cause is None:
                return True
            if not isinstance(cause, ConflictError) and any(_has_pattern(kind) for kind in kinds):
                return True
    return False


def _has_pattern(kind: Branch) -> bool:
    return any(isinstance(item, Words) and item.keywords() for item in kind.metadata)


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", STACK_FILES, ids=lambda file: str(file.relative_to(REPOSITORY)))
def test_a_stack_file_of_the_repository_is_taken(file: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(file.read_text()))] == []


@pytest.mark.parametrize("noun", sorted(BORDERS))
def test_a_leaf_takes_and_refuses_at_its_border(noun: str) -> None:
    for path, kind in [(path, kind) for path, kind in leaves() if kind.short == noun]:
        adapter = TypeAdapter[Any](cast("Any", Annotated)[(kind.type, *kind.metadata, None)])
        validator = cast("Any", Draft202012Validator(adapter.json_schema(schema_generator=stack_schema.Generator)))
        let_pass = [value for value in BORDERS[noun].refused if validator.is_valid(value)]

        assert [value for value in BORDERS[noun].taken if not validator.is_valid(value)] == [], path
        assert bool(let_pass) is (noun in INEXACT), (path, let_pass)


@pytest.mark.parametrize("file", [file for file in REFUSED_FILES if by_form(file)], ids=lambda file: shown(file, 80))
def test_what_the_models_refuse_by_form_is_refused(file: dict[str, object]) -> None:
    assert bool(wrong(file)) is (file not in LET_PASS)


def test_most_refusals_are_by_form() -> None:
    forms = [file for file in REFUSED_FILES if by_form(file)]
    assert len(forms) > 2 * len(REFUSED_FILES) // 3
    assert [file for file in LET_PASS if file not in forms] == []


@pytest.mark.parametrize(
    "file",
    [
        {"xyz": 1},
        {"web": {"replica": 2}},
        {"web": {"node_selector": {}}},
        {"web": None},
        {"web.replicas": 2},
        {"forail": {"web": {"replicas": 2}}},
        {"ingress.host": "a.lan"},
        {"postgres": {"host": "db"}},
        {"postgres": {"mode": "external", "tls": {"mode": "require"}}},
        {"postgres": {"mode": "internal"}},
        {"exposure": {"tls": {"mode": "provided"}}},
        {"exposure": {"tls": {"secretName": "a"}}},
        {"secrets": {"redisPassword": {"secretName": "redis"}}},
        {"registryCredentials": {"server": "ghcr.io"}},
        {"web": {"secure": "AAAB"}},
        {"redisPassword": "in clear"},
        {"redisPassword": {"secure": ""}},
        {"contentSecrets": {"deployKey": "in clear"}},
        {"contentSecrets": {"1st": {"secure": "AAAB"}}},
    ],
    ids=repr,
)
def test_unknown_missing_and_misplaced_keys_are_refused(file: dict[str, object]) -> None:
    assert wrong(file)


@pytest.mark.parametrize(
    "file",
    [
        {},
        {"namespace": {"create": False}},
        {"operator": {"namespace": {"create": False}}},
        {"postgres": {"storage": {"accessMode": "ReadWriteMany"}}},
        {"postgres": {"storage": {"storageClass": ""}}},
        {"exposure": {"tls": {"validityDays": 90}}},
        {"registryCredentials": None},
        {"web": {"resources": {"limits": {"cpu": 2}}, "extraEnv": {"A": "b", "C": {"secretName": "s", "key": "k"}}}},
        {"destroyData": "true"},
        {"redisPassword": {"secure": "AAAB"}},
        {"contentSecrets": {"deployKey": {"secure": "AAAB"}}},
        {"contentSecrets": {"secure": "AAAB"}},
    ],
    ids=repr,
)
def test_what_defaults_are_laid_under_and_what_is_encrypted_is_taken(file: dict[str, object]) -> None:
    assert wrong(file) == []


@pytest.mark.parametrize(
    ("document", "taken"),
    [
        ({}, True),
        ({"config": None}, True),
        ({"config": {"pulumi:disable-default-providers": ["kubernetes"], "aws:region": "eu-central-1"}}, True),
        ({"encryptionsalt": "v1:a:b", "secretsprovider": "passphrase", "encryptedkey": "a"}, True),
        ({"environment": ["shared/base"]}, True),
        ({"config": {"kubernetes:context": "prod"}}, False),
        ({"config": {"web": {"replicas": 2}}}, False),
        ({"confg": {}}, False),
        ([], False),
    ],
)
def test_what_pulumi_and_others_keep_in_the_file_is_left_alone(document: object, taken: bool) -> None:
    assert VALIDATOR.is_valid(document) is taken


@given(mutations)
def test_a_changed_file_that_the_models_take_is_taken(changes: dict[str, object]) -> None:
    file = nested({**VALID, **changes})
    if problems(file) == {}:
        assert wrong(file) == []
