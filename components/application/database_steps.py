"""What a Job does before it uses the database of the in-cluster server: the platform's role and database."""

from __future__ import annotations

import pulumi

from ..data.postgres import DatabaseConnection
from ..kube.container import Container, ImageRef
from ..kube.environment import Env, texts
from ..kube.files import File, FileSet
from ..settings.postgres import SUPERUSER
from .backend import Backend


def database_steps(
    name: str, backend: Backend, postgres_image: ImageRef, parent: pulumi.Resource
) -> tuple[Container, ...]:
    """The container that makes role and database and sets the role's password; none for an external server.

    Creates, as a child of `parent`, the ConfigMap with its script.

    Args:
        name: the beginning of the ConfigMap's name in the program.
        backend: the connection.
        postgres_image: image with psql.
        parent: the Job's component.
    """
    database = backend.database
    if database.superuser_password is None:
        return ()
    script = File("postgres/database.sh", "/etc/forail/postgres/database.sh")
    files = FileSet(f"{name}-database", (script,), backend.scope, "init", parent=parent, executable=True)
    return (
        Container(
            name="database",
            image=postgres_image,
            command=("sh", script.path),
            env=(
                *texts(
                    PGHOST=database.host,
                    PGPORT=str(database.port),
                    PGUSER=SUPERUSER,
                    PLATFORM_USER=database.user,
                    PLATFORM_DATABASE=database.database,
                ),
                Env("PGPASSWORD", secret=database.superuser_password),
                Env("PLATFORM_PASSWORD", secret=database.password),
                *former_passwords(database),
            ),
            mounts=files.mounts,
        ),
    )


def former_passwords(database: DatabaseConnection) -> tuple[Env, ...]:
    """What the superuser's password may still be in the server."""
    formers = enumerate(database.former_superuser_passwords, start=1)
    return tuple(Env(f"PGPASSWORD_FORMER_{number}", secret=former) for number, former in formers)
