"""Stand-in for the `kubernetes` plugin: answers the engine's calls from a real API server."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import cast

from rehearsal.kubernetes.exchange import ApiError, ApiFailure, ApiUnreachable
from rehearsal.kubernetes.objects import KubeObject, describe, identifier_of, mapping
from rehearsal.providers.calls import (
    Call,
    CheckCall,
    CheckResult,
    CreateCall,
    DeleteCall,
    DiffCall,
    DiffResult,
    InitializationFailed,
    LiveResource,
    Provider,
    ProviderError,
    ReadCall,
    UpdateCall,
)
from rehearsal.providers.differences import Difference
from rehearsal.providers.kubernetes import ownership
from rehearsal.providers.kubernetes.checking import check_inputs
from rehearsal.providers.kubernetes.clusters import Clusters, Connection
from rehearsal.providers.kubernetes.comparison import compare
from rehearsal.providers.kubernetes.connection import failures, same_cluster
from rehearsal.providers.kubernetes.deleting import StillThere, skips_wait, until_gone
from rehearsal.providers.kubernetes.projection import project, without_server_fields
from rehearsal.providers.kubernetes.state import for_preview, from_live, with_secret_data
from rehearsal.providers.kubernetes.tokens import object_type_of
from rehearsal.providers.kubernetes.wait_for import WaitForError
from rehearsal.providers.kubernetes.waiting import NotReady, Waiter, unready_now
from rehearsal.providers.kubernetes.writing import KindMissing, Writer, refused
from rehearsal.providers.session import Session
from rehearsal.providers.wire import Properties, has_unknown, mark_like, plain


class KubernetesProvider(Provider):
    """The `kubernetes` package."""

    name = "kubernetes"
    version = version("pulumi_kubernetes")

    def __init__(self, *, strict: bool) -> None:
        """Prepare the provider.

        Args:
            strict: demand strict field validation for every object that is created or changed.
        """
        self._strict = strict
        self._clusters = Clusters()

    def check_config(self, call: CheckCall) -> CheckResult:
        return CheckResult(call.news, failures(plain(call.news)))

    def diff_config(self, call: DiffCall) -> DiffResult:
        if same_cluster(call.old_inputs or call.old_outputs, call.news):
            return DiffResult()
        difference = Difference.update("clusterIdentifier" if call.news.get("clusterIdentifier") else "kubeconfig")
        return DiffResult((difference,), frozenset({difference}))

    def configure(self, session: Session, inputs: Properties) -> None:
        self._clusters.configure(session, inputs)

    def check(self, call: CheckCall) -> CheckResult:
        return check_inputs(call, self._clusters.of(call.session))

    def diff(self, call: DiffCall) -> DiffResult:
        return compare(call)

    def create(self, call: CreateCall) -> tuple[str, Properties]:
        connection = self._clusters.of(call.session)
        obj = plain(call.inputs)
        if call.preview:
            return identifier_of(obj), self._preview(call.inputs, obj, connection, manager=None)
        with reported(obj):
            writer = self._writer(connection)
            manager = ownership.manager_of(obj, {})
            live = writer.create(obj, manager, call.session.cancelled)
            return identifier_of(live), self._settled(call, obj, live, manager)

    def update(self, call: UpdateCall) -> Properties:
        connection = self._clusters.of(call.session)
        obj = plain(call.news)
        manager = ownership.manager_of(obj, call.old_outputs)
        if call.preview:
            return self._preview(call.news, obj, connection, manager, call.ignored)
        with reported(obj):
            writer = self._writer(connection)
            live = writer.update(obj, manager, call.ignored)
            return self._settled(call, obj, live, manager)

    def read(self, call: ReadCall) -> LiveResource:
        connection = self._clusters.of(call.session)
        obj = _addressed(call, call.inputs or call.outputs)
        with reported(obj):
            writer = self._writer(connection)
            try:
                live = writer.get(obj)
            except KindMissing:
                live = None
        if live is None:
            return LiveResource("", {}, {})
        outputs = from_live(live, ownership.manager_of(obj, call.outputs))
        old = plain(call.inputs)
        inputs = project(live, old) if old else with_secret_data(without_server_fields(live))
        reason = unready_now(old, live) if old else None
        if reason is not None:
            raise InitializationFailed(call.identifier, outputs, mark_like(inputs, call.inputs), [reason])
        return LiveResource(call.identifier, outputs, inputs)

    def delete(self, call: DeleteCall) -> None:
        connection = self._clusters.of(call.session)
        obj = _addressed(call, call.inputs or call.outputs)
        with reported(obj):
            writer = self._writer(connection)
            try:
                kind = writer.find(obj)
            except KindMissing:
                return
            held = writer.delete(kind, obj)
            if held is not None and not skips_wait(obj):
                until_gone(connection.api, kind, held, call.timeout, call.session.cancelled)

    def close(self) -> None:
        self._clusters.close()

    def _preview(
        self,
        inputs: Properties,
        obj: KubeObject,
        connection: Connection,
        manager: str | None,
        ignored: Sequence[str] = (),
    ) -> Properties:
        """What the object would become: the server's answer to a dry run, else the inputs themselves."""
        if connection.reachable is None or has_unknown(obj):
            return inputs
        with reported(obj):
            writer = self._writer(connection)
            expected = writer.preview_create(obj) if manager is None else writer.preview_update(obj, manager, ignored)
        return inputs if expected is None else for_preview(expected)

    def _settled(self, call: CreateCall | UpdateCall, obj: KubeObject, live: KubeObject, manager: str) -> Properties:
        """The outputs of the written object once it is ready. From here on no failure may lose it."""
        connection = self._clusters.of(call.session)
        try:
            kind = self._writer(connection).find(live)
            return from_live(self._waiter(call, connection).until_ready(kind, obj, live, call.timeout), manager)
        except NotReady as outcome:
            live, reasons = outcome.live, outcome.reasons
        except (ApiFailure, ProviderError, WaitForError) as problem:
            reasons = [f"{describe(live)} could not be waited for: {problem}"]
        inputs = call.inputs if isinstance(call, CreateCall) else call.news
        raise InitializationFailed(identifier_of(live), from_live(live, manager), inputs, reasons)

    def _writer(self, connection: Connection) -> Writer:
        settings = connection.settings
        return Writer(
            connection.api,
            strict=self._strict,
            force_conflicts=settings.has("enablePatchForce"),
            upsert=settings.has("upsertExistingObjects"),
        )

    def _waiter(self, call: Call, connection: Connection) -> Waiter:
        session = call.session
        return Waiter(connection.api, session.cancelled, lambda message: session.progress(message, call.urn))


def _addressed(call: ReadCall | DeleteCall, known: Properties) -> KubeObject:
    """The object that an identifier means: its kind, name and namespace, and the annotations in the state."""
    api_version, kind = object_type_of(call.type_token)
    obj: KubeObject = {"apiVersion": api_version, "kind": kind, **cast("KubeObject", plain(known))}
    namespace, _, name = call.identifier.rpartition("/")
    metadata = {**mapping(obj, "metadata"), "name": name}
    return {**obj, "metadata": {**metadata, "namespace": namespace} if namespace else metadata}


@contextmanager
def reported(obj: KubeObject) -> Generator[None]:
    """Turn what the API server or the network says into a refusal that names the object."""
    try:
        yield
    except ApiError as error:
        raise refused(obj, "handled", error) from None
    except ApiUnreachable as error:
        raise ProviderError(f"{describe(obj)}: {error}: start the API server and run the command again") from None
    except StillThere as outcome:
        raise ProviderError(str(outcome)) from None
