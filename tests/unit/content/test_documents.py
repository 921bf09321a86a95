"""Files of content: read as Kubernetes reads them, refused by name and line where two readings are possible."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from components import ContentError
from components.content.declared import catalog
from components.content.read.documents import from_config, read_file, read_files
from components.settings.stack import StackFile
from tests.unit.content.builders import inventory, schedule, template
from tests.unit.content.manifests import problems

TEAM = "apiVersion: forail.forail-platform.io/v1alpha1\nkind: Team\n"


LETTERS = "abcdefghij"
# Each list, and each mapping, holds the one before ten times.
BOMB = "a: &a [x]\n" + "".join(
    f"{own}: &{own} [{','.join([f'*{before}'] * 10)}]\n" for before, own in pairwise(LETTERS)
)
MERGED = "a: &a {k: 1}\n" + "".join(
    f"{own}: &{own} {{<<: [{','.join([f'*{before}'] * 10)}], {own}: 1}}\n" for before, own in pairwise(LETTERS)
)


def read(folder: Path, text: str | bytes) -> list[tuple[str, object]]:
    file = folder / "content.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [(document.source, document.data) for document in read_file(file, "content/teams.yaml")]


def refused(folder: Path, text: str | bytes) -> str:
    with pytest.raises(ContentError) as caught:
        read(folder, text)
    (problem,) = caught.value.problems
    return problem.text


def test_documents_are_numbered_as_they_stand(tmp_path: Path) -> None:
    assert read(tmp_path, "---\na: 1\n---\n# nothing\n---\nb: 2\n") == [
        ("content/teams.yaml#1", {"a": 1}),
        ("content/teams.yaml#3", {"b": 2}),
    ]


def test_dates_stay_text(tmp_path: Path) -> None:
    assert read(tmp_path, "a: 2030-01-01\nb: 2030-13-45\n") == [
        ("content/teams.yaml#1", {"a": "2030-01-01", "b": "2030-13-45"})
    ]


def test_aliases_are_understood(tmp_path: Path) -> None:
    assert read(tmp_path, "a: &x {b: 1}\nc: {<<: *x, d: 2}\n")[0][1] == {"a": {"b": 1}, "c": {"b": 1, "d": 2}}


def test_merged_keys_may_be_given_again(tmp_path: Path) -> None:
    text = "a:\n  deep: &x {<<: &y {b: 0}, b: 1}\nc: {<<: *x, b: 2}\n"

    assert read(tmp_path, text)[0][1] == {"a": {"deep": {"b": 1}}, "c": {"b": 2}}


def test_json(tmp_path: Path) -> None:
    """As generators write it: tabs, and characters in two halves."""
    assert read(tmp_path, '{\n\t"a": "\\ud83d\\udd25",\n\t"b": 1e3\n}\n') == [
        ("content/teams.yaml#1", {"a": "\U0001f525", "b": 1000.0})
    ]
    assert read(tmp_path, 'a: "\\ud83d\\udd25"\n') == [("content/teams.yaml#1", {"a": "\U0001f525"})]
    assert "line 1, column 10: a key is given twice" in refused(tmp_path, '{"a": 1, "a": 2}')
    assert "does not fit its type" in refused(tmp_path, '{"a": "\\ud83d"}')


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a:\n\tb: 1\n", "line 2, column 1: a tab is where YAML takes only spaces"),
        ("a: 1\nb: 2\na: 3\n", "line 3, column 1: a key is given twice"),
        ("a:\n  b: 1\n  c: {d: 1, d: 2}\n", "line 3, column 13: a key is given twice"),
        ("a: [1\n", "line 2, column 1: "),
        ("a: !!int secret-word\n", "line 1, column 4: a value does not fit its type"),
        ("a: !!bool secret-word\n", "line 1, column 4: a value does not fit its type"),
        ("a: !!timestamp secret-word\n", "line 1, column 4: "),
        ("a: !secret-word b\n", "line 1, column 4: could not determine a constructor for the tag …"),
        ("a: *secret-word\n", "line 1, column 4: found undefined alias …"),
        ("? [a]\n: b\n", "line 1, column 3: "),
        (f"a: {'9' * 5000}\n", "line 1, column 4: a value does not fit its type"),
        ("a: \x00\n", "characters that YAML does not allow"),
        (b"a: \xff\xfe\n", "not UTF-8 text"),
        ("[" * 1_000_000, "line 1, column 201: it is nested too deeply, over 200 levels"),
        ('{"a":' + "[" * 250 + "]" * 250 + "}", "line 1, column 205: it is nested too deeply"),
        ("- " * 400 + "a\n", "nested too deeply"),
        ('a: "secret-word\\UFFFFFFFF"\n', "line 1, column 18: an escape or a number is out of range"),
        ('a: "\\U00110000"\n', "line 1, column 7: an escape or a number is out of range"),
        ('a: "\\ud800"\n', "line 1, column 4: a value does not fit its type"),
        (f"%YAML {'9' * 5000}.1\n---\na: 1\n", "line 1, column 7: an escape or a number is out of range"),
        (f"a: 1{':59' * 3500}\n", "line 1, column 4: a value does not fit its type"),
        (f"a: 1{':59' * 400}.5\n", "an escape or a number is out of range"),
        ("a: &a [*a]\n", "line 1, column 4: a value holds itself"),
        ("a: &a {b: [*a]}\n", "line 1, column 4: a value holds itself"),
        ("a: &a {<<: *a}\n", "line 1, column 4: a value holds itself"),
        (BOMB, "line 8, column 4: with aliases written out it has over 4000000 characters"),
        (MERGED, "line 7, column 12: with aliases written out it has over 4000000 characters"),
        (f"a: &a {'x' * 50_000}\nb: [{'*a,' * 100}]\n", "line 2, column 4: with aliases written out"),
        (b"\xff\xfea\x00:\x00", "not UTF-8 text"),
    ],
)
def test_what_is_no_yaml_is_refused_by_line(tmp_path: Path, text: str | bytes, words: str) -> None:
    found = refused(tmp_path, text)

    assert found.startswith("content/teams.yaml: ")
    assert words in found
    assert "secret-word" not in found


def test_aliases_that_stay_small_are_read(tmp_path: Path) -> None:
    text = f"a: &a {'x' * 1000}\nb: [{'*a,' * 1000}]\n"

    assert read(tmp_path, text) == [("content/teams.yaml#1", {"a": "x" * 1000, "b": ["x" * 1000] * 1000})]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BOMB, "line 8, column 4: with aliases written out it has over 4000000 characters"),
        (MERGED, "with aliases written out"),
        ("a: &a [*a]", "a value holds itself"),
        ('a: "\\UFFFFFFFF"', "an escape or a number is out of range"),
        (f'{{"a": {"9" * 5000}}}', "a value does not fit its type"),
        ('{"a": ' + "[" * 300 + "]" * 300 + "}", "nested too deeply"),
        ('{"a": ' + "[" * 100_000, "nested too deeply"),
    ],
    ids=["aliases", "merges", "itself", "no character", "a long number", "deep", "too deep for JSON"],
)
def test_what_variables_may_not_be(text: str, words: str) -> None:
    """Forail writes them out as JSON, and so does every comparison here."""
    places = {
        "spec.extraVars": template(extraVars=text, askVariablesOnLaunch=True),
        "spec.extraData": schedule(extraData=text),
        "spec.variables": inventory(variables=text),
        "spec.hosts[0].variables": inventory(hosts=[{"name": "a", "variables": text}]),
    }
    for path, manifest in places.items():
        found = problems([manifest])

        assert len(found) == 1
        assert found[0].startswith(f"test.yaml#1: {path}: must be variables as YAML or JSON text")
        assert words in found[0]


@pytest.mark.parametrize("text", ['""', "null", "---\n", '{"a": NaN}', "a: .nan", '{"a": "\\ud800"}', 'a: "\\0"'])
def test_what_forail_takes_for_variables(text: str) -> None:
    assert problems([template(extraVars=text)]) == []


def test_files_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ContentError) as caught:
        read_files([(tmp_path / "a.yaml", "a.yaml"), (tmp_path / "folder", "folder")])

    with pytest.raises(ContentError, match="cannot be the path of a file"):
        read_file(tmp_path / "a\0.yaml", "a.yaml")
    assert [problem.text for problem in caught.value.problems] == [
        "a.yaml: does not exist: correct its path, or remove it",
        "folder: cannot be read: Is a directory",
    ]


def test_a_file_that_two_patterns_match_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(TEAM + "metadata: {name: t}\nspec: {organization: Default}\n", "utf-8")
    stack = StackFile.model_validate({"content": {"files": ["team.yaml", "./*.yaml"]}})

    assert len(catalog(stack, tmp_path, {}).resources) == 1


def test_manifests_of_the_stack_file_are_named_by_their_place() -> None:
    assert [document.source for document in from_config([{}, {}], "forail:content.manifests")] == [
        "forail:content.manifests[0]",
        "forail:content.manifests[1]",
    ]


def test_a_documents_data_are_not_printed() -> None:
    (document,) = from_config([{"kind": "Secret", "data": "marker"}], "content")

    assert "marker" not in repr(document)
