"""Definitions of custom resources that other projects own, taken from their Go modules and put on an API server."""

import json
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import yaml

from rehearsal.failure import RehearsalError
from rehearsal.kubernetes.api import Api
from rehearsal.kubernetes.objects import KubeObject, at, condition, name_of
from rehearsal.pins import Definitions, pinned_version
from rehearsal.progress import Progress
from rehearsal.toolchain import cache_folder, checked_go, key, once, run_go

PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
SERVED_SECONDS = 60.0
"""The API server serves a definition within a second of its creation, later only on a busy machine."""
_POLL_SECONDS = 0.05


def load(source: Definitions, progress: Progress) -> Sequence[KubeObject]:
    """The definitions of a pinned module, from the cache or read now.

    Raises:
        RehearsalError: Go is missing or too old, or the module cannot be downloaded.
    """
    target = cache_folder() / source.name / key(source, *source.files)
    file = target / "definitions.json"
    once(source, target, file.is_file, lambda: _extract(source, target, progress), progress)
    return cast("list[KubeObject]", json.loads(file.read_bytes()))


def bring(api: Api, sources: Iterable[Definitions], progress: Progress) -> None:
    """Create what is absent of the definitions, and wait until the API server serves them.

    Raises:
        RehearsalError: they cannot be read, or are not served within a minute.
        ApiFailure: the API server refused.
    """
    wanted = [definition for source in sources for definition in load(source, progress)]
    for definition in wanted:
        api.create(PATH, definition)
    _until("served", wanted, lambda definition: _served(api, definition))


def remove(api: Api, sources: Iterable[Definitions], progress: Progress) -> None:
    """Delete the definitions with every object of theirs, and wait until they are gone."""
    known = [definition for source in sources for definition in load(source, progress)]
    if not known:
        return
    # A definition whose objects cannot be listed yet is not let go, sometimes never.
    with ThreadPoolExecutor(len(known)) as together:
        list(together.map(api.get, [_collection(definition) for definition in known]))
    for definition in known:
        api.delete(f"{PATH}/{name_of(definition)}")
    _until("gone", known, lambda definition: api.get(f"{PATH}/{name_of(definition)}") is None)


def _extract(source: Definitions, target: Path, progress: Progress) -> None:
    with tempfile.TemporaryDirectory(prefix="building-", dir=target.parent, ignore_cleanup_errors=True) as scratch:
        staging = Path(scratch) / "done"
        staging.mkdir()
        with progress.step(f"reading the definitions of {source.module} {pinned_version(source)} (first use only)"):
            folder = _module_folder(source)
            files = sorted(file for pattern in source.files for file in folder.glob(pattern))
            found = [cast("KubeObject", yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)) for file in files]
            if not found:
                raise RehearsalError(
                    f"{source.module} {pinned_version(source)} has no file {' or '.join(source.files)}",
                    "correct the pattern in rehearsal/pins.py",
                )
            (staging / "definitions.json").write_text(json.dumps(found))
        staging.rename(target)


def _module_folder(source: Definitions) -> Path:
    """Where Go keeps the module, downloaded and checked against go.sum where it is not there yet."""
    command = [checked_go(source), "mod", "download", "-json", source.module]
    answer = cast("Mapping[str, str]", json.loads(run_go(source, command, "free some space there")))
    return Path(answer["Dir"])


def _served(api: Api, definition: KubeObject) -> bool:
    found = api.get(f"{PATH}/{name_of(definition)}")
    if at(condition(found, "Established"), "status") != "True":
        return False
    kind = at(definition, "spec", "names", "kind")
    return all(api.find(served, kind) is not None for served in _served_versions(definition))


def _served_versions(definition: KubeObject) -> list[str]:
    """Each version that is served, as an object's apiVersion names it."""
    served = [version["name"] for version in at(definition, "spec", "versions") if version["served"]]
    return [f"{at(definition, 'spec', 'group')}/{version}" for version in served]


def _collection(definition: KubeObject) -> str:
    return f"/apis/{_served_versions(definition)[0]}/{at(definition, 'spec', 'names', 'plural')}"


def _until(state: str, definitions: Sequence[KubeObject], holds: Callable[[KubeObject], bool]) -> None:
    deadline = time.monotonic() + SERVED_SECONDS
    for definition in definitions:
        while not holds(definition):
            if time.monotonic() > deadline:
                raise RehearsalError(
                    f"the definition {name_of(definition)} was not {state} after {SERVED_SECONDS:.0f} s",
                    "look into kube-apiserver.log of the rehearsal, then run the command again",
                )
            time.sleep(_POLL_SECONDS)
