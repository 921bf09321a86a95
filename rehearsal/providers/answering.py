"""Runs one call of the engine and turns its refusals into what the engine understands."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import NoReturn, TypeVar

import grpc
from google.protobuf import any_pb2
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2, status_pb2

from rehearsal.providers import wire
from rehearsal.providers.calls import InitializationFailed, ProviderError
from rehearsal.providers.session import Session

_LOG = logging.getLogger(__name__)
_Answer = TypeVar("_Answer", bound=Message)
_SHORTEST_SECRET = 4  # shorter texts occur by chance, and hiding them would make messages unreadable


def answer(context: grpc.ServicerContext, session: Session, request: Message, action: Callable[[], _Answer]) -> _Answer:
    """Run `action` for `request`.

    A refusal becomes a gRPC error; a failed initialization carries the object's state, so that the engine keeps
    it. Secret inputs of the request are blanked in every message. When the engine goes away meanwhile, the
    session is cancelled, so that nothing waits for nobody.
    """
    done = False

    def ended() -> None:
        if not done:
            session.cancelled.set()

    context.add_callback(ended)
    try:
        return action()
    except InitializationFailed as failure:
        _abort_with_state(context, failure, _secrets(request))
    except ProviderError as error:
        context.abort(grpc.StatusCode.UNKNOWN, _blanked(str(error), _secrets(request)))
    except Exception:
        _LOG.exception("the stand-in provider failed")
        raise
    finally:
        done = True


def _abort_with_state(context: grpc.ServicerContext, failure: InitializationFailed, secrets: Iterable[str]) -> NoReturn:
    reasons = [_blanked(reason, secrets) for reason in failure.reasons]
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=failure.identifier,
            properties=wire.write(wire.mark_like(failure.outputs, failure.inputs)),
            inputs=wire.write(failure.inputs),
            reasons=reasons,
        )
    )
    message = "; ".join(reasons)
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message, details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, message)


def _secrets(request: Message) -> list[str]:
    """Every secret text in the property structs of a request, longest first."""
    structs = [value for _, value in request.ListFields() if isinstance(value, Struct)]
    found = {text for struct in structs for text in wire.secret_texts(wire.read(struct))}
    return sorted((text for text in found if len(text) >= _SHORTEST_SECRET), key=len, reverse=True)


def _blanked(message: str, secrets: Iterable[str]) -> str:
    for text in secrets:
        message = message.replace(text, "[secret]")
    return message
