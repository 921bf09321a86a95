"""Stand-in for the `random` plugin: values from the operating system's generator, kept in the state."""

from __future__ import annotations

import base64
import secrets
import string
import uuid
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from rehearsal.providers.bcrypt import bcrypt_hash
from rehearsal.providers.generated import GeneratedKind, GeneratedProvider
from rehearsal.providers.wire import UNKNOWN, Properties

_SYSTEM = secrets.SystemRandom()
_SPECIAL = "!@#$%&*()-_=+[]{}<>:?"


class RandomText(GeneratedKind):
    """RandomString, and RandomPassword with a hash and without an identifier that shows its value."""

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

    def __init__(self, *, password: bool) -> None:
        self._password = password
        self.computed = ("result", "bcryptHash") if password else ("result",)

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
        result = random_text(inputs)
        if not self._password:
            return result, {"result": result}
        hashed = bcrypt_hash(result)
        # Where the C library has no bcrypt the output is absent: a made-up hash would verify nothing.
        return "none", {"result": result, **({} if hashed is None else {"bcryptHash": hashed})}


_MINIMUMS = ("minLower", "minUpper", "minNumeric", "minSpecial")


def _wanted(inputs: Properties, name: str) -> bool:
    # `number` is the old spelling of `numeric`: turning off either turns off digits.
    if name == "numeric":
        return inputs["numeric"] is not False and inputs["number"] is not False
    return inputs[name] is not False


def random_text(inputs: Properties) -> str:
    """A random text by RandomPassword's inputs, defaults filled in."""
    special: str = inputs.get("overrideSpecial") or _SPECIAL
    classes = (
        (_wanted(inputs, "special"), inputs["minSpecial"], special),
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
    """Random bytes in several spellings, for names."""

    computed = ("b64Std", "b64Url", "dec", "hex")

    def check(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        return _length_failures(inputs, "byteLength")

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        data = secrets.token_bytes(inputs["byteLength"])
        prefix: str = inputs.get("prefix") or ""
        identifier = base64.urlsafe_b64encode(data).rstrip(b"=").decode()
        return identifier, {
            "b64Std": prefix + base64.b64encode(data).decode(),
            "b64Url": prefix + identifier,
            "dec": prefix + str(int.from_bytes(data, "big")),
            "hex": prefix + data.hex(),
        }


class RandomBytes(GeneratedKind):
    """Random bytes as a secret."""

    computed = ("base64", "hex")

    def check(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        return _length_failures(inputs, "length")

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        data = secrets.token_bytes(inputs["length"])
        return "none", {"base64": base64.b64encode(data).decode(), "hex": data.hex()}


class RandomUuid(GeneratedKind):
    """A version 4 UUID."""

    computed = ("result",)

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        del inputs
        result = str(uuid.uuid4())
        return result, {"result": result}


class RandomInteger(GeneratedKind):
    """A whole number from min to max, both included."""

    computed = ("result",)

    def check(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        low, high = inputs.get("min"), inputs.get("max")
        if isinstance(low, int) and isinstance(high, int) and low > high:
            return [("min", f"is {low}, above max, which is {high}")]
        if inputs.get("seed") is not None:
            return [("seed", "is not supported by the stand-in provider: remove it or install the official plugin")]
        return ()

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        result = _SYSTEM.randint(inputs["min"], inputs["max"])
        return str(result), {"result": result}


def _length_failures(inputs: Properties, name: str) -> Sequence[tuple[str, str]]:
    length = inputs.get(name)
    if length is UNKNOWN or (isinstance(length, int) and length >= 1):
        return ()
    return [(name, "must be a number of bytes, at least 1")]


class RandomProvider(GeneratedProvider):
    """The `random` package."""

    name = "random"
    version = version("pulumi_random")
    kinds: Mapping[str, GeneratedKind] = {
        "random:index/randomPassword:RandomPassword": RandomText(password=True),
        "random:index/randomString:RandomString": RandomText(password=False),
        "random:index/randomId:RandomId": RandomId(),
        "random:index/randomBytes:RandomBytes": RandomBytes(),
        "random:index/randomUuid:RandomUuid": RandomUuid(),
        "random:index/randomInteger:RandomInteger": RandomInteger(),
    }
