"""Runs the unmodified program, or one component, against an engine in this process that keeps every request."""

from __future__ import annotations

import asyncio
import base64
import functools
import gc
import json
import logging
import runpy
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn, TypeVar, cast

import pulumi
import yaml
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import config as runtime_config
from pulumi.runtime.mocks import MockCallArgs, MockEngine, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.proto import engine_pb2, resource_pb2
from pulumi.runtime.settings import Settings, configure
from pulumi.runtime.stack import run_in_stack

from tests.unit.deployment import Deployment, Registered
from tests.unit.providers import computed, exported, object_name, secret_outputs
from tests.unit.values import UNKNOWN, decoded, marked, plain

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "forail"
NOTHING: Mapping[str, str] = MappingProxyType({})
ExistingData = Mapping[str, Mapping[str, str]]
"""Data of Secrets that others write, in clear, by their names."""
NO_DATA: ExistingData = MappingProxyType({})
RELEASE = "tower"
"""The Helm release whose claims the cluster has."""
ISSUERS = ("kubernetes:cert-manager.io/v1:Issuer", "kubernetes:cert-manager.io/v1:ClusterIssuer")

Program = Callable[[], object]
Value = TypeVar("Value")


def deploy(
    config: Mapping[str, object] = NOTHING,
    secrets: Mapping[str, str] = NOTHING,
    stack: str = "dev",
    *,
    preview: bool = False,
    existing: ExistingData = NO_DATA,
) -> Deployment:
    """What `__main__.py` registers for a stack file that holds `config`, and `secrets` encrypted.

    `existing` has the data of the Secrets that others write, by name. Equal arguments share one run. With `preview`
    nothing that a provider computes is known. Raises whatever the program raises.
    """
    texts = json.dumps(dict(config), sort_keys=True), json.dumps(dict(secrets)), json.dumps(existing, default=dict)
    return _deployed(*texts, stack, preview)


def stack_file(stack: str) -> dict[str, Any]:
    """The configuration in `Pulumi.<stack>.yaml`, its keys without the project's prefix."""
    document = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))
    config = cast("dict[str, Any]", document["config"])
    return {key.removeprefix(f"{PROJECT}:"): value for key, value in config.items()}


@functools.cache
def _deployed(config: str, secrets: str, existing: str, stack: str, preview: bool) -> Deployment:
    given: dict[str, str] = json.loads(secrets)
    values = {_full(key): _text(value) for key, value in json.loads(config).items()}
    values |= {_full(key): value for key, value in given.items()}

    def program() -> None:
        runtime_config.set_all_config(values, [_full(key) for key in given])
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")

    return run(program, stack=stack, preview=preview, existing=json.loads(existing))


def _full(key: str) -> str:
    return key if ":" in key else f"{PROJECT}:{key}"


def _text(value: object) -> str:
    """As the CLI hands it over."""
    return value if isinstance(value, str) else json.dumps(value)


def run(program: Program, *, stack: str = "dev", preview: bool = False, existing: ExistingData = NO_DATA) -> Deployment:
    """What `program` registers. It runs in a context of its own, and to the end of everything that it started."""
    monitor, engine = Monitor(stack, preview, existing), Engine()

    async def main() -> None:
        configure(Settings(project=PROJECT, stack=stack, monitor=monitor, engine=engine, dry_run=preview))
        await run_in_stack(lambda: _without_result(program))

    # As the official host does: a failure is raised once, and the event loop would log its other copies when they are
    # collected, however late that is.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    # Thousands of short-lived futures: collecting among them takes a fifth of the time.
    gc.disable()
    try:
        # The SDK sends the stack with each resource; that of a new thread is short, and its context is empty.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, main()).result()
    finally:
        gc.enable()
    return Deployment(monitor.registered, monitor.stack_outputs, tuple(engine.messages), tuple(monitor.reads.values()))


def resolved(make: Callable[[], pulumi.Output[Value]]) -> Value:
    """The value of the output that `make` returns."""
    found: list[Value] = []
    run(lambda: make().apply(found.append))
    assert len(found) == 1, "the output has no value"
    return found[0]


def _set(struct: struct_pb2.Struct, key: str, value: object) -> None:
    struct.fields[key].CopyFrom(json_format.ParseDict({key: value}, struct_pb2.Struct()).fields[key])


def _without_result(program: Program) -> None:
    program()


class Engine(MockEngine):
    """Keeps what the program logs."""

    def __init__(self) -> None:
        super().__init__(None)
        self.messages: list[tuple[str, str]] = []

    def Log(self, request: engine_pb2.LogRequest) -> None:  # noqa: N802 the protocol's name
        """Keep the message, with its severity in lower case; the SDK's own diary is left out."""
        if request.severity != engine_pb2.DEBUG:
            self.messages.append((engine_pb2.LogSeverity.Name(request.severity).lower(), request.message))


class _NoMocks(Mocks):
    """The monitor below answers itself."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        raise NotImplementedError

    def call(self, args: MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise NotImplementedError


class Monitor(MockMonitor):
    """The engine's side: real URNs, no URN twice, no reference to what is not registered, secret marks kept."""

    def __init__(self, stack: str, preview: bool, existing: ExistingData) -> None:
        super().__init__(_NoMocks())
        self.registered: dict[str, Registered] = {}
        self.reads: dict[str, tuple[str, str]] = {}
        self.stack_outputs: dict[str, Any] = {}
        self._stack, self._preview, self._lock = stack, preview, threading.Lock()
        self._existing = existing

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """The URN as the engine makes it: the types of all parents but the stack."""
        chain = parent.split("::")[2] if parent else ""
        if chain and chain != "pulumi:pulumi:Stack":
            type_ = f"{chain}${type_}"
        return f"urn:pulumi:{self._stack}::{PROJECT}::{type_}::{name}"

    def RegisterResource(  # noqa: N802 the protocol's name
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Keep the request and answer as the provider would."""
        urn = self.make_urn(request.parent, request.type, request.name)
        inputs = decoded(request.object)
        id_ = ("" if self._preview else f"id-{request.name}") if request.custom else ""
        state = self._state(request, plain(inputs))
        with self._lock:
            if urn in self.registered:
                raise AssertionError(f"two resources have the URN {urn}")
            for known in (request.parent, *request.dependencies):
                if known and known not in self.registered and known not in self.reads:
                    raise AssertionError(f"{urn} refers to {known}, which is not registered")
            self.registered[urn] = Registered(urn, request, inputs, decoded(state))
        return resource_pb2.RegisterResourceResponse(urn=urn, id=id_, object=state)

    def _state(self, request: resource_pb2.RegisterResourceRequest, inputs: dict[str, Any]) -> struct_pb2.Struct:
        state = struct_pb2.Struct()
        state.CopyFrom(request.object)
        for key, value in computed(request.type, request.name, inputs).items():
            known = UNKNOWN if self._preview else value
            _set(state, key, marked(known) if key in request.additionalSecretOutputs else known)
        name = object_name(request.type, request.name, inputs)
        if name is not None:
            _set(state, "metadata", {**inputs.get("metadata", {}), "name": name})
        return state

    def ReadResource(  # noqa: N802 the protocol's name
        self, request: resource_pb2.ReadResourceRequest
    ) -> resource_pb2.ReadResourceResponse:
        """Another stack's outputs. A preview needs no cluster, so nothing is read from one but what must be there:
        what a release left, an issuer, and Secrets of others where the stack file asks for that."""
        if request.type == "kubernetes:core/v1:PersistentVolumeClaim":
            return self._from_cluster(request, {"labels": {"app.kubernetes.io/instance": RELEASE}})
        if request.type == "kubernetes:core/v1:Secret":
            return self._existing_secret(request)
        if request.type in ISSUERS:
            return self._from_cluster(request, {})
        if request.type != "pulumi:pulumi:StackReference":
            raise AssertionError(f"the program reads {request.type} {request.name}: it may only create")
        outputs, secret = exported(request.id), secret_outputs(request.id)
        values = {name: marked(value) if name in secret else value for name, value in outputs.items()}
        state = struct_pb2.Struct()
        _set(state, "outputs", values)
        _set(state, "secretOutputNames", sorted(secret))
        urn = self.make_urn(request.parent, request.type, request.name)
        known = resource_pb2.RegisterResourceRequest(
            type=request.type, name=request.name, parent=request.parent, custom=True
        )
        with self._lock:
            self.registered[urn] = Registered(urn, known, {"name": request.id}, decoded(state))
        return resource_pb2.ReadResourceResponse(urn=urn, properties=state)

    def _from_cluster(
        self, request: resource_pb2.ReadResourceRequest, metadata: Mapping[str, object]
    ) -> resource_pb2.ReadResourceResponse:
        urn = self.make_urn(request.parent, request.type, request.name)
        state = struct_pb2.Struct()
        namespace, _, name = request.id.rpartition("/")
        home = {"namespace": namespace} if namespace else {}
        _set(state, "metadata", {**home, "name": name, **metadata})
        with self._lock:
            self.reads[urn] = (request.type, request.id)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=state)

    def _existing_secret(self, request: resource_pb2.ReadResourceRequest) -> resource_pb2.ReadResourceResponse:
        urn = self.make_urn(request.parent, request.type, request.name)
        # Each of them may hold a value.
        assert set(request.additionalSecretOutputs) == {"data", "metadata", "__inputs"}
        namespace, _, name = request.id.partition("/")
        if name not in self._existing:
            raise AssertionError(f"resource '{request.id}' does not exist")
        data = {key: base64.b64encode(value.encode()).decode() for key, value in self._existing[name].items()}
        state = struct_pb2.Struct()
        _set(state, "data", marked(data))
        _set(state, "metadata", marked({"namespace": namespace, "name": name}))
        known = resource_pb2.RegisterResourceRequest(
            type=request.type,
            name=request.name,
            parent=request.parent,
            dependencies=request.dependencies,
            custom=True,
        )
        with self._lock:
            assert urn not in self.registered, f"{request.id} is read twice"
            self.registered[urn] = Registered(urn, known, decoded(request.properties), decoded(state))
        return resource_pb2.ReadResourceResponse(urn=urn, properties=state)

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> NoReturn:  # noqa: N802 the protocol's name
        """The same."""
        raise AssertionError(f"the program calls {request.tok}: it may only create")

    def RegisterResourceOutputs(  # noqa: N802 the protocol's name
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        """Keep what a component or the stack gives out."""
        outputs = decoded(request.outputs)
        with self._lock:
            owner = self.registered[request.urn]
            if owner.registered_outputs is not None:
                raise AssertionError(f"{request.urn} registers its outputs twice")
            owner.registered_outputs = outputs
            if owner.type == "pulumi:pulumi:Stack":
                self.stack_outputs = outputs
        return empty_pb2.Empty()
