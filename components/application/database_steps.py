"""What a Job does before it uses the database of the in-cluster server: the platform's role and database."""

from __future__ import annotations

import pulumi

from ..data.postgres import DatabaseConnection, Origin
from ..kube.container import Container, ImageRef
from ..kube.environment import Env, texts
from ..kube.files import File, FileSet
from ..settings.postgres import SUPERUSER
from .backend import Backend


def database_steps(
    name: str, backend: Backend, postgres_image: ImageRef, parent: pulumi.Resource
) -> tuple[Container, ...]:
    """The container that makes role and database and sets the role's password; none for an external server.

    On the data of a release of the vendor's chart another comes first, which gives the server the superuser that this
    one signs in as. Creates, as children of `parent`, a ConfigMap for each with its script.

    Args:
        name: the beginning of the ConfigMaps' names in the program.
        backend: the connection.
        postgres_image: image with psql.
        parent: the Job's component.
    """
    database = backend.database
    if database.superuser_password is None:
        return ()
    steps = ("database",) if database.origin is Origin.STACK else ("handover", "database")
    env = (
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
    )
    return tuple(_step(f"{name}-{step}", step, backend, postgres_image, env, parent) for step in steps)


def _step(
    name: str, step: str, backend: Backend, postgres_image: ImageRef, env: tuple[Env, ...], parent: pulumi.Resource
) -> Container:
    script = File(f"postgres/{step}.sh", f"/etc/forail/postgres/{step}.sh")
    files = FileSet(name, (script,), backend.scope, "init", parent=parent, executable=True)
    return Container(name=step, image=postgres_image, command=("sh", script.path), env=env, mounts=files.mounts)


def former_passwords(database: DatabaseConnection) -> tuple[Env, ...]:
    """What the superuser's password may still be in the server."""
    formers = enumerate(database.former_superuser_passwords, start=1)
    return tuple(Env(f"PGPASSWORD_FORMER_{number}", secret=former) for number, former in formers)
