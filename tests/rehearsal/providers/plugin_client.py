"""Speaks to a provider as the engine does, over gRPC, and keeps the state of what it made."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from rehearsal.providers import wire

_URN = "urn:pulumi:test::test::{token}::{name}"

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SECRET = "kubernetes:core/v1:Secret"
NAMESPACE = "kubernetes:core/v1:Namespace"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
JOB = "kubernetes:batch/v1:Job"


class Refused(Exception):  # noqa: N818 - what the provider did
    """The provider answered with an error."""


class Unknown(Refused):
    """The provider does not know what it was asked to do."""


class InitFailed(Exception):  # noqa: N818 - the engine's name for it
    """The provider made the object, but it did not become ready."""

    def __init__(self, resource: Resource, reasons: list[str]) -> None:
        super().__init__("\n".join(reasons))
        self.resource = resource
        self.reasons = reasons


@dataclass(frozen=True)
class Resource:
    """What the engine keeps of one resource."""

    token: str
    name: str
    identifier: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]

    @property
    def urn(self) -> str:
        return _URN.format(token=self.token, name=self.name)


@dataclass
class PluginClient:
    """One engine connection to one provider."""

    channel: grpc.Channel
    stub: provider_pb2_grpc.ResourceProviderStub = field(init=False)

    def __post_init__(self) -> None:
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def configure(self, *, engine: str = "", **inputs: Any) -> None:
        # Older plugins know no handshake, and the engine goes on without.
        with suppress(Unknown):
            self._call("Handshake", provider_pb2.ProviderHandshakeRequest(engine_address=engine))
        # The engine gives them twice: the official plugin for Kubernetes reads the flat form.
        variables = {f"kubernetes:config:{name}": value for name, value in inputs.items()}
        request = provider_pb2.ConfigureRequest(args=wire.write(inputs), variables=variables, acceptSecrets=True)
        self._call("Configure", request)

    def attach(self, engine: str) -> None:
        self._call("Attach", plugin_pb2.PluginAttach(address=engine))

    def check_config(self, **inputs: Any) -> list[tuple[str, str]]:
        answer = self._call("CheckConfig", provider_pb2.CheckRequest(news=wire.write(inputs)))
        return [(failure.property, failure.reason) for failure in answer.failures]

    def diff_config(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> provider_pb2.DiffResponse:
        request = provider_pb2.DiffRequest(old_inputs=wire.write(old), news=wire.write(new))
        return self._call("DiffConfig", request)

    def failures(self, token: str, inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
        answer = self._check(token, "any", inputs, {}, b"")
        return [(failure.property, failure.reason) for failure in answer.failures]

    def check(
        self, token: str, name: str, inputs: Mapping[str, Any], olds: Mapping[str, Any] | None = None, seed: bytes = b""
    ) -> dict[str, Any]:
        answer = self._check(token, name, inputs, olds or {}, seed)
        assert not answer.failures, answer.failures
        return wire.read(answer.inputs)

    def _check(
        self, token: str, name: str, inputs: Mapping[str, Any], olds: Mapping[str, Any], seed: bytes
    ) -> provider_pb2.CheckResponse:
        request = provider_pb2.CheckRequest(
            urn=_URN.format(token=token, name=name),
            news=wire.write({**_constants(token), **inputs}),
            olds=wire.write(olds),
            randomSeed=seed,
        )
        return self._call("Check", request)

    def preview(self, token: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        request = provider_pb2.CreateRequest(
            urn=_URN.format(token=token, name=name),
            properties=wire.write(self.check(token, name, inputs)),
            preview=True,
        )
        return wire.read(self._call("Create", request).properties)

    def create(self, token: str, name: str, inputs: Mapping[str, Any], timeout: float = 0) -> Resource:
        checked = self.check(token, name, inputs)
        request = provider_pb2.CreateRequest(
            urn=_URN.format(token=token, name=name), properties=wire.write(checked), timeout=timeout
        )
        made = Resource(token, name, "", checked, {})
        answer = self._call("Create", request, made)
        return replace(made, identifier=answer.id, outputs=wire.read(answer.properties))

    def create_later(self, token: str, name: str, inputs: Mapping[str, Any]) -> Any:
        """Start a create without waiting for its answer."""
        request = provider_pb2.CreateRequest(urn=_URN.format(token=token, name=name), properties=wire.write(inputs))
        stub: Any = self.stub  # the stub's own types leave the answer open
        return stub.Create.future(request)

    def diff(
        self, resource: Resource, inputs: Mapping[str, Any], ignored: Sequence[str] = ()
    ) -> provider_pb2.DiffResponse:
        news = self.check(resource.token, resource.name, inputs, resource.inputs)
        request = provider_pb2.DiffRequest(
            id=resource.identifier,
            urn=resource.urn,
            olds=wire.write(resource.outputs),
            old_inputs=wire.write(resource.inputs),
            news=wire.write(news),
            ignoreChanges=ignored,
        )
        return self._call("Diff", request)

    def update(
        self,
        resource: Resource,
        inputs: Mapping[str, Any],
        timeout: float = 0,
        *,
        preview: bool = False,
        ignored: Sequence[str] = (),
    ) -> Resource:
        news = self.check(resource.token, resource.name, inputs, resource.inputs)
        request = provider_pb2.UpdateRequest(
            id=resource.identifier,
            urn=resource.urn,
            olds=wire.write(resource.outputs),
            old_inputs=wire.write(resource.inputs),
            news=wire.write(news),
            timeout=timeout,
            preview=preview,
            ignoreChanges=ignored,
        )
        changed = replace(resource, inputs=news)
        return replace(changed, outputs=wire.read(self._call("Update", request, changed).properties))

    def refresh(self, resource: Resource) -> Resource:
        request = provider_pb2.ReadRequest(
            id=resource.identifier,
            urn=resource.urn,
            inputs=wire.write(resource.inputs),
            properties=wire.write(resource.outputs),
        )
        answer = self._call("Read", request, resource)
        return replace(
            resource, identifier=answer.id, inputs=wire.read(answer.inputs), outputs=wire.read(answer.properties)
        )

    def get(self, token: str, identifier: str) -> Resource:
        return self.refresh(Resource(token, "got", identifier, {}, {}))

    def delete(self, resource: Resource, timeout: float = 0) -> None:
        request = provider_pb2.DeleteRequest(
            id=resource.identifier,
            urn=resource.urn,
            properties=wire.write(resource.outputs),
            old_inputs=wire.write(resource.inputs),
            timeout=timeout,
        )
        self._call("Delete", request)

    def invoke(self, token: str) -> None:
        self._call("Invoke", provider_pb2.InvokeRequest(tok=token))

    def cancel(self) -> None:
        self._call("Cancel", empty_pb2.Empty())

    def _call(self, method: str, request: Any, about: Resource | None = None) -> Any:
        try:
            return getattr(self.stub, method)(request)
        except grpc.RpcError as error:
            failure = _init_failure(error)
            if failure is None or about is None:
                unknown = _code(error) is grpc.StatusCode.UNIMPLEMENTED
                raise (Unknown if unknown else Refused)(_details(error)) from None
            left = replace(
                about,
                identifier=failure.id,
                outputs=wire.read(failure.properties),
                inputs=wire.read(failure.inputs),
            )
            raise InitFailed(left, list(failure.reasons)) from None


def _constants(token: str) -> dict[str, str]:
    """What the SDK's class of a Kubernetes kind adds to its inputs."""
    package, module, kind = token.split(":")
    group, _, version = module.partition("/")
    if package != "kubernetes" or not re.fullmatch(r"v\d+((alpha|beta)\d+)?", version) or group == "helm.sh":
        return {}
    return {"apiVersion": version if group == "core" else module, "kind": kind.removesuffix("Patch")}


def _details(error: Any) -> str:
    return str(error.details())


def _code(error: Any) -> grpc.StatusCode:
    return error.code()


def _init_failure(error: Any) -> provider_pb2.ErrorResourceInitFailed | None:
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            status = status_pb2.Status.FromString(value)
            failure = provider_pb2.ErrorResourceInitFailed()
            if status.details[0].Unpack(failure):
                return failure
    return None


@contextmanager
def connected(port: int) -> Generator[PluginClient]:
    """A new engine connection to a provider's port."""
    # Without an own subchannel pool two clients of one process would share a connection, unlike two engines.
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=(("grpc.use_local_subchannel_pool", 1),)) as channel:
        yield PluginClient(channel)
