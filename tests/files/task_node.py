"""A task pod's node for the tests of components/files/task: the platform's database, its jobs, the pod's processes."""

import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.files.postgres_server import PostgresServer
from tests.files.programs import FILES, run, stand_in, wait_until

NODE = "forail-node"
"""Its name."""
# The columns that the scripts use, with the types and constraints of backend 2026.07.1.
TABLES = """
    CREATE TABLE main_instance (id serial PRIMARY KEY, hostname varchar(250) UNIQUE NOT NULL, enabled bool NOT NULL);
    CREATE TABLE conf_setting (id serial PRIMARY KEY, created timestamptz NOT NULL, modified timestamptz NOT NULL,
        key varchar(255) NOT NULL, value jsonb, user_id int);
    CREATE TABLE main_unifiedjob (id serial PRIMARY KEY, status varchar(20) NOT NULL,
        controller_node text NOT NULL DEFAULT '', execution_node text NOT NULL DEFAULT '');
"""


@dataclass
class Node:
    """A task pod's node: the platform's database, and what the pod's processes and variables are."""

    server: PostgresServer
    database: str
    folder: Path
    variables: dict[str, str] = field(default_factory=dict[str, str])
    processes: tuple[str, ...] = ("receptor", "run_dispatcher", "run_callback_receiver")

    @property
    def log(self) -> Path:
        """What the container's log gets."""
        return self.folder / "log"

    def sql(self, statements: str) -> list[str]:
        """The lines that the platform's database answers."""
        return self.server.sql(statements, self.database, "forail")

    def job(self, status: str = "running", controller: str = NODE, execution: str = "") -> None:
        """One more job; ids count from 1."""
        self.sql(
            "INSERT INTO main_unifiedjob (status, controller_node, execution_node) "
            f"VALUES ('{status}', '{controller}', '{execution}')"
        )

    def enabled(self, name: str = NODE) -> bool:
        """Whether the node gets work."""
        return self.sql(f"SELECT enabled FROM main_instance WHERE hostname = '{name}'") == ["t"]

    def notes(self) -> list[str]:
        """The settings that say whom a drain disabled."""
        return self.sql("SELECT key FROM conf_setting ORDER BY key")

    def environment(self) -> dict[str, str]:
        """The variables of the pod, with processes that look like its own."""
        proc, control = self.folder / "proc", self.folder / "receptor.sock"
        shutil.rmtree(proc, ignore_errors=True)
        for number, name in enumerate(self.processes, 1):
            (proc / str(number)).mkdir(parents=True)
            arguments = ["receptor", "--config"] if name == "receptor" else ["python", "forail-manage", name]
            (proc / str(number) / "cmdline").write_text("\0".join(arguments) + "\0")
        return {
            **self.server.platform(self.database),
            "FORAIL_NODE_NAME": NODE,
            "TASK_PROBE_PROC": str(proc),
            "TASK_PROBE_SOCKET": str(control),
            "DRAIN_LOG": str(self.log),
            "DRAIN_POLL_SECONDS": "0.05",
            "START_RETRY_SECONDS": "0.05",
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            **self.variables,
        }

    def drain(self, seconds: str = "600") -> subprocess.CompletedProcess[str]:
        """Runs the hook to its end."""
        return run(["bash", str(FILES / "task" / "drain.sh"), seconds], self.environment())

    @contextmanager
    def draining(self, until: str) -> Generator[subprocess.Popen[str]]:
        """The hook once its log has said something; killed with the block, unless it has ended."""
        command = ["bash", str(FILES / "task" / "drain.sh"), "600"]
        process = subprocess.Popen(command, env=self.environment(), stderr=subprocess.PIPE, text=True)
        try:
            wait_until(lambda: self.log.exists() and until in self.log.read_text(), f"{until!r} in {self.log}")
            yield process
        finally:
            process.kill()
            process.communicate()

    def start(self) -> subprocess.CompletedProcess[str]:
        """Runs the container's command, up to the image's own start."""
        stand_in(self.folder / "bin", "launch_awx_task.sh", "#!/bin/bash\necho launched\n")
        return run(["bash", str(FILES / "task" / "start.sh")], self.environment())
