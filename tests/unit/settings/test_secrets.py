"""Secrets are flat, encrypted, in a usable form, and never printed."""

from __future__ import annotations

import pytest

from components.settings.load import parse
from components.settings.problems import SettingsError
from components.settings.secret_keys import ELSEWHERE
from components.settings.secrets import FORMS, SecretName
from tests.unit.settings.stackfile import PROJECT, WELL_FORMED, cli_config, nested, parsed, problems

BAD = {
    SecretName.ADMIN_PASSWORD: "marker-234x"[:11],
    SecretName.POSTGRES_PASSWORD: "marker\nline",
    SecretName.POSTGRES_SUPERUSER_PASSWORD: "",
    SecretName.SECRET_KEY: "marker" + "k" * 25,
    SecretName.BROADCAST_WEBSOCKET_SECRET: "marker",
    SecretName.REDIS_PASSWORD: "marker with spaces and more",
    SecretName.PERSONAL_ACCESS_TOKEN: "marker-with-hyphens-that-is-long-enough",
    SecretName.ASSISTANT_CHAT_TOKEN: "marker with spaces",
    SecretName.MONITORING_TOKEN: "marker-with-hyphens-that-is-long-enough",
    SecretName.TLS_PRIVATE_KEY: "-----BEGIN ENCRYPTED PRIVATE KEY-----\nmarker\n-----END ENCRYPTED PRIVATE KEY-----\n",
    SecretName.REGISTRY_PASSWORD: "marker\x00",
    SecretName.BACKUP_KEY_PASSPHRASE: "marker2345" * 8,
    SecretName.PROXY_PASSWORD: "marker\tof the proxy",
}


@pytest.mark.parametrize("name", SecretName)
def test_every_secret_takes_a_good_value_and_refuses_a_bad_one(name: SecretName) -> None:
    fits = {
        SecretName.TLS_PRIVATE_KEY: "has no effect unless exposure.tls.mode is provided",
        SecretName.REGISTRY_PASSWORD: "has no effect without registryCredentials",
        SecretName.PROXY_PASSWORD: "has no effect without proxy.username",
    }
    accepted = problems({}, {name: WELL_FORMED[name]})

    assert set(accepted) == ({str(name)} if name in fits else set())
    assert fits.get(name, "") in accepted.get(name, "")
    assert problems({}, {name: BAD[name]})[name].startswith(f"must be {FORMS[name].hint}")


@pytest.mark.parametrize("name", SecretName)
def test_a_secret_that_its_readers_cannot_be_given_is_refused(name: SecretName) -> None:
    # Of any length and in any encoding, text like this passed the form and ended in a container that never starts.
    long = "s" * (2**20 + 1)
    assert "bytes, too many for its readers" in problems({}, {name: long})[name]
    assert "half of a surrogate pair" in problems({}, {name: f"{WELL_FORMED[name]}\udfff"})[name]


@pytest.mark.parametrize(
    ("name", "bytes_"),
    [
        # MAX_ARG_STRLEN of Linux, less the longest name, FORAIL_BROADCAST_WEBSOCKET_SECRET, and what is around it.
        (SecretName.ADMIN_PASSWORD, 131072 - 64),
        (SecretName.REDIS_PASSWORD, 131072 - 64),
        # Its Secret holds it twice as JSON, once of it in base64 in base64's third more: 1 MiB is enough for a quarter.
        (SecretName.REGISTRY_PASSWORD, 2**18),
    ],
)
def test_the_longest_secret_is_one_that_pods_can_be_given(name: SecretName, bytes_: int) -> None:
    assert "too many" not in str(problems({}, {name: "s" * bytes_}))
    assert "too many" in str(problems({}, {name: "s" * (bytes_ + 1)}))


@pytest.mark.parametrize("name", SecretName)
def test_a_secret_in_clear_is_refused_with_the_command_that_encrypts_it(name: SecretName) -> None:
    found = problems({name: WELL_FORMED[name]})

    assert f"pulumi config set --secret {name}" in found[name]
    assert "from its history" in found[name]
    assert WELL_FORMED[name] not in found[name]


@pytest.mark.parametrize(("path", "name"), ELSEWHERE.items())
def test_a_secret_where_habit_puts_it_is_refused(path: str, name: SecretName) -> None:
    found = problems(nested({path: "hunter2"}))

    assert f"pulumi config set --secret {name}" in found[path]


def test_a_misspelt_secret_is_named_and_treated_as_one() -> None:
    assert "did you mean redisPassword?" in problems({}, {"redis_password": "r" * 16})["redis_password"]
    assert "history" not in problems({}, {"redis_password": "r" * 16})["redis_password"]
    assert "history" in problems({"adminPassword": "x"})["adminPassword"]
    assert "which takes forailAdminPassword" in problems({}, {"quux": "x"})["quux"]


@pytest.mark.parametrize("path", ["postgres.postgresPassword", "secrets.tlsPrivateKey", "exposure.tls.tlsPrivateKey"])
def test_a_secrets_own_name_in_a_section_is_a_secret_in_clear(path: str) -> None:
    assert f"config set --secret {path.rpartition('.')[2]}" in problems(nested({path: "hunter2"}))[path]


@pytest.mark.parametrize(
    ("path", "value"),
    [("secrets.registryPassword", {"secretName": "a", "key": "b"}), ("rotation.tlsPrivateKey", 2)],
)
def test_one_secret_is_not_taken_for_another(path: str, value: object) -> None:
    assert "which takes forailAdminPassword" in problems(nested({path: value}))[path]


def test_a_flat_encrypted_key_is_led_to_its_place() -> None:
    assert "did you mean tlsPrivateKey?" in problems({}, {"exposure.tls.key": "x"})['["exposure.tls.key"]']


def test_a_registry_password_may_be_a_key_file() -> None:
    file = {"registryCredentials": {"server": "europe-docker.pkg.dev", "username": "_json_key"}}

    assert problems(file, {"registryPassword": '{\n  "type": "service_account"\n}\n'}) == {}


def test_an_encrypted_value_inside_a_section_is_refused() -> None:
    found = problems({}, {"postgres": '{"password": "x"}'})

    assert set(found) == {"postgres"}
    assert "give each secret under a key of its own" in found["postgres"]
    assert set(problems({}, {"registryCredentials": "{}", "registryPassword": "p"})) == {"registryCredentials"}


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_line_end_of_a_piped_file_is_dropped(end: str) -> None:
    given = parsed({}, {"redisPassword": "r" * 16 + end}).secrets

    assert given == {SecretName.REDIS_PASSWORD: "r" * 16}


def test_only_one_line_end_is_dropped() -> None:
    assert "one line" in problems({}, {"postgresPassword": "p\n\n"})["postgresPassword"]


def test_a_key_file_keeps_its_line_end(self_signed: tuple[str, str]) -> None:
    file = nested({"exposure.tls.mode": "provided", "exposure.tls.certificate": self_signed[0]})

    assert parsed(file, {"tlsPrivateKey": self_signed[1]}).secrets[SecretName.TLS_PRIVATE_KEY] == self_signed[1]


@pytest.mark.parametrize("form", ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"])
def test_unencrypted_private_keys_are_well_formed(form: str) -> None:
    parameters = "-----BEGIN EC PARAMETERS-----\nAA==\n-----END EC PARAMETERS-----\n" if form.startswith("EC") else ""
    key = f"{parameters}-----BEGIN {form}-----\nAAAA\n-----END {form}-----\n"

    assert "has no effect unless" in problems({}, {"tlsPrivateKey": key})["tlsPrivateKey"]


def test_parsed_settings_do_not_print_their_secrets() -> None:
    assert "hunter" not in repr(parsed({}, {"postgresPassword": "hunter2"}))


def test_a_secret_of_another_project_is_none_of_ours() -> None:
    config = cli_config({}) | {"aws:secretKey": "x", "pulumi:disable-default-providers": '["*"]'}

    assert parse(config, {"aws:secretKey"}, PROJECT).secrets == {}


def test_the_message_never_holds_a_secret() -> None:
    with pytest.raises(SettingsError) as error:
        parsed({}, {name: value for name, value in BAD.items() if value})

    assert "marker" not in str(error.value)
    assert {problem.path[0] for problem in error.value.problems} == {name for name, value in BAD.items() if value}
