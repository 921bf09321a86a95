"""YAML read as Kubernetes reads it, and stricter: only plain data, no key twice, dates stay text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, cast

import yaml
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode

from .yaml_bounds import MOST_LEVELS, measure, shallow

# Python writes no number of more than 4,300 digits, and these have 3,010.
MOST_BITS = 10_000
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_MERGE = "tag:yaml.org,2002:merge"


class YamlTextError(ValueError):
    """Text that is not YAML. The message names the place, and nothing of the text but keys."""


class _Loader(yaml.SafeLoader):
    """Refuses what two readers could understand differently, and what only aliases make large."""

    def compose_document(self) -> Node | None:
        node = super().compose_document()
        if node is not None:
            measure(node)
        return node

    def fetch_flow_collection_start(self, TokenClass: type[yaml.Token]) -> None:  # noqa: N803 as the parser calls it
        # The parser looks ahead over a thousand brackets for each one.
        parser = cast("Any", super())
        if self.flow_level >= MOST_LEVELS:
            problem = f"it is nested too deeply, over {MOST_LEVELS} levels"
            raise ConstructorError(None, None, problem, parser.get_mark())
        parser.fetch_flow_collection_start(TokenClass)

    def construct_object(self, node: Node, deep: bool = False) -> object:
        try:
            value = cast("object", super().construct_object(node, deep))  # pyright: ignore[reportUnknownMemberType]
            if isinstance(value, int) and value.bit_length() > MOST_BITS:
                raise ValueError("no decimal number of that length can be written")
            return _whole(value) if isinstance(value, str) else value
        except (ValueError, LookupError, AttributeError, TypeError):
            raise ConstructorError(None, None, "a value does not fit its type", node.start_mark) from None

    def compose_mapping_node(self, anchor: dict[Any, Node]) -> MappingNode:
        node = super().compose_mapping_node(anchor)
        # Before merge keys are resolved: they add keys that the mapping itself may give again.
        seen: set[str] = set()
        for key, _ in cast("list[tuple[Node, Node]]", node.value):
            if not isinstance(key, ScalarNode) or key.tag == _MERGE:
                continue
            if key.value in seen:
                raise ConstructorError(None, None, "a key is given twice", key.start_mark)
            seen.add(key.value)
        return node


def _implicit(resolvers: list[tuple[str, re.Pattern[str]]]) -> list[tuple[str, re.Pattern[str]]]:
    return [resolver for resolver in resolvers if resolver[0] != _TIMESTAMP]


# The API takes text where YAML would make a date.
_Loader.yaml_implicit_resolvers = {
    character: _implicit(resolvers) for character, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.yaml_constructors = {
    tag: constructor for tag, constructor in yaml.SafeLoader.yaml_constructors.items() if tag != _TIMESTAMP
}


class _VariablesLoader(_Loader):
    """Refuses dates without quotes: Forail reads them as dates, and then refuses them for not being JSON."""


_VariablesLoader.yaml_implicit_resolvers = yaml.SafeLoader.yaml_implicit_resolvers


def _date(_: yaml.SafeLoader, node: Node) -> object:
    raise ConstructorError(None, None, "a date has no quotes, which Forail refuses: quote it", node.start_mark)


_VariablesLoader.add_constructor(_TIMESTAMP, _date)


def documents(text: str) -> list[object]:
    """Every document in `text`, empty ones as None. JSON is read as such: it may be indented with tabs.

    Raises:
        YamlTextError: with line and column.
    """
    with suppress(ValueError, RecursionError):
        found: object = json.loads(text, object_pairs_hook=_once)
        # Half a character, which JSON can spell, is left to the other reader to refuse.
        json.dumps(found, ensure_ascii=False).encode()
        if shallow(found):
            return [found]
    return _yaml(text, _Loader)


def _yaml(text: str, loader: type[yaml.SafeLoader]) -> list[object]:
    try:
        return list(_read(text, loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlTextError(f"{_place(mark)}{_words(error.problem or error.context or 'unknown')}") from None
    except yaml.YAMLError:
        raise YamlTextError("it holds characters that YAML does not allow") from None
    except RecursionError:
        raise YamlTextError("it is nested too deeply") from None


def _read(text: str, loader: type[yaml.SafeLoader]) -> Iterator[object]:
    reader: Any = loader(text)
    try:
        while reader.check_data():
            yield cast("object", reader.get_data())
    except yaml.YAMLError:
        raise
    except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError, AssertionError):
        # The parser trips over escapes and numbers that no character and no version has.
        place = _place(reader.get_mark())
        raise YamlTextError(f"{place}an escape or a number is out of range: correct it") from None
    finally:
        reader.dispose()


def _place(mark: yaml.Mark | None) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is given twice")
    return found


def _whole(text: str) -> str:
    """`text` with characters that are written as two halves, as JSON writes emoji, put together."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16")


def _words(problem: str) -> str:
    """The parser's words without what it quotes from the text."""
    if "'\\t'" in problem:
        return "a tab is where YAML takes only spaces: replace it"
    return re.sub(r"'[^']*'|\"[^\"]*\"", "…", problem)


@lru_cache(maxsize=4096)
def variables(text: str) -> Mapping[str, object]:
    """Ansible variables given as text, in JSON or YAML; empty text means that there are none.

    Raises:
        ValueError: the text is neither, or not a mapping. Its message does not repeat the text.
    """
    # As Forail reads it: JSON first, and a pair of quotes for nothing.
    if text == '""':
        return {}
    try:
        found: object = json.loads(text)
        readable = shallow(found)
    except (ValueError, RecursionError):
        found, readable = None, False
    if not readable:
        read = _yaml(text, _VariablesLoader)
        if len(read) > 1:
            raise YamlTextError("it holds several documents")
        found = read[0] if read else None
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in cast("dict[object, object]", found)):
        raise YamlTextError("it is not a mapping from names to values")
    try:
        json.dumps(found)
    except (TypeError, ValueError, RecursionError):
        raise YamlTextError("it holds a value that JSON cannot express, and Forail refuses those") from None
    return cast("dict[str, object]", found)
