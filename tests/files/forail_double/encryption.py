"""What Forail keeps encrypted: AES-256-CBC and HMAC-SHA256 in Fernet's frame, by a key of field, row and secret key."""

import base64
import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

PREFIX = "$encrypted$UTF8$AESCBC$"


class InvalidToken(Exception):  # noqa: N818 - the library's name
    """The text was encrypted with another key, or is damaged."""


def _keys(field: str, row: int, secret_key: str) -> tuple[bytes, bytes]:
    digest = hashlib.sha512(f"{secret_key}{row}{field}".encode()).digest()
    return digest[:32], digest[32:]


def encrypt(value: str, field: str, row: int, secret_key: str) -> str:
    """The text that the column gets."""
    signing, key = _keys(field, row, secret_key)
    padder, vector = PKCS7(128).padder(), os.urandom(16)
    encryptor = Cipher(AES(key), CBC(vector)).encryptor()
    body = encryptor.update(padder.update(value.encode()) + padder.finalize()) + encryptor.finalize()
    frame = b"\x80" + struct.pack(">Q", 0) + vector + body
    signed = base64.urlsafe_b64encode(frame + hmac.digest(signing, frame, "sha256"))
    return PREFIX + base64.b64encode(signed).decode()


def decrypt(text: str, field: str, row: int, secret_key: str) -> str:
    """What was encrypted; raises InvalidToken."""
    signing, key = _keys(field, row, secret_key)
    signed = base64.urlsafe_b64decode(base64.b64decode(text.removeprefix(PREFIX)))
    frame, signature = signed[:-32], signed[-32:]
    if not hmac.compare_digest(hmac.digest(signing, frame, "sha256"), signature):
        raise InvalidToken
    decryptor, unpadder = Cipher(AES(key), CBC(frame[9:25])).decryptor(), PKCS7(128).unpadder()
    padded = decryptor.update(frame[25:]) + decryptor.finalize()
    return (unpadder.update(padded) + unpadder.finalize()).decode()
