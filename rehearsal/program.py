"""Runs a project's unmodified `__main__.py` inside this process, as the engine's inline program."""

import asyncio
import os
import runpy
import sys
from collections.abc import Generator, Mapping
from contextlib import chdir, contextmanager
from pathlib import Path
from types import ModuleType

_OWN_PACKAGE = __name__.partition(".")[0]
_OPEN_LOOPS: list[asyncio.AbstractEventLoop] = []
"""Loops of former runs that the SDK left open; Python warns of one that it collects."""


def _close_loops() -> None:
    for loop in [loop for loop in _OPEN_LOOPS if not loop.is_running()]:
        _OPEN_LOOPS.remove(loop)
        loop.close()


class Program:
    """The program of one project folder.

    Args:
        folder: where its `__main__.py` is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._loop: asyncio.AbstractEventLoop | None = None

    def __call__(self) -> None:
        """Execute `__main__.py`; call it inside `prepared`, from the SDK's event loop."""
        self._loop = asyncio.get_running_loop()
        runpy.run_path(str(self._folder / "__main__.py"), run_name="__main__")

    @contextmanager
    def prepared(self, environment: Mapping[str, str]) -> Generator[None]:
        """What the official language host gives a program: its folder as working folder and first on the import path,
        `environment`, and modules that no former run has touched. Everything is put back afterwards.
        """
        _close_loops()
        replaced = {name: os.environ.get(name) for name in environment}
        kept = self._take_modules()
        os.environ.update(environment)
        sys.path.insert(0, str(self._folder))
        try:
            with chdir(self._folder):
                yield
        finally:
            self._keep_loop()
            sys.path.remove(str(self._folder))
            self._take_modules()
            sys.modules.update(kept)
            for name, value in replaced.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value

    def _keep_loop(self) -> None:
        """Hold on to the loop of a run that the engine ended while the program waited: the SDK may still be at work on
        it, and leaves it open where a task does not end as cancelled."""
        if self._loop is not None and not self._loop.is_closed():
            _OPEN_LOOPS.append(self._loop)
        self._loop = None

    def _take_modules(self) -> dict[str, ModuleType]:
        """Remove the project's own modules from the interpreter and return them."""
        own = {name: module for name, module in sys.modules.items() if self._belongs(name, module)}
        for name in own:
            del sys.modules[name]
        return own

    def _belongs(self, name: str, module: ModuleType) -> bool:
        file = getattr(module, "__file__", None)
        if name.partition(".")[0] in {"__main__", _OWN_PACKAGE} or file is None:
            return False
        # There are thousands of modules, and nearly all are elsewhere.
        return file.startswith(f"{self._folder}{os.sep}") and "site-packages" not in Path(file).parts
