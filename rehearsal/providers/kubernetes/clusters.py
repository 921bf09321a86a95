"""The API server behind each engine connection; servers that do not answer are remembered as such."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from rehearsal.kubernetes.api import Api
from rehearsal.kubernetes.exchange import ApiError, ApiUnreachable
from rehearsal.kubernetes.kubeconfig import Cluster, KubeconfigError
from rehearsal.providers.calls import ProviderError
from rehearsal.providers.kubernetes.connection import Settings, read_settings
from rehearsal.providers.session import Session
from rehearsal.providers.wire import Properties


@dataclass(frozen=True)
class Connection:
    """One configured provider: its settings, and its API server or the reason why there is none."""

    settings: Settings
    namespace: str
    reachable: Api | None
    trouble: str = ""

    @property
    def api(self) -> Api:
        """The API server.

        Raises:
            ProviderError: it cannot be reached; the message names it and the fix.
        """
        if self.reachable is None:
            raise ProviderError(
                f"the Kubernetes cluster cannot be reached: {self.trouble}. Start it, or point the provider's "
                "kubeconfig (or KUBECONFIG) and context at one that runs, then run the command again"
            )
        return self.reachable


class Clusters:
    """Connections by session, with one client per API server and user for the provider's whole life."""

    def __init__(self) -> None:
        self._connections: WeakKeyDictionary[Session, Connection] = WeakKeyDictionary()
        self._clients: dict[str, Api] = {}
        self._lock = threading.Lock()

    def configure(self, session: Session, inputs: Properties) -> None:
        """Connect a session; a cluster that does not answer is only a warning until something needs it."""
        connection = self._connect(read_settings(inputs))
        with self._lock:
            self._connections[session] = connection
        if connection.reachable is None:
            session.warn(
                f"the Kubernetes cluster cannot be reached: {connection.trouble}. "
                "A preview goes on without it and shows the program's own values; creating or changing anything fails"
            )

    def of(self, session: Session) -> Connection:
        """The connection of a session, by default settings when the engine never configured it."""
        with self._lock:
            found = self._connections.get(session)
        if found is None:
            self.configure(session, session.configuration)
            return self.of(session)
        return found

    def close(self) -> None:
        """Close all clients."""
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()

    def _connect(self, settings: Settings) -> Connection:
        namespace = settings.namespace or "default"
        try:
            cluster = settings.resolve()
            namespace = settings.namespace or cluster.namespace
            api = self._client(cluster)
            _greet(api)
        except (KubeconfigError, ApiUnreachable) as problem:
            return Connection(settings, namespace, None, str(problem))
        return Connection(settings, namespace, api)

    def _client(self, cluster: Cluster) -> Api:
        key = json.dumps([cluster.entry, cluster.user, str(cluster.folder)], sort_keys=True, default=str)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = Api(cluster)
            return self._clients[key]


def _greet(api: Api) -> None:
    try:
        api.request("GET", "/version")
    except ApiError as error:
        # A server that refuses the user still answers: what it refuses is told when it matters.
        if error.status not in (401, 403):
            raise ApiUnreachable(f"{api.server} answers {error.status}: {error}") from None
