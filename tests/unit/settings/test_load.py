"""The one reader of Pulumi's configuration."""

from __future__ import annotations

import asyncio
import contextvars
import json
from collections.abc import Callable
from typing import Any, TypeVar

import pulumi
import pytest
from pulumi.runtime import mocks
from pulumi.runtime.config import set_all_config

from components.schema.problems import SHOWN
from components.settings.load import Settings, parse
from components.settings.problems import SettingsError
from components.settings.secrets import SecretName
from components.settings.stack import StackFile

T = TypeVar("T")


class NoResources(mocks.Mocks):
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        raise AssertionError(f"{args.typ} {args.name}: reading settings registers nothing")

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise AssertionError(f"{args.token}: reading settings calls nothing")


def in_stack(body: Callable[[], T], config: dict[str, str] | None = None, marked: list[str] | None = None) -> T:
    """Runs `body` as the program of stack `dev` of project `forail`; config as an inline program gets it."""

    async def program() -> T:
        mocks.set_mocks(NoResources(), project="forail", stack="dev")
        if config is not None:
            set_all_config(config, marked)
        return body()

    return contextvars.Context().run(asyncio.run, program())


def test_the_clis_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    config = {"forail:web": '{"replicas": 3}', "forail:postgresPassword": "p"}
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(config))
    monkeypatch.setenv("PULUMI_CONFIG_SECRET_KEYS", json.dumps(["forail:postgresPassword"]))

    settings = in_stack(Settings.load)

    assert (settings.project, settings.name) == ("forail", "dev")
    assert settings.stack.web.replicas == 3
    assert set(settings.secrets.given) == {SecretName.POSTGRES_PASSWORD}


def test_an_inline_programs_configuration_is_read_and_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({"forail:web": '{"replicas": 3}'}))
    config = {"forail:web": '{"replicas": 4}', "forail:redisPassword": "r" * 16}

    settings = in_stack(Settings.load, config, ["forail:redisPassword"])

    assert settings.stack.web.replicas == 4
    assert SecretName.REDIS_PASSWORD in settings.secrets.given


def test_nothing_configured_is_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)

    assert in_stack(Settings.load).stack == StackFile()


def test_secrets_become_secret_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)

    async def body() -> tuple[object, bool]:
        mocks.set_mocks(NoResources(), project="forail", stack="dev")
        set_all_config({"forail:redisPassword": "r" * 16}, ["forail:redisPassword"])
        output = Settings.load().secrets.given[SecretName.REDIS_PASSWORD]
        return await output.future(), await output.is_secret()

    assert contextvars.Context().run(asyncio.run, body()) == ("r" * 16, True)


def test_a_wrong_stack_file_stops_the_program_without_a_traceback() -> None:
    with pytest.raises(pulumi.RunError) as error:
        in_stack(Settings.load, {"forail:web": '{"replicas": 0}', "forail:typo": "1"})

    lines = str(error.value).splitlines()
    assert lines[0] == "The configuration of this stack has 2 problems:"
    assert lines[1] == "  forail:web.replicas: must be a whole number from 1 to 50"
    assert lines[-1].startswith("Nothing was created or changed. Correct Pulumi.dev.yaml")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("kubernetes:context", "forail:kubernetes.context names the context"),
        ("kubernetes:kubeconfig", "configures a provider that is not used"),
        ("Forail:web", "did you mean the prefix forail?"),
        ("forial:web", "did you mean the prefix forail?"),
    ],
)
def test_configuration_that_nobody_would_read_is_refused(key: str, said: str) -> None:
    with pytest.raises(SettingsError) as error:
        parse({key: "x"}, set(), "forail")

    assert f"  {key}: " in str(error.value)
    assert said in str(error.value)


def test_a_renamed_projects_old_prefix_is_refused() -> None:
    with pytest.raises(SettingsError, match="did you mean the prefix automation"):
        parse({"forail:web": '{"replicas": 2}'}, set(), "automation")


@pytest.mark.parametrize("key", ["pulumi:disable-default-providers", "aws:region", "random:x"])
def test_configuration_of_others_is_left_alone(key: str) -> None:
    assert parse({key: "x"}, set(), "forail").stack == StackFile()


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "9" * 5000, "NaN", "not json", '"quoted"', "null", ""])
def test_text_that_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"forail:web: (must be a mapping|is empty)"):
        parse({"forail:web": text}, set(), "forail")


def test_a_key_that_looks_like_no_key_is_not_shown() -> None:
    with pytest.raises(SettingsError) as error:
        parse({"forail:web": json.dumps({"hunter2 is my password": 1, "x" * 500: 2})}, set(), "forail")

    assert "web.<a key of 22 characters>: is not a key of web" in str(error.value)
    assert "web.<a key of 500 characters>" in str(error.value)
    assert "hunter2" not in str(error.value)


def test_a_file_that_is_wrong_everywhere_is_cut_short() -> None:
    with pytest.raises(SettingsError) as error:
        parse({f"forail:wrong{number}": "1" for number in range(SHOWN + 5)}, set(), "forail")

    assert "  … and 5 more" in str(error.value).splitlines()
    assert len(error.value.problems) == SHOWN + 5
