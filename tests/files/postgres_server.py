"""A throw-away PostgreSQL server with a superuser of its own, and the platform's role and databases on it."""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.files.programs import FILES, background, free_port, program, run, unprivileged, wait_until

DEBIAN_FOLDER = "/usr/lib/postgresql/15/bin"
SUPERUSER = "superuser"
SUPERUSER_PASSWORD = "superuser's \"pass\\word$"
PLATFORM_PASSWORD = "platform-password"


@dataclass(frozen=True)
class PostgresServer:
    """Address and log of the server. Nothing on it is trusted: every login needs its password."""

    port: int
    log: Path
    certificate: Path
    first_user: str = SUPERUSER
    """The superuser that initdb made."""

    def superuser(self) -> dict[str, str]:
        """libpq's variables of the superuser."""
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": self.first_user,
            "PGPASSWORD": SUPERUSER_PASSWORD,
        }

    def platform(self, database: str, user: str = "forail") -> dict[str, str]:
        """The platform's own variables, as pods get them."""
        return {
            "DATABASE_HOST": "127.0.0.1",
            "DATABASE_PORT": str(self.port),
            "DATABASE_NAME": database,
            "DATABASE_USER": user,
            "DATABASE_PASSWORD": PLATFORM_PASSWORD,
        }

    def sql(self, statements: str, database: str = "postgres", user: str = SUPERUSER) -> list[str]:
        """The lines that the statements answer; fails the test on an SQL error."""
        password = SUPERUSER_PASSWORD if user == SUPERUSER else PLATFORM_PASSWORD
        variables = self.superuser() | {"PGUSER": user, "PGPASSWORD": password, "PGDATABASE": database}
        answer = run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"], variables, statements)
        if answer.returncode != 0:
            pytest.fail(f"SQL failed: {answer.stderr}")
        return answer.stdout.splitlines()

    def make_platform(self, database: str, user: str = "forail") -> None:
        """Runs the stack's own database.sh for this role and database."""
        variables = self.superuser() | {
            "PLATFORM_USER": user,
            "PLATFORM_PASSWORD": PLATFORM_PASSWORD,
            "PLATFORM_DATABASE": database,
            "TERMINATION_LOG": "/dev/null",
        }
        outcome = run(["sh", str(FILES / "postgres" / "database.sh")], variables)
        if outcome.returncode != 0:
            pytest.fail(f"database.sh failed: {outcome.stderr}")


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key, as files in the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "server.crt", folder / "server.key"
    certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    private.touch(0o600)
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, private


@contextmanager
def unused_postgres(first_user: str = SUPERUSER, programs: str = DEBIAN_FOLDER) -> Generator[PostgresServer]:
    """A server that nobody has used, in a folder of its own, which goes with the block."""
    # A short one below the system's: socket paths are limited, and another user must reach it.
    folder = Path(tempfile.mkdtemp(prefix="forail-pg-"))
    folder.chmod(0o755)
    try:
        with running_postgres(folder, first_user, programs) as server:
            yield server
    finally:
        shutil.rmtree(folder)


@contextmanager
def running_postgres(
    folder: Path, first_user: str = SUPERUSER, programs: str = DEBIAN_FOLDER
) -> Generator[PostgresServer]:
    """A server with its data below the folder, ended with the block. It logs every statement."""
    initdb = program("initdb", "postgresql-15", programs)
    server = program("postgres", "postgresql-15", programs)
    program("psql", "postgresql-client-15")
    password = folder / "password"
    password.write_text(SUPERUSER_PASSWORD + "\n")
    data = folder / "data"
    data.mkdir()
    log = folder / "log"
    certificate, key = write_certificate(folder)
    options = ["-U", first_user, f"--pwfile={password}", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"]
    made = run(unprivileged([initdb, "-D", str(data), *options], folder, password, data, key))
    if made.returncode != 0:
        pytest.fail(f"initdb failed: {made.stderr}")
    port = free_port()
    settings = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": folder,
        "fsync": "off",
        "log_statement": "all",
        "ssl": "on",
        "ssl_cert_file": certificate,
        "ssl_key_file": key,
    }
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with background(unprivileged([server, "-D", str(data), *arguments]), log):
        running = PostgresServer(port, log, certificate, first_user)
        ready = ["psql", "-Xc", "SELECT 1", "-d", "postgres"]
        wait_until(lambda: run(ready, running.superuser()).returncode == 0, f"PostgreSQL answers; see {log}")
        yield running
