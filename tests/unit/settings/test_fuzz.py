"""Whatever the stack file holds: it loads, or every problem is said in known words and without a value."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.schema.shape import keys, leaves
from components.settings.django_settings import DJANGO_SETTINGS
from components.settings.load import ParsedStackFile, parse
from components.settings.problems import SettingsError
from components.settings.secrets import FORMS, SecretName
from components.settings.stack import StackFile
from tests.unit.settings.stackfile import PROJECT, cli_config, nested

MARKER = "zq7marker7qz"
LEAVES = [".".join(map(str, path)) for path, _, _ in leaves(StackFile)]
KEYS = sorted({part for path in LEAVES for part in path.split(".")})
# Every way a problem may begin; a fallback or one of pydantic's own sentences would not match.
KNOWN = re.compile(
    r"(must be |must have |has |have |makes? |asks |cannot be held|are missing|"
    r"fill |holds |needs |names? |belongs to |covers |does not belong |"
    r"cannot be read |configures a "
    r"provider |only rotates |is (not (a key|a secret|a variable name|a setting|offered|read|valid before)\b|missing|"
    r"empty|"
    r"a secret given in clear|derived|called |exposure\.|forail\.|postgres\.|an image that nothing runs|above |"
    r"the same |set without |'latest'|given beside|also given|a name that Postgres|PEM that|external and|one claim|"
    r"\w+, and |one flat key|one level|set by the program|refused by|the Helm chart's))"
)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.sampled_from([MARKER, f"{MARKER}.lan", f"https://{MARKER}", f"{MARKER} {MARKER}", f"-----BEGIN {MARKER}", ""]),
    st.text(max_size=8).map(lambda text: MARKER + text),
    # What JSON can carry and nothing after it: NUL, halves of surrogate pairs, numbers beyond every type.
    st.sampled_from([f"{MARKER}\0", f"\ud800{MARKER}", "\udfff", 10**400, -(2**63) - 1, 2**64]),
)
odd_keys = st.one_of(st.sampled_from(KEYS), st.text(max_size=12), st.sampled_from(["\0", "\udfff"]))
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd_keys, inner, max_size=4), max_leaves=12
)
sections = st.dictionaries(st.sampled_from(list(keys(StackFile))) | st.text(max_size=12), anything, max_size=6)
# A valid file, of which some values are replaced: most of it passes, so that the later rules are reached.
VALID: dict[str, object] = {
    "exposure.via": "gateway",
    "exposure.gateway.className": "public",
    "exposure.trustedProxies": ["10.0.0.0/8"],
    "exposure.host": "forail.example.com",
    "exposure.mode": "loadBalancer",
    "exposure.tls.mode": "existing",
    "postgres.storage.size": "20Gi",
    "projects.storage.storageClass": "shared",
    "web.replicas": 3,
    "task.execution": "control",
    "images.backend.tag": "2026.07.1",
    "forail.tenancy.isolation": "strict",
    "backups.copies.type": "webdav",
    "backups.copies.path": "forail",
    "forail.settings.SESSION_COOKIE_AGE": 3600,
    "forail.auth.oidc.endpoint": "https://sso.example.com",
    "forail.auth.oidc.clientId": "forail",
    "forail.auth.oidc.clientSecret.secretName": "sso",
    "forail.auth.oidc.clientSecret.key": "secret",
}
WORDS = ["external", "provided", "disabled", "ReadWriteOnce", "nodePort", "1Gi", "existing", "latest"]
EMPTY: list[object] = [[], {}]
sensible: st.SearchStrategy[object] = st.one_of(
    scalars, st.sampled_from(WORDS), st.sampled_from(EMPTY), st.integers(0, 60)
)
mutations = st.dictionaries(st.sampled_from(LEAVES), sensible, min_size=1, max_size=4)
secret_values = st.dictionaries(st.sampled_from([name.value for name in SecretName]), st.text(max_size=80), max_size=5)


def read(config: dict[str, str], secret_keys: set[str]) -> ParsedStackFile | SettingsError:
    try:
        return parse(config, secret_keys, PROJECT, "dev")
    except SettingsError as error:
        refused = error
    assert [problem for problem in refused.problems if not KNOWN.match(problem.message)] == []
    assert MARKER not in str(refused)
    # The engine takes nothing but UTF-8.
    assert str(refused).encode()
    assert all(line.isprintable() for line in str(refused).split("\n"))
    return refused


def merged(values: dict[str, object]) -> dict[str, Any]:
    """Nested, where a path below another's value gives way to it."""
    kept = {path: value for path, value in values.items() if not any(path.startswith(f"{other}.") for other in values)}
    return nested(kept)


@given(sections)
def test_arbitrary_sections_load_or_are_refused(file: dict[str, object]) -> None:
    read(cli_config(file), set())


@given(st.dictionaries(st.sampled_from(sorted(DJANGO_SETTINGS)) | st.text(max_size=12), anything, max_size=4))
def test_settings_of_the_backend_load_or_are_refused(settings: dict[str, Any]) -> None:
    found = read(cli_config({"forail": {"settings": settings}}), set())
    if isinstance(found, ParsedStackFile):
        # What reaches the pods.
        assert json.loads(json.dumps(found.stack.forail.declared("https://a"))).keys() <= settings.keys()


# Texts that are not JSON, or JSON that only just is.
RAW = {
    "no end": "[" * 100_000,
    "deep list": "[" * 900 + "]" * 900,
    "deep mapping": '{"a":' * 5_000 + "1" + "}" * 5_000,
    "deep enough": '{"a":' * 900 + "1" + "}" * 900,
    "more digits than Python reads": "9" * 5_000,
    "many digits": "9" * 4_000,
    "beyond floats": "1e999",
    "no number": "NaN",
    "endless": "-Infinity",
    "half a pair": '"\\ud800"',
    "NUL": '"\\u0000"',
    "mapping of half pairs": '{"\\ud800": "\\udfff"}',
    "twice": '{"a": 1, "a": 2}',
    "mode": '{"mode": [1]}',
    "mode without end": '{"mode": NaN}',
    "mark": "\ufeff{}",
}


@pytest.mark.parametrize("text", RAW.values(), ids=list(RAW))
def test_odd_texts_load_or_are_refused_under_every_key(text: str) -> None:
    for key in (*keys(StackFile), *SecretName, "contentSecrets", "\ud800"):
        read({f"{PROJECT}:{key}": text}, set())
        read({f"{PROJECT}:{key}": text}, {f"{PROJECT}:{key}"})


@pytest.mark.parametrize("name", ["SOCIAL_AUTH_SAML_SP_EXTRA", "SOCIAL_AUTH_SAML_EXTRA_DATA", "SOCIAL_AUTH_TEAM_MAP"])
def test_settings_nested_deeper_than_anyone_reads_are_refused(name: str) -> None:
    for text in ("[" * 900 + "]" * 900, '{"a":' * 900 + "1" + "}" * 900):
        found = read({f"{PROJECT}:forail": f'{{"settings": {{"{name}": {text}}}}}'}, set())
        assert isinstance(found, SettingsError)


@given(mutations)
def test_a_damaged_file_loads_or_is_refused(damage: dict[str, object]) -> None:
    read(cli_config(merged({**VALID, **damage})), set())


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=40).map(lambda text: MARKER + text), max_size=5))
def test_arbitrary_text_under_arbitrary_keys_is_ignored_or_refused(config: dict[str, str]) -> None:
    read(config, set())
    read({f"{PROJECT}:{key}": value for key, value in config.items()}, set())
    read({f"{PROJECT}:{key}": value for key, value in config.items()}, {f"{PROJECT}:{key}" for key in config})


@given(secret_values, st.booleans())
def test_secret_values_are_used_as_they_are_or_refused(values: dict[str, str], encrypted: bool) -> None:
    marked = {name: MARKER + value for name, value in values.items()}
    config = cli_config(marked)
    result = read(config, set(config) if encrypted else set())

    if isinstance(result, ParsedStackFile):
        assert encrypted or not values
        assert result.secrets == {SecretName(name): value.removesuffix("\n") for name, value in marked.items()}


@given(st.data())
def test_well_formed_secrets_are_accepted(data: st.DataObject) -> None:
    elsewhere = (SecretName.TLS_PRIVATE_KEY, SecretName.REGISTRY_PASSWORD, SecretName.PROXY_PASSWORD)
    usable = [name for name in FORMS if name not in elsewhere]
    name = data.draw(st.sampled_from(usable))
    value = data.draw(st.from_regex(FORMS[name].pattern, fullmatch=True))
    config = cli_config({name: value})

    assert isinstance(read(config, set(config)), ParsedStackFile)


def test_the_marker_is_found_where_it_is_printed() -> None:
    """The fuzz tests can fail: a key that carries the marker is printed as a part of its path."""
    with pytest.raises(SettingsError, match=MARKER):
        parse(cli_config({MARKER: 1}), set(), PROJECT)
