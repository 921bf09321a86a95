"""Stand-in for the `random` plugin: passwords and identifiers, which are all that the platform takes from it."""

from __future__ import annotations

import base64
import secrets
import string
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from rehearsal.providers.generated import GeneratedKind, GeneratedProvider
from rehearsal.providers.wire import UNKNOWN, Properties

_SYSTEM = secrets.SystemRandom()
_SPECIAL = "!@#$%&*()-_=+[]{}<>:?"


class RandomPassword(GeneratedKind):
    """A random text whose identifier does not show it; the output `bcryptHash`, which nobody reads, stays absent."""

    inputs = frozenset({"length", "keepers"})
    defaults: Mapping[str, object] = {
        "lower": True,
        "upper": True,
        "number": True,
        "numeric": True,
        "special": True,
        "minLower": 0,
        "minUpper": 0,
        "minNumeric": 0,
        "minSpecial": 0,
    }
    computed = ("result",)

    def check(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        length = inputs.get("length")
        if length is UNKNOWN:
            return ()
        if not isinstance(length, int) or length < 1:
            return [("length", "must be a number of characters, at least 1")]
        minimums = sum(inputs[key] for key in _MINIMUMS if isinstance(inputs[key], int))
        if minimums > length:
            return [("length", f"is {length}, but the minimums of its character classes add up to {minimums}")]
        flags = [_wanted(inputs, name) for name in ("lower", "upper", "numeric", "special")]
        if not any(flags) and not minimums:
            return [("special", "every character class is off: leave at least one of them on")]
        return ()

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        return "none", {"result": random_text(inputs)}


_MINIMUMS = ("minLower", "minUpper", "minNumeric", "minSpecial")


def _wanted(inputs: Properties, name: str) -> bool:
    # `number` is the old spelling of `numeric`: turning off either turns off digits.
    if name == "numeric":
        return inputs["numeric"] is not False and inputs["number"] is not False
    return inputs[name] is not False


def random_text(inputs: Properties) -> str:
    """A random text by RandomPassword's inputs, defaults filled in."""
    classes = (
        (_wanted(inputs, "special"), inputs["minSpecial"], _SPECIAL),
        (_wanted(inputs, "lower"), inputs["minLower"], string.ascii_lowercase),
        (_wanted(inputs, "upper"), inputs["minUpper"], string.ascii_uppercase),
        (_wanted(inputs, "numeric"), inputs["minNumeric"], string.digits),
    )
    union = "".join(characters for wanted, _, characters in classes if wanted)
    chosen = [_SYSTEM.choice(characters) for _, minimum, characters in classes for _ in range(minimum)]
    chosen += [_SYSTEM.choice(union) for _ in range(inputs["length"] - len(chosen))]
    _SYSTEM.shuffle(chosen)
    return "".join(chosen)


class RandomId(GeneratedKind):
    """Random bytes, not secret, in four notations."""

    inputs = frozenset({"byteLength", "keepers"})
    computed = ("hex", "dec", "b64Url", "b64Std")

    def check(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        length = inputs.get("byteLength")
        if length is UNKNOWN or (isinstance(length, int) and length >= 1):
            return ()
        return [("byteLength", "must be a number of bytes, at least 1")]

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        made = secrets.token_bytes(inputs["byteLength"])
        url = base64.urlsafe_b64encode(made).decode().rstrip("=")
        outputs = {
            "hex": made.hex(),
            "dec": str(int.from_bytes(made)),
            "b64Url": url,
            "b64Std": base64.b64encode(made).decode(),
        }
        return url, outputs


class RandomProvider(GeneratedProvider):
    """The `random` package."""

    name = "random"
    version = version("pulumi_random")
    kinds: Mapping[str, GeneratedKind] = {
        "random:index/randomPassword:RandomPassword": RandomPassword(),
        "random:index/randomId:RandomId": RandomId(),
    }
