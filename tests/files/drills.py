"""What a drill's pod has around it: the throw-away server, and an API server that holds the report."""

import json
import os
import ssl
import subprocess
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

from tests.files.backups import LOAD, Site
from tests.files.postgres_server import DEBIAN_FOLDER, write_certificate
from tests.files.programs import FILES, background, free_port, program, run, stand_in, unprivileged, wait_until

DRILL = str(FILES / "backup" / "drill.sh")
OUTCOME = str(FILES / "backup" / "outcome.sh")
REPORT = str(FILES / "backup" / "drill_report.py")
THROWAWAY = str(FILES / "backup" / "throwaway.sh")
CONFIG_MAP, NAMESPACE, TOKEN = "forail-backup-drill", "forail", "the-token-of-the-drill"
WEEK = 7 * 24 * 3600
# What the image's entrypoint makes of its variables; paths of the Debian server are put in.
ENTRYPOINT = """#!/bin/bash
set -euo pipefail
[[ $1 == postgres ]] && shift
if [[ ! -e $PGDATA/PG_VERSION ]]; then
    {folder}/initdb -D "$PGDATA" -U "$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" -E UTF8 $POSTGRES_INITDB_ARGS
fi
exec {folder}/postgres -D "$PGDATA" -k "$PGDATA" "$@"
"""


@dataclass(frozen=True)
class Throwaway:
    """A server that throwaway.sh started, and the folder with its password."""

    port: int
    shared: Path
    log: Path

    def sql(self, statement: str, database: str = "postgres") -> list[str]:
        """What its superuser is answered."""
        login = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "postgres", "PGDATABASE": database}
        login["PGPASSWORD"] = (self.shared / "password").read_text()
        answer = run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", statement], login)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout.splitlines()


@contextmanager
def running_throwaway(folder: Path, *options: str) -> Generator[Throwaway]:
    """The server, with its data below the folder; ended with the block."""
    binaries = Path(program("initdb", "postgresql-15", DEBIAN_FOLDER)).parent
    stand_in(folder / "bin", "docker-entrypoint.sh", ENTRYPOINT.replace("{folder}", str(binaries)))
    shared, data = folder / "shared", folder / "data"
    for made in (shared, data):
        made.mkdir(exist_ok=True)
    throwaway = Throwaway(free_port(), shared, folder / "log")
    variables = {
        "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
        "THROWAWAY_DIR": str(shared),
        "POSTGRES_USER": "postgres",
        "PGDATA": str(data),
        "PGPORT": str(throwaway.port),
    }
    with background(unprivileged(["sh", THROWAWAY, *options], shared, data), throwaway.log, variables):
        login = {"PGHOST": "127.0.0.1", "PGPORT": str(throwaway.port)}
        wait_until(lambda: run(["pg_isready"], login).returncode == 0, f"the server answers; see {throwaway.log}")
        yield throwaway


@dataclass
class ApiServer:
    """One ConfigMap behind an API server that takes what the real one takes of this account, and nothing else."""

    folder: Path
    port: int = 0
    data: dict[str, str] = field(default_factory=lambda: {"result": "never ran"})
    down: list[int] = field(default_factory=list[int])
    """Answers that it gives before it is well."""
    seen: list[str] = field(default_factory=list[str])
    """Methods and paths."""

    def environment(self) -> dict[str, str]:
        """What the kubelet tells a pod of it."""
        return {
            "KUBERNETES_SERVICE_HOST": "127.0.0.1",
            "KUBERNETES_SERVICE_PORT": str(self.port),
            "SERVICE_ACCOUNT_DIR": str(self.folder),
            "MY_POD_NAMESPACE": NAMESPACE,
            "DRILL_REPORT": CONFIG_MAP,
            "REPORT_PAUSE_SECONDS": "0",
            "DRILL_VALID_SECONDS": str(WEEK),
        }

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        """Status and message."""
        self.seen.append(f"{method} {path}")
        if self.down:
            return self.down.pop(0), "not now"
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, "Unauthorized"
        path = path.partition("?")[0]
        if (method, path) != ("PATCH", f"/api/v1/namespaces/{NAMESPACE}/configmaps/{CONFIG_MAP}"):
            return 403, f'configmaps "{path.rpartition("/")[2]}" is forbidden'
        if headers.get("Content-Type") != "application/merge-patch+json":
            return 415, "the body of the request was in an unknown format"
        patch = cast("dict[str, object]", json.loads(body))
        changes = cast("dict[str, object]", patch.pop("data"))
        if patch or not all(value is None or isinstance(value, str) for value in changes.values()):
            return 422, "ConfigMap in version v1 cannot be handled: data must be text"
        merged = {**self.data, **changes}
        self.data = {key: value for key, value in merged.items() if isinstance(value, str)}
        return 200, "ok"


@contextmanager
def running_api(folder: Path) -> Generator[ApiServer]:
    """The API server with its token and CA in the folder."""
    folder.mkdir()
    certificate, key = write_certificate(folder)
    certificate.rename(folder / "ca.crt")
    (folder / "token").write_text(TOKEN)
    api = ApiServer(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_PATCH(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, message = api.answer(self.command, self.path, dict(self.headers), body)
            text = json.dumps({"kind": "Status", "code": status, "message": message}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.crt", key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    api.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Drill:
    """The pod of a drill, and the dumps that it reads."""

    site: Site
    folder: Path
    throwaway: Throwaway
    api: ApiServer
    temporary: Path
    """Where its scripts keep what must be gone afterwards."""

    @property
    def environment(self) -> dict[str, str]:
        """The variables of its container: nothing in them leads to the platform's database."""
        kept = {name: value for name, value in self.site.environment.items() if not name.startswith("DATABASE_")}
        return {
            **kept,
            **self.api.environment(),
            "BACKUP_DIR": str(self.folder),
            "TMPDIR": str(self.temporary),
            "DATABASE_HOST": "127.0.0.1",
            "DATABASE_PORT": str(self.throwaway.port),
            "DATABASE_NAME": self.site.database,
            "DATABASE_USER": "forail",
            "DRILL_SERVER_USER": "postgres",
            "DRILL_SERVER_DIR": str(self.throwaway.shared),
            "DRILL_DIR": str(FILES / "backup"),
            "DATABASE_SCRIPT": str(FILES / "postgres" / "database.sh"),
            "DRILL_DEADLINE_SECONDS": "3600",
            "LOAD": LOAD,
        }

    @property
    def newest(self) -> Path:
        """The last of its dumps."""
        return sorted(self.folder.glob("forail-*.sql.gz"))[-1]

    @property
    def fetched(self) -> str:
        """Where the container that fetches says how it ended."""
        return str(self.folder / ".fetched")

    def start(self, **changes: str) -> subprocess.Popen[str]:
        """Starts drill.sh and goes on."""
        variables = {"PATH": os.environ["PATH"], **self.environment, **changes}
        return subprocess.Popen(["bash", DRILL], env=variables, stderr=subprocess.PIPE, text=True)

    def run(self, **changes: str) -> subprocess.CompletedProcess[str]:
        """Runs drill.sh; keyword arguments replace variables."""
        return run(["bash", DRILL], self.environment | changes)

    def restored(self, query: str) -> list[str]:
        """What the throw-away server holds after a drill."""
        return self.throwaway.sql(query, self.site.database)
