"""bcrypt by the C library's crypt(3), where it has it."""

from __future__ import annotations

import ctypes
import secrets
import threading

_LIBRARIES = ("libcrypt.so.1", "libcrypt.so.2")
_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_COST = 10  # the official plugin's cost (Go's bcrypt.DefaultCost)
_MAX_PASSWORD = 72  # bytes; bcrypt reads no further
_LOCK = threading.Lock()  # crypt(3) answers in one static buffer


def _load() -> ctypes.CDLL | None:
    for name in _LIBRARIES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        library.crypt.restype = ctypes.c_char_p
        library.crypt.argtypes = (ctypes.c_char_p, ctypes.c_char_p)
        return library
    return None


_LIBRARY = _load()


def bcrypt_hash(password: str) -> str | None:
    """The bcrypt hash of a password, or None where the C library cannot make one."""
    salt = "".join(secrets.choice(_ALPHABET) for _ in range(21)) + secrets.choice(".Oeu")
    setting = f"$2b${_COST:02d}${salt}"
    text = _crypt(password, setting)
    return text if text.startswith(setting) else None


def matches(password: str, hashed: str) -> bool:
    """Whether a bcrypt hash is the password's; False where the C library has no bcrypt."""
    return _crypt(password, hashed) == hashed


def _crypt(password: str, setting: str) -> str:
    if _LIBRARY is None:
        return ""
    with _LOCK:
        answer: bytes | None = _LIBRARY.crypt(password.encode()[:_MAX_PASSWORD], setting.encode())
    return (answer or b"").decode()
