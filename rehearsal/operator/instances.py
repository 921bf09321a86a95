"""Clients for Forails: the operator's own, and those that ForailInstances name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rehearsal.kubernetes.objects import KubeObject, at
from rehearsal.operator.cache import Key
from rehearsal.operator.cores import Cores
from rehearsal.operator.forail import Forail
from rehearsal.operator.records import Records
from rehearsal.operator.tokens import Token, secret_text


class InstanceError(Exception):
    """No client can be made for a ForailInstance."""


@dataclass(frozen=True)
class Instances:
    """A client for each Forail.

    A token is read when its client is made, which is after each pass over the ForailInstance and each change of it.

    Args:
        cores: where addresses lead.
        records: what is there.
        url: address of the operator's own Forail.
        token: for that.
        instance: finds a ForailInstance.
        secret: finds a Secret.
    """

    cores: Cores
    records: Records
    url: str
    token: Token
    instance: Callable[[Key], KubeObject | None]
    secret: Callable[[Key], KubeObject | None]
    _made: dict[Key, tuple[int, str, Token]] = field(default_factory=dict[Key, tuple[int, str, Token]])

    def forget(self, key: Key) -> None:
        """Make another client for this ForailInstance when it is next asked for."""
        self._made.pop(key, None)

    async def client_for(self, key: Key) -> Forail:
        """The client for a ForailInstance, or without a name the operator's own.

        Raises:
            InstanceError: the instance, its Secret or the key in it is missing.
        """
        url, token = self._address(key) if key[1] else (self.url, self.token)
        return Forail(url, token, await self.cores.at(url), self.records)

    def _address(self, key: Key) -> tuple[str, Token]:
        found = self.instance(key)
        if found is None:
            raise InstanceError(f'get ForailInstance {"/".join(key)}: ForailInstance "{key[1]}" not found')
        generation = int(at(found, "metadata", "generation") or 0)
        made = self._made.get(key)
        if made is None or made[0] != generation:
            made = generation, str(at(found, "spec", "url")), self._token(key[0], found)
            self._made[key] = made
        return made[1], made[2]

    def _token(self, namespace: str, instance: KubeObject) -> Token:
        name = str(at(instance, "spec", "tokenSecretRef", "name") or "")
        key = at(instance, "spec", "tokenSecretRef", "key") or "token"
        secret = self.secret((namespace, name))
        if secret is None:
            raise InstanceError(f'get token secret {namespace}/{name}: Secret "{name}" not found')
        text = secret_text(secret, key)
        if text is None:
            raise InstanceError(f'token key "{key}" not present in secret {namespace}/{name}')
        return Token.of(text)
