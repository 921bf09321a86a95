"""Further Forails that a stack's operator serves: what their stacks export."""

from __future__ import annotations

import pulumi

from components.content.component import FleetMember
from components.settings.content import MemberAddress
from components.settings.stack import StackFile


def fleet(stack: StackFile) -> dict[str, FleetMember]:
    """Address and token of each fleet member, from the outputs of its stack."""
    members: dict[str, FleetMember] = {}
    for name, member in stack.content.fleet.items():
        outputs = pulumi.StackReference(member.stack)
        address = "internalUrl" if member.address is MemberAddress.INTERNAL else "url"
        members[name] = FleetMember(
            url=outputs.require_output(address).apply(_without_slash),
            token=pulumi.Output.secret(outputs.require_output("personalAccessToken")),
            insecure_skip_verify=member.insecure_skip_verify,
        )
    return members


def _without_slash(url: str) -> str:
    return url.rstrip("/")
