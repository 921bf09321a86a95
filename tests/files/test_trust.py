"""trust/merge.sh, and the store that it writes, read by the programs that a pod and a job run."""

import ssl
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from components.outbound import ADDED_FILE, ADDED_FOLDER, STORE
from components.settings.trust import STORE_FILE_VARIABLES
from tests.files.programs import FILES, free_port, program, run
from tests.files.stores import binary
from tests.unit.certificates import Authority, certificate

MERGE = str(FILES / "trust" / "merge.sh")
PUBLIC, PRIVATE, OTHER = Authority("A public CA"), Authority("The company's CA"), Authority("Nobody's CA")


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and keeps its log to itself."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextmanager
def serving(folder: Path, authority: Authority, keys: Path) -> Generator[str]:
    """The address of an https server whose certificate `authority` signed."""
    keys.mkdir()
    for file, text in zip(("tls.crt", "tls.key"), authority.issue("localhost"), strict=True):
        (keys / file).write_text(text)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys / "tls.crt", keys / "tls.key")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"https://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Generator[dict[str, str]]:
    """A server for each authority, with a git repository on it."""
    folder = tmp_path_factory.mktemp("served")
    git = program("git", "git")
    for arguments in (["init", "--quiet", "--bare", "repo.git"], ["--git-dir=repo.git", "update-server-info"]):
        assert run([git, "-C", str(folder), *arguments], {"HOME": str(folder)}).returncode == 0
    keys = tmp_path_factory.mktemp("keys")
    with (
        serving(folder, PUBLIC, keys / "public") as public,
        serving(folder, PRIVATE, keys / "private") as private,
        serving(folder, OTHER, keys / "other") as other,
    ):
        yield {"public": public, "private": private, "other": other}


def merged(folder: Path, added: str = PRIVATE.pem, system: str | None = PUBLIC.pem) -> tuple[Path, int, str]:
    """The store, the exit code and what merge.sh says; `system` is the image's own store."""
    (folder / "added.crt").write_text(added)
    if system is not None:
        (folder / "system.crt").write_text(system)
    store = folder / "store.crt"
    outcome = run(
        ["bash", MERGE, str(folder / "added.crt"), str(store)],
        {"SYSTEM_STORES": f"{folder}/absent.crt {folder}/system.crt"},
    )
    return store, outcome.returncode, outcome.stderr


URLLIB = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=30).read()"
REQUESTS = "import sys, requests; requests.get(sys.argv[1], timeout=30).raise_for_status()"


def command(name: str, address: str) -> list[str]:
    """What asks the server at `address`."""
    return {
        "urllib": [sys.executable, "-c", URLLIB, address],
        "requests": [sys.executable, "-c", REQUESTS, address],
        "curl": [program("curl", "curl"), "--fail", "--silent", "--show-error", address],
        "git": [program("git", "git"), "ls-remote", f"{address}/repo.git"],
        "rclone": [str(binary("rclone")), "lsf", ":http:", "--http-url", f"{address}/", "--retries", "1"],
    }[name]


def asks(name: str, address: str, **environment: str) -> bool:
    """Whether the program trusts the server; what it fails with must be about the certificate."""
    outcome = run(command(name, address), {"HOME": "/nonexistent", "RCLONE_CONFIG": "", **environment})
    assert outcome.returncode == 0 or "certificate" in outcome.stderr.lower(), outcome.stderr
    return outcome.returncode == 0


def told(store: Path) -> Mapping[str, str]:
    """The variables of a pod, with the store where it is here."""
    return dict.fromkeys(STORE_FILE_VARIABLES, str(store))


@pytest.mark.parametrize("name", ["urllib", "requests", "curl", "git", "rclone"])
def test_a_program_trusts_the_stacks_ca_and_the_images(name: str, servers: dict[str, str], tmp_path: Path) -> None:
    store, code, _ = merged(tmp_path)
    assert code == 0
    assert not asks(name, servers["private"]), "it trusts the CA without being told of it"
    assert asks(name, servers["private"], **told(store))
    assert asks(name, servers["public"], **told(store)), "the image's own CAs were lost"
    assert not asks(name, servers["other"], **told(store))


def test_a_program_in_go_trusts_a_folder_beside_the_systems_file(servers: dict[str, str], tmp_path: Path) -> None:
    """Without a merged file, which an image without a shell cannot make."""
    folder, system = tmp_path / "added", tmp_path / "system.crt"
    folder.mkdir()
    (folder / ADDED_FILE).write_text(PRIVATE.pem)
    # What SSL_CERT_FILE names here is /etc/ssl/certs/ca-certificates.crt in the image.
    system.write_text(PUBLIC.pem)
    both = {"SSL_CERT_FILE": str(system), "SSL_CERT_DIR": str(folder)}
    assert not asks("rclone", servers["private"], SSL_CERT_FILE=str(system))
    assert asks("rclone", servers["private"], **both)
    assert asks("rclone", servers["public"], **both)
    assert not asks("rclone", servers["other"], **both)


@pytest.mark.parametrize("name", ["requests", "curl", "git"])
def test_what_is_reached_directly_does_not_go_by_the_proxy(name: str, servers: dict[str, str], tmp_path: Path) -> None:
    """rclone is written in Go, which asks no proxy for loopback whatever it is told."""
    store, _, _ = merged(tmp_path)
    proxy = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), f"http://127.0.0.1:{free_port()}")
    beyond = run(command(name, servers["private"]), {"HOME": "/nonexistent", **told(store), **proxy})
    assert beyond.returncode != 0, "it goes by no proxy"
    direct = "10.96.0.1,.svc,.cluster.local,forail-web,.example.net,10.0.0.0/8,localhost"
    assert asks(name, servers["private"], **told(store), **proxy, NO_PROXY=direct, no_proxy=direct)


def blocks(store: Path) -> int:
    """How many certificates OpenSSL reads from the store."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(store)
    return context.cert_store_stats()["x509"]


@pytest.mark.parametrize(("added", "system"), [("\n", "\n"), ("", ""), ("\r\n", "\n")])
def test_every_block_is_whole_whatever_ends_the_files(added: str, system: str, tmp_path: Path) -> None:
    two = PRIVATE.pem + OTHER.pem
    given = two.replace("\n", "\r\n") if added == "\r\n" else two.rstrip("\n") + added
    store, code, said = merged(tmp_path, given, PUBLIC.pem.rstrip("\n") + system)
    assert (code, said) == (0, "")
    assert blocks(store) == 3


def test_it_can_run_again_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    first, *_ = merged(tmp_path)
    text = first.read_text()
    second, code, _ = merged(tmp_path)
    assert (code, second.read_text()) == (0, text)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["added.crt", "store.crt", "system.crt"]


def test_an_image_without_cas_says_so_and_trusts_the_stacks(tmp_path: Path) -> None:
    store, code, said = merged(tmp_path, system=None)
    assert code == 0
    assert "brings no CAs of its own" in said
    assert blocks(store) == 1


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("", "is empty or missing"),
        ("ca.crt\n", "is not PEM: 0 certificates begin and 0 end"),
        (PRIVATE.pem[: len(PRIVATE.pem) // 2], "is not PEM: 1 certificates begin and 0 end"),
        (PRIVATE.pem + certificate("a.example.com")[1], "holds a private key"),
    ],
)
def test_what_is_no_bundle_keeps_the_pod_from_starting(added: str, said: str, tmp_path: Path) -> None:
    store, code, error = merged(tmp_path, added)
    assert code == 1
    assert error.startswith("trust: ")
    assert said in error
    assert not store.exists()
    key = certificate("a.example.com")[1].splitlines()[1]
    assert key not in error


def test_the_paths_are_those_that_the_pods_name() -> None:
    assert STORE.startswith("/etc/forail/trust/")
    assert not ADDED_FOLDER.startswith("/etc/forail/trust/"), "one would be mounted inside of the other"
