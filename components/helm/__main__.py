"""`python -m components.helm`: a stack file from the values of the vendor's Helm chart, with a report on each key."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml
from pydantic import ValidationError

from ..schema.problems import PLAIN
from ..settings.adopt import AdoptSettings
from ..settings.problems import SettingsError
from . import release
from .convert import Conversion, convert
from .draft import Outcome
from .values import MOST_BYTES, ValuesError, read

_DESCRIPTION = """\
Writes Pulumi.<stack>.yaml from the values of Forail's Helm chart. It loads: what the program refuses is left out and
reported. Secrets are not written, but how to give them. With the defaults of the chart that runs:

  helm get values forail -n forail --all -o yaml | python -m components.helm --stack prod -
"""
_HEAD = """\
# yaml-language-server: $schema=docs/stack-file.schema.json
# From the values of Forail's Helm chart. Every option: docs/options.md
"""
_ADVICE = {
    Outcome.TIGHTENED: "the stack is stricter, or says it in its own way",
    Outcome.SECRET: "never in the stack file in clear",
    Outcome.REFUSED: "not in the stack file: do it by hand, or give it up",
}


class _Dumper(yaml.SafeDumper):
    """Quotes every text that some reader of YAML takes for a number, such as the tag 1e3."""

    def ignore_aliases(self, data: object) -> bool:
        """Every value is written out where it belongs."""
        return data is not None


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if re.match(r"[A-Za-z/{]", text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)  # pyright: ignore[reportUnknownMemberType]


_Dumper.add_representer(str, _text)


def stack_file(project: str, sections: Mapping[str, object]) -> str:
    """The text of a stack file with these sections."""
    config = {
        "pulumi:disable-default-providers": ["kubernetes"],
        **{f"{project}:{key}": value for key, value in sections.items()},
    }
    return _HEAD + yaml.dump({"config": config}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def report(conversion: Conversion, adoption: Sequence[str] = ()) -> str:
    """What became of each key, the commands for the secrets and for the adoption, and warnings."""
    parts: list[str] = []
    for outcome in Outcome:
        lines = [line for line in conversion.lines if line.outcome is outcome]
        if lines:
            advice = f", {_ADVICE[outcome]}" if outcome in _ADVICE else ""
            parts += [f"{outcome} ({len(lines)}{advice}):", *(f"  {line.key} {line.text}" for line in lines), ""]
    if conversion.commands:
        parts += ["Run, before the first preview:", *(f"  {command}" for command in conversion.commands), ""]
    if adoption:
        parts += ["Then, in this order (docs/migrate.md):", *(f"  {command}" for command in adoption), ""]
    if conversion.warnings:
        parts += ["Warnings:", *(f"  {warning}" for warning in conversion.warnings), ""]
    return "\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads, writes and reports; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m components.helm", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("values", help="file with the values; - reads them from standard input, so that none is kept")
    parser.add_argument("--stack", required=True, help="name of the stack")
    parser.add_argument("--project", default="forail", help="name of the Pulumi project, the prefix of its keys")
    parser.add_argument("--adopt", metavar="RELEASE", help="take over the data of this release, where it is")
    parser.add_argument("--directory", type=Path, default=Path(), help="where the stack file goes; default: here")
    given = parser.parse_args(arguments)
    for option, name in (("--stack", given.stack), ("--project", given.project)):
        if not PLAIN.fullmatch(name):
            parser.error(f"{option} must be letters, digits, '-' and '_'")
    try:
        AdoptSettings.model_validate({"release": "forail" if given.adopt is None else given.adopt})
    except ValidationError:
        parser.error("--adopt must be a Helm release's name")
    path: Path = given.directory / f"Pulumi.{given.stack}.yaml"
    try:
        conversion = convert(read(_data(given.values)), given.project, given.stack, given.adopt)
        with path.open("x", encoding="utf-8") as file:
            file.write(stack_file(given.project, conversion.sections))
    except FileExistsError:
        return _failed(f"{path} exists: name another stack, or move it away")
    except OSError as error:
        return _failed(f"{error.filename}: {error.strerror}")
    except (ValuesError, SettingsError) as error:
        return _failed(f"the values cannot be converted: {error}")
    steps = release.steps(given.adopt, conversion.namespace) if given.adopt is not None else ()
    sys.stdout.write(f"Wrote {path}.\n\n{report(conversion, steps)}")
    return 0


def _data(values: str) -> bytes:
    if values == "-":
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    with Path(values).open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _failed(message: str) -> int:
    sys.stderr.write(f"{message}\nNothing was written.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
