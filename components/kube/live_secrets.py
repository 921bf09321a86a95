"""Secrets that others write, read from the cluster: a change of one rolls who reads it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping

import pulumi
from pulumi_random import RandomPassword

from .container import Container
from .environment import Kept, SecretRef
from .mounts import Holder, KeyMount, Mount

ANNOTATION = "forail-platform.io/secrets"
"""Annotation of pods: the mark of each value that others keep and that they read."""


class _LiveSecret(pulumi.CustomResource):
    """A Secret as it is in the cluster, read and never written.

    `Secret.get` would send no properties, and each refresh would find all of them changed.
    """

    data: pulumi.Output[dict[str, str] | None]

    def __init__(self, name: str, namespace: pulumi.Input[str], ref: SecretRef, parent: pulumi.Resource) -> None:
        known = {"name": ref.name, "namespace": namespace}
        super().__init__(
            "kubernetes:core/v1:Secret",
            name,
            {"apiVersion": "v1", "kind": "Secret", "metadata": known, "data": None},
            pulumi.ResourceOptions(
                parent=parent,
                id=pulumi.Output.concat(namespace, "/", ref.name),
                # `kubectl apply` leaves the values in an annotation as well; __inputs is the provider's own copy.
                additional_secret_outputs=["data", "metadata", "__inputs"],
            ),
        )


class LiveSecrets:
    """The Secrets of one namespace that others write. Each is read once in an `up` or a preview, when a reader asks.

    Creates, as children of `parent` and where there is something to mark, the key of the marks. A preview does not read
    what is yet to be made.
    """

    def __init__(self, name: str, namespace: pulumi.Input[str], parent: pulumi.Resource) -> None:
        self._name, self._namespace, self._parent = name, namespace, parent
        self._read: dict[str, _LiveSecret] = {}
        self._key: pulumi.Output[str] | None = None

    def value(self, ref: SecretRef) -> pulumi.Output[str]:
        """The value that `ref` names, as a secret output.

        Raises:
            RunError: the Secret has no such key.
        """
        kept = ref.kept
        if kept is None:
            raise ValueError(f"{ref.key} is in a Secret of the stack, which is not read")
        if kept.name not in self._read:
            self._read[kept.name] = _LiveSecret(f"{self._name}-{kept.name}", self._namespace, ref, self._parent)

        def found(data: Mapping[str, str] | None) -> str:
            if ref.key not in (data or {}):
                raise pulumi.RunError(
                    f"{kept.path}: the Secret {kept.name} has no key {ref.key}: correct the key, or add it there"
                )
            return base64.b64decode((data or {})[ref.key]).decode(errors="backslashreplace")

        return pulumi.Output.secret(self._read[kept.name].data.apply(found))

    def marks(self, containers: Iterable[Container]) -> pulumi.Output[str] | None:
        """What changes with the values that others keep and that these containers read, without telling one.

        `<Secret>/<key>=<16 hex digits>`, joined by spaces; None where they read none.
        """
        read = (
            ref
            for container in containers
            for ref in (*(variable.secret for variable in container.env), *(_file(mount) for mount in container.mounts))
        )
        refs = {(ref.kept.name, ref.key): ref for ref in read if ref is not None and ref.kept is not None}
        return pulumi.Output.all(*(self.mark(refs[place]) for place in sorted(refs))).apply(" ".join) if refs else None

    def mark(self, ref: SecretRef) -> pulumi.Output[str]:
        """The same for one value."""
        place = f"{ref.kept.name if ref.kept else ''}/{ref.key}"
        if self._key is None:
            # A plain hash in a pod's annotation would let everybody who sees the pod try passwords.
            made = RandomPassword(
                self._name, length=40, special=False, opts=pulumi.ResourceOptions(parent=self._parent)
            )
            self._key = pulumi.Output.secret(made.result)
        marked = pulumi.Output.all(self._key, self.value(ref)).apply(lambda found: f"{place}={_mark(place, *found)}")
        # Without the key, which is a secret, nothing can be found from it.
        return pulumi.Output.unsecret(marked)


def _file(mount: Mount) -> SecretRef | None:
    """The value that a mount has as a file."""
    if not isinstance(mount, KeyMount) or mount.holder is not Holder.SECRET:
        return None
    return SecretRef(mount.name, mount.key, Kept(mount.said, mount.name))


def _mark(place: str, key: str, value: str) -> str:
    return hmac.new(key.encode(), f"{place}\0{value}".encode(), hashlib.sha256).hexdigest()[:16]
