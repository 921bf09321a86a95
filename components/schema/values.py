"""Value types that sections share, in Kubernetes' and the DNS's own forms."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from .words import Matching, Words

DNS_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
"""RFC 1123, with its 63 characters."""
# The API server limits the whole and not each label: names that controllers generate are long.
_SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_LONGEST_SUBDOMAIN = 253
_LABEL_NAME = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"


def _dns_label(value: str) -> str:
    if not re.fullmatch(DNS_LABEL, value):
        raise ValueError("must be a DNS label: lower-case letters, digits and '-', at most 63, for example 'forail'")
    return value


def dns_subdomain(value: str) -> str:
    """`value`, or ValueError where no object of the cluster can have it as its name."""
    if len(value) > _LONGEST_SUBDOMAIN or not re.fullmatch(_SUBDOMAIN, value):
        raise ValueError(
            "must be a DNS name: lower-case labels joined by dots, at most 253 characters, such as 'forail.example.com'"
        )
    return value


_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?")
# Digits enough for the longest text below, so that nothing is rounded.
_EXACT, _LONGEST_QUANTITY = Context(prec=100), 40
_SCALE = {
    "m": Decimal("0.001"),
    "": Decimal(1),
    **{unit: Decimal(1000) ** power for power, unit in enumerate(("k", "M", "G", "T", "P"), start=1)},
    **{unit: Decimal(1024) ** power for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi"), start=1)},
}


def quantity(value: str) -> Decimal:
    """The number a Kubernetes quantity such as `500m` or `4Gi` stands for; raises ValueError for anything else."""
    match = _QUANTITY.fullmatch(value) if len(value) <= _LONGEST_QUANTITY else None
    if match is None:
        raise ValueError("must be a Kubernetes quantity such as 500m, 2, 512Mi or 8Gi")
    return _EXACT.multiply(Decimal(match.group(1)), _SCALE[match.group(2) or ""])


def plain_bytes(value: str) -> str:
    """`value`, an amount of bytes, for readers that know no fractions: a whole number, with a unit only if it had one.

    1.5Gi, for example, becomes 1610612736.
    """
    return value if re.fullmatch(r"[0-9]+([KMGTP]i|[MGTP])?", value) else str(int(quantity(value)))


def plain_cores(value: str) -> str:
    """`value`, an amount of cores, for readers that know no other unit than thousandths: 2k becomes 2000."""
    return value if re.fullmatch(r"[0-9]+(\.[0-9]+)?m?", value) else f"{quantity(value).normalize():f}"


# The API server keeps quantities in 64 bits and lowers what is more; cores count in thousandths.
_MOST = Decimal(2**63 - 1)
_MOST_CORES = _MOST / 1000


def _countable(value: str, most: Decimal) -> Decimal:
    amount = quantity(value)
    if amount <= 0:
        raise ValueError("must be more than zero")
    if amount > most:
        raise ValueError("has more than Kubernetes counts in 64 bits: give an amount that a node has")
    if _EXACT.remainder(amount, _SCALE["m"]):
        raise ValueError("has a fraction finer than Kubernetes counts: give whole thousandths, such as 500m")
    return amount


def _cores(value: str) -> str:
    _countable(value, _MOST_CORES)
    return value


def _bytes(value: str) -> str:
    if _countable(value, _MOST) < 1024:
        raise ValueError("must be an amount of bytes with a unit, such as 512Mi or 8Gi")
    return value


def _label_value(value: str) -> str:
    if not re.fullmatch(f"({_LABEL_NAME})?", value):
        raise ValueError("must be a label value: letters, digits, '-', '_' and '.', at most 63")
    return value


def qualified_name(value: str) -> str:
    """`value`, or ValueError where it cannot be the key of a label or a taint."""
    prefix, _, name = value.rpartition("/")
    if not re.fullmatch(_LABEL_NAME, name) or ("/" in value and not prefix):
        raise ValueError("must be a Kubernetes key such as 'team' or 'example.com/team'")
    if prefix:
        dns_subdomain(prefix)
    return value


def qualified_form(letters: str) -> str:
    """The pattern of a key such as `example.com/team`; `letters` are those of the labels in front of the slash."""
    label = f"[{letters}]([-{letters}]*[{letters}])?"
    return rf"((?=[^/]{{1,{_LONGEST_SUBDOMAIN}}}/){label}(\.{label})*/)?{_LABEL_NAME}"


DnsLabel = Annotated[
    str,
    AfterValidator(_dns_label),
    Words("a DNS label: lower-case letters, digits and '-', at most 63", form=DNS_LABEL),
]
SUBDOMAIN_FORM = rf"(?=.{{1,{_LONGEST_SUBDOMAIN}}}$){_SUBDOMAIN}"
"""What `dns_subdomain` takes."""
DnsSubdomain = Annotated[
    str,
    AfterValidator(dns_subdomain),
    Words("a DNS name: lower-case labels joined by dots", form=SUBDOMAIN_FORM),
]
Cpu = Annotated[
    str,
    Field(coerce_numbers_to_str=True),
    AfterValidator(_cores),
    Words("an amount of cores: such as 500m or 2", form=_QUANTITY.pattern),
]
Memory = Annotated[
    str,
    AfterValidator(_bytes),
    Words("an amount of bytes: with a unit, such as 512Mi or 8Gi", form=_QUANTITY.pattern),
]
Port = Annotated[int, Field(ge=1, le=65535, strict=True)]
Replicas = Annotated[int, Field(ge=1, le=50, strict=True)]
LabelValue = Annotated[
    str,
    AfterValidator(_label_value),
    Words("a label value: letters, digits, '-', '_' and '.', at most 63", form=f"({_LABEL_NAME})?"),
]
QualifiedName = Annotated[
    str,
    AfterValidator(qualified_name),
    Words("a Kubernetes key: such as team or example.com/team", form=qualified_form("a-z0-9")),
]
SECRET_KEY_FORM = r"(?!\.$|\.\.)[-._a-zA-Z0-9]{1,253}"
"""A key in the data of a Secret."""
SecretKeyName = Annotated[
    str,
    Matching(
        "a key of a Secret: letters, digits, '-', '_' and '.', at most 253, not '.' and no '..' in front",
        SECRET_KEY_FORM,
    ),
]
