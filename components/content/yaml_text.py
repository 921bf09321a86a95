"""YAML read as Kubernetes reads it, and stricter: plain data alone, no key twice, dates stay text."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any, cast

import yaml
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode

_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_MERGE = "tag:yaml.org,2002:merge"


class YamlTextError(ValueError):
    """Text that is no YAML. The message names the place, and nothing of the text but keys."""


class _Loader(yaml.SafeLoader):
    """Refuses what two readers could understand differently."""

    def construct_object(self, node: Node, deep: bool = False) -> object:
        try:
            return cast("object", super().construct_object(node, deep))  # pyright: ignore[reportUnknownMemberType]
        except (ValueError, LookupError, AttributeError, TypeError):
            raise ConstructorError(None, None, "a value does not fit its type", node.start_mark) from None

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in cast("list[tuple[Node, Node]]", node.value):
            if not isinstance(key, ScalarNode) or key.tag == _MERGE:
                continue
            if key.value in seen:
                raise ConstructorError(None, None, "a key is given twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _implicit(resolvers: list[tuple[str, re.Pattern[str]]]) -> list[tuple[str, re.Pattern[str]]]:
    return [resolver for resolver in resolvers if resolver[0] != _TIMESTAMP]


# The API takes text where YAML would make a date.
_Loader.yaml_implicit_resolvers = {
    character: _implicit(resolvers) for character, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.yaml_constructors = {
    tag: constructor for tag, constructor in yaml.SafeLoader.yaml_constructors.items() if tag != _TIMESTAMP
}


def documents(text: str) -> list[object]:
    """Every document in `text`, empty ones as None.

    Raises:
        YamlTextError: with line and column.
    """
    try:
        return list(yaml.load_all(text, _Loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise YamlTextError(f"{place}{_words(error.problem or error.context or 'unknown')}") from None
    except yaml.YAMLError:
        raise YamlTextError("it holds characters that YAML does not allow") from None
    except RecursionError:
        raise YamlTextError("it is nested too deeply") from None


def _words(problem: str) -> str:
    """The parser's words without what it quotes from the text."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", "…", problem)


@lru_cache(maxsize=4096)
def variables(text: str) -> Mapping[str, object]:
    """Ansible variables given as text, in JSON or YAML; empty text is no variables.

    Raises:
        ValueError: the text is neither, or no mapping. Its message does not repeat the text.
    """
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        read = documents(text)
        if len(read) > 1:
            raise YamlTextError("it holds several documents") from None
        found = read[0] if read else None
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in cast("dict[object, object]", found)):
        raise YamlTextError("it is no mapping from names to values")
    return cast("dict[str, object]", found)
