"""Whatever the content is: a catalog or a ContentError, and never a secret in its text."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeVar, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from components import Catalog, ContentError
from components.api.kinds import API_VERSION, Kind
from components.content.apply.manifest import spec_of
from components.content.read.documents import Document, read_file
from tests.unit.content.fields import FIELDS
from tests.unit.content.manifests import KNOWN, complete, parts

MANY = settings(derandomize=True, deadline=None, max_examples=120)
MARKER = "zq7marker7qz"
KEYS = sorted({str(part) for fields in FIELDS.values() for path in fields for part in parts(path)})
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.dates(),
    st.binary(max_size=4),
    st.text(max_size=8),
    st.sampled_from(["", "Default", "a: [", "DTSTART:20300101T020000Z RRULE:FREQ=DAILY;INTERVAL=1", "https://u:p@h/"]),
)
keys = st.one_of(st.sampled_from(KEYS), st.text(max_size=6), st.integers(), st.none(), st.booleans())
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)
envelopes = st.fixed_dictionaries(
    {"apiVersion": st.just(API_VERSION) | anything, "kind": st.sampled_from(list(Kind)) | anything},
    optional={"metadata": anything, "spec": anything, "status": anything},
)


def outcome(documents: list[object]) -> str:
    """The text of the refusal; empty when there is none."""
    catalog = loaded(lambda: Catalog.load([Document("f.yaml", one) for one in documents], "content", KNOWN))
    for resource in catalog.resources if isinstance(catalog, Catalog) else ():
        spec_of(resource)
    return "" if isinstance(catalog, Catalog) else catalog


Result = TypeVar("Result")


def loaded(load: Callable[[], Result]) -> Result | str:
    """What `load` gives, or the text of its refusal."""
    try:
        return load()
    except ContentError as error:
        return str(error)


@MANY
@given(st.lists(anything | envelopes, max_size=3))
def test_anything_is_read_or_refused(documents: list[object]) -> None:
    outcome(documents)


places = [(kind, path) for kind, fields in FIELDS.items() for path in fields if path != "forailInstance"]


@MANY
@given(st.lists(st.tuples(st.sampled_from(places), anything), min_size=1, max_size=3))
def test_damaged_content_is_read_or_refused(damage: list[tuple[tuple[Kind, str], object]]) -> None:
    bodies: list[Any] = complete()
    for (kind, path), value in damage:
        holder: Any = next(body for body in bodies if body["kind"] == kind)
        *way, last = ["spec", *parts(path)]
        for part in way:
            holder = holder[part] if _has(holder, part) else None
        if _has(holder, last):
            holder[last] = value
    outcome(bodies)


def _has(holder: Any, part: str | int) -> bool:
    is_place = isinstance(holder, list) and isinstance(part, int) and part < len(cast("list[object]", holder))
    return is_place or (isinstance(holder, dict) and part in holder)


VARIABLES: list[tuple[Kind, list[Any]]] = [
    (Kind.JOB_TEMPLATE, ["spec", "extraVars"]),
    (Kind.SCHEDULE, ["spec", "extraData"]),
    (Kind.WORKFLOW, ["spec", "nodes", 0, "extraData"]),
    (Kind.INVENTORY, ["spec", "variables"]),
]
# Characters and words that mean something to the parser, so that it gets far.
WORDS = [
    "\\U",
    "\\x",
    "\\ud8",
    "\\0",
    "FFFFFFFF",
    "&a ",
    "*a",
    "<<: ",
    "!!int ",
    "!!float ",
    "!!binary ",
    "%YAML ",
    "---\n",
]
yaml_like = st.lists(st.sampled_from([*"ab:-[]{}&*!|>#'\"\n ,?%@`<0.", *WORDS]), max_size=40).map("".join)


def _encoded(text: str) -> bytes:
    return text.encode("utf-16", "surrogatepass")


@MANY
@given(yaml_like | st.text(max_size=30), st.sampled_from(VARIABLES))
def test_any_text_is_variables_or_refused(text: str, place: tuple[Kind, list[Any]]) -> None:
    kind, way = place
    bodies: list[Any] = complete()
    holder: Any = next(body for body in bodies if body["kind"] == kind)
    for part in way[:-1]:
        holder = holder[part]
    holder[way[-1]] = text

    outcome(bodies)


@MANY
@given(yaml_like.map(str.encode) | st.text(max_size=30).map(_encoded) | st.binary(max_size=30))
def test_any_file_is_read_or_refused(content: bytes) -> None:
    with NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        documents = loaded(lambda: read_file(Path(file.name), "content.yaml"))
    if isinstance(documents, str):
        assert "  content.yaml: " in documents
    else:
        outcome([document.data for document in documents])


secrets = st.sampled_from([MARKER, f"{MARKER}\n", f"-----BEGIN PRIVATE KEY-----{MARKER}", f"a {MARKER}: ["])
odd = st.one_of(secrets, secrets.map(lambda text: [text]), secrets.map(lambda text: {"value": text}))
SECRET_PLACES = [
    (Kind.CREDENTIAL, ["spec", "inputs", "password"]),
    (Kind.CREDENTIAL, ["spec", "inputs", "ssh_key_data"]),
    (Kind.CREDENTIAL, ["spec", "inputs", "anything"]),
    (Kind.CREDENTIAL, ["spec", "inputsFrom", 0, "value"]),
    (Kind.CREDENTIAL, ["spec", "inputsFrom", 0, "valueFrom"]),
    (Kind.CREDENTIAL, ["spec", "inputsFrom", 0, "valueFrom", "value"]),
    (Kind.CREDENTIAL, ["spec", "inputsFrom", 0, "valueFrom", "key"]),
    (Kind.CREDENTIAL, ["spec", "inputsFrom"]),
    (Kind.CREDENTIAL, ["spec", "inputs"]),
    (Kind.CREDENTIAL, ["spec", "password"]),
    (Kind.CREDENTIAL, ["data"]),
    (Kind.FORAIL_INSTANCE, ["spec", "token"]),
    (Kind.FORAIL_INSTANCE, ["spec", "tokenSecretRef"]),
    (Kind.FORAIL_INSTANCE, ["spec", "tokenSecretRef", "secretConfig"]),
    (Kind.FORAIL_INSTANCE, ["spec", "url"]),
    (Kind.PROJECT, ["spec", "scmUrl"]),
    (Kind.JOB_TEMPLATE, ["spec", "extraVars"]),
    (Kind.WORKFLOW, ["spec", "nodes", 0, "extraData"]),
    (Kind.INVENTORY, ["spec", "hosts", 0, "variables"]),
]


@MANY
@given(st.sampled_from(SECRET_PLACES), odd | st.just(f"https://user:{MARKER}@host.example.com/x"))
def test_no_secret_is_repeated(place: tuple[Kind, list[Any]], value: object) -> None:
    kind, way = place
    bodies: list[Any] = copy.deepcopy(complete())
    holder: Any = next(body for body in bodies if body["kind"] == kind)
    for part in way[:-1]:
        holder = holder[part]
    holder[way[-1]] = value

    assert MARKER not in outcome(bodies)


@MANY
@given(odd)
def test_a_secret_manifest_is_refused_without_its_values(value: object) -> None:
    found = outcome([{"apiVersion": "v1", "kind": "Secret", "stringData": {"token": value}, "data": value}])

    assert "secretConfig" in found
    assert MARKER not in found


def test_the_marker_is_found_where_it_is_printed() -> None:
    """The tests above can fail: names are repeated."""
    bodies: list[Any] = complete()
    bodies[2]["spec"]["organization"] = MARKER

    assert MARKER in outcome(bodies)
