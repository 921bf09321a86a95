"""The provider side of Pulumi's plugin protocol, translated to and from `Provider` calls."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import grpc
from google.protobuf import empty_pb2
from google.protobuf.message import Message
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from rehearsal.providers import wire
from rehearsal.providers.answering import answer
from rehearsal.providers.calls import (
    CheckCall,
    CheckResult,
    CreateCall,
    DeleteCall,
    DiffCall,
    DiffResult,
    Provider,
    ProviderError,
    ReadCall,
    UpdateCall,
)
from rehearsal.providers.differences import Change, Difference, render
from rehearsal.providers.session import Session, Sessions

_Answer = TypeVar("_Answer", bound=Message)

_PLAIN_KINDS = {
    Change.ADD: provider_pb2.PropertyDiff.ADD,
    Change.DELETE: provider_pb2.PropertyDiff.DELETE,
    Change.UPDATE: provider_pb2.PropertyDiff.UPDATE,
}
_REPLACE_KINDS = {
    Change.ADD: provider_pb2.PropertyDiff.ADD_REPLACE,
    Change.DELETE: provider_pb2.PropertyDiff.DELETE_REPLACE,
    Change.UPDATE: provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


class ProviderServicer(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one `Provider` to any number of engines."""

    def __init__(self, provider: Provider, sessions: Sessions) -> None:
        self._provider = provider
        self._sessions = sessions

    def Handshake(  # noqa: N802
        self, request: provider_pb2.ProviderHandshakeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ProviderHandshakeResponse:
        self._sessions.begin(context.peer(), request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, accept_resources=True, accept_outputs=False, supports_autonaming_configuration=True
        )

    def Attach(  # noqa: N802
        self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        self._session(context).engine_address = request.address
        return empty_pb2.Empty()

    def GetPluginInfo(  # noqa: N802
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> plugin_pb2.PluginInfo:
        del request, context
        return plugin_pb2.PluginInfo(version=self._provider.version)

    def GetSchema(  # noqa: N802
        self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        del request, context
        schema = {"name": self._provider.name, "version": self._provider.version}
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema))

    def CheckConfig(  # noqa: N802
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        return self._answer(
            context, request, lambda: _checked(self._provider.check_config(self._check_call(request, context)))
        )

    def DiffConfig(  # noqa: N802
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        return self._answer(
            context, request, lambda: _differing(self._provider.diff_config(self._diff_call(request, context)))
        )

    def Configure(  # noqa: N802
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        def configure() -> provider_pb2.ConfigureResponse:
            session = self._session(context)
            session.configuration = wire.read(request.args)
            self._provider.configure(session, session.configuration)
            return provider_pb2.ConfigureResponse(
                acceptSecrets=True, supportsPreview=True, acceptResources=True, supports_autonaming_configuration=True
            )

        return self._answer(context, request, configure)

    def Check(  # noqa: N802
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        return self._answer(
            context, request, lambda: _checked(self._provider.check(self._check_call(request, context)))
        )

    def Diff(  # noqa: N802
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        return self._answer(
            context, request, lambda: _differing(self._provider.diff(self._diff_call(request, context)))
        )

    def Create(  # noqa: N802
        self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        def create() -> provider_pb2.CreateResponse:
            inputs = wire.read(request.properties)
            call = CreateCall(
                session=self._session(context),
                urn=request.urn,
                inputs=inputs,
                timeout=request.timeout,
                preview=request.preview,
            )
            identifier, outputs = self._provider.create(call)
            return provider_pb2.CreateResponse(id=identifier, properties=wire.write(wire.mark_like(outputs, inputs)))

        return self._answer(context, request, create)

    def Update(  # noqa: N802
        self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        def update() -> provider_pb2.UpdateResponse:
            news = wire.read(request.news)
            call = UpdateCall(
                session=self._session(context),
                urn=request.urn,
                identifier=request.id,
                old_inputs=wire.read(request.old_inputs),
                old_outputs=wire.read(request.olds),
                news=news,
                timeout=request.timeout,
                preview=request.preview,
                ignored=tuple(request.ignoreChanges),
            )
            outputs = self._provider.update(call)
            return provider_pb2.UpdateResponse(properties=wire.write(wire.mark_like(outputs, news)))

        return self._answer(context, request, update)

    def Read(  # noqa: N802
        self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ReadResponse:
        def read() -> provider_pb2.ReadResponse:
            inputs, outputs = wire.read(request.inputs), wire.read(request.properties)
            call = ReadCall(
                session=self._session(context), urn=request.urn, identifier=request.id, inputs=inputs, outputs=outputs
            )
            live = self._provider.read(call)
            if not live.identifier:
                # Without properties, not with none: the engine refuses to read what does not exist.
                return provider_pb2.ReadResponse()
            marked = wire.mark_like(wire.mark_like(live.outputs, inputs), outputs)
            return provider_pb2.ReadResponse(
                id=live.identifier,
                properties=wire.write(marked),
                inputs=wire.write(wire.mark_like(live.inputs, inputs)),
            )

        return self._answer(context, request, read)

    def Delete(  # noqa: N802
        self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        def delete() -> empty_pb2.Empty:
            call = DeleteCall(
                session=self._session(context),
                urn=request.urn,
                identifier=request.id,
                inputs=wire.read(request.old_inputs),
                outputs=wire.read(request.properties),
                timeout=request.timeout,
            )
            self._provider.delete(call)
            return empty_pb2.Empty()

        return self._answer(context, request, delete)

    def Invoke(  # noqa: N802
        self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.InvokeResponse:
        def refuse() -> provider_pb2.InvokeResponse:
            raise ProviderError(
                f"the stand-in provider {self._provider.name!r} has no functions, so {request.tok} cannot be called: "
                "install the official plugin to use it"
            )

        return self._answer(context, request, refuse)

    def Construct(  # noqa: N802
        self, request: provider_pb2.ConstructRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConstructResponse:
        def refuse() -> provider_pb2.ConstructResponse:
            raise ProviderError(
                f"the stand-in provider {self._provider.name!r} has no components, so {request.type} cannot be made: "
                "declare its resources one by one, or install the official plugin"
            )

        return self._answer(context, request, refuse)

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        del request
        session = self._session(context)
        session.cancelled.set()
        session.close()
        return empty_pb2.Empty()

    def _answer(self, context: grpc.ServicerContext, request: Message, action: Callable[[], _Answer]) -> _Answer:
        return answer(context, self._session(context), request, action)

    def _session(self, context: grpc.ServicerContext) -> Session:
        return self._sessions.of(context.peer())

    def _check_call(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> CheckCall:
        named = request.HasField("autonaming") and request.autonaming.proposed_name
        return CheckCall(
            session=self._session(context),
            urn=request.urn,
            olds=wire.read(request.olds),
            news=wire.read(request.news),
            random_seed=request.randomSeed,
            proposed_name=request.autonaming.proposed_name if named else None,
        )

    def _diff_call(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> DiffCall:
        return DiffCall(
            session=self._session(context),
            urn=request.urn,
            identifier=request.id,
            old_inputs=wire.read(request.old_inputs),
            old_outputs=wire.read(request.olds),
            news=wire.read(request.news),
            ignored=tuple(request.ignoreChanges),
        )


def _checked(result: CheckResult) -> provider_pb2.CheckResponse:
    failures = [provider_pb2.CheckFailure(property=name, reason=reason) for name, reason in result.failures]
    return provider_pb2.CheckResponse(inputs=wire.write(result.inputs), failures=failures)


def _differing(result: DiffResult) -> provider_pb2.DiffResponse:
    changed = bool(result.differences)
    response = provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
        deleteBeforeReplace=result.delete_before_replace,
        replaces=_paths(result.replaced_by),
        diffs=sorted({str(difference.path[0]) for difference in result.differences}),
        hasDetailedDiff=True,
    )
    for difference in result.differences:
        kinds = _REPLACE_KINDS if difference in result.replaced_by else _PLAIN_KINDS
        entry = provider_pb2.PropertyDiff(kind=kinds[difference.change], inputDiff=True)
        response.detailedDiff[render(difference.path)].CopyFrom(entry)
    return response


def _paths(differences: Iterable[Difference]) -> Sequence[str]:
    return sorted(render(difference.path) for difference in differences)
