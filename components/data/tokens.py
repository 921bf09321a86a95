"""Further tokens of the API: generated, kept in one Secret, and given to whoever reads the stack's outputs."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import Secret
from pulumi_random import RandomPassword

from ..kube.environment import SecretRef
from ..kube.metadata import Scope
from ..kube.secret import encoded
from ..settings.tokens import Token

KEY = "tokens.json"
# As many characters as the vendor's own tokens have.
TOKEN_LENGTH = 40


@dataclass(frozen=True, kw_only=True)
class TokensArgs:
    """Which tokens."""

    scope: Scope
    """Namespace and labels."""
    tokens: tuple[Token, ...]
    """`forail.tokens`; at least one."""


class Tokens(pulumi.ComponentResource):
    """The values of the stack's further tokens. The init Job registers them.

    Creates: a RandomPassword for each, a Secret with all of them.
    """

    values: pulumi.Output[dict[str, str]]
    """Each value by the token's name, secret."""
    ref: SecretRef
    """The same as JSON, for the init Job. The Secret changes its name with any of them."""

    def __init__(self, name: str, args: TokensArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:data:Tokens", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        values = {
            token.name: RandomPassword(
                # With '/', which neither name can have: else the tokens of two Forails could share a URN.
                f"{name}/{token.name}",
                length=TOKEN_LENGTH,
                special=False,
                min_lower=1,
                min_upper=1,
                min_numeric=1,
                keepers={"epoch": str(token.epoch)},
                opts=child,
            ).result
            for token in args.tokens
        }
        self.values = pulumi.Output.secret(pulumi.Output.all(**values))
        text = pulumi.Output.json_dumps(self.values, sort_keys=True)
        secret = Secret(
            name,
            metadata=args.scope.meta("secrets"),
            type="Opaque",
            data={KEY: text.apply(encoded)},
            opts=child,
        )
        self.ref = SecretRef(secret.metadata.name, KEY)
        self.register_outputs({})
