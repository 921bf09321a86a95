"""Further Forails that a stack's operator serves: what their stacks export."""

from __future__ import annotations

from functools import partial

import pulumi

from .content.apply.content import FleetMember
from .settings.content import MemberAddress
from .settings.stack import StackFile


def fleet(stack: StackFile) -> dict[str, FleetMember]:
    """Address and token of each fleet member, from the outputs of its stack.

    A member whose stack exports no token ends the program with a RunError.
    """
    members: dict[str, FleetMember] = {}
    for name, member in stack.content.fleet.items():
        outputs = pulumi.StackReference(member.stack)
        address = "internalUrl" if member.address is MemberAddress.INTERNAL else "url"
        members[name] = FleetMember(
            url=outputs.require_output(address).apply(_without_slash),
            token=pulumi.Output.secret(outputs.require_output("personalAccessToken")).apply(partial(_present, name)),
            insecure_skip_verify=member.insecure_skip_verify,
        )
    return members


def _present(name: str, token: str | None) -> str:
    if token is None:
        raise pulumi.RunError(
            f"content.fleet.{name}: its stack exports no personalAccessToken, because an existing Secret holds it; "
            f"drop the member, and declare a ForailInstance {name} whose tokenSecretRef names a Secret with that token"
        )
    return token


def _without_slash(url: str) -> str:
    return url.rstrip("/")
