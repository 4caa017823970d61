"""Files of any length, encrypted and read in bounded memory: AES-256-GCM in chunks, the STREAM construction.

`DSB1`, the data key's id, 16 bytes of salt; then chunks of 1 MiB, each with a tag of 16 bytes. Each file has
a key of its own, HMAC-SHA256(data key, salt). The nonce is the chunk's number and whether it is the last, so
that chunks cannot change places and what was cut off does not open (Hoang and others, CRYPTO 2015).
"""

import hmac
import io
import secrets
from collections.abc import Mapping
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.backups.refusal import BackupRefused
from api.security import KEY_ID_LENGTH, key_id

MARK = b"DSB1"
SALT_LENGTH = 16
HEAD_LENGTH = len(MARK) + KEY_ID_LENGTH + SALT_LENGTH
CHUNK = 1 << 20
TAG_LENGTH = 16


class SealingFile(io.RawIOBase):
    """Encrypts what is written to it into `target`. It is whole once it was closed."""

    def __init__(self, target: IO[bytes], key: bytes) -> None:
        salt = secrets.token_bytes(SALT_LENGTH)
        self._target = target
        self._head = MARK + key_id(key).encode() + salt
        self._cipher = _cipher(key, salt)
        self._waiting = bytearray()
        self._number = 0
        target.write(self._head)

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._waiting += data
        # The last chunk is marked as such: a full one is kept until there is more.
        while len(self._waiting) > CHUNK:
            self._seal(self._waiting[:CHUNK], is_last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._seal(self._waiting, is_last=True)
        super().close()

    def _seal(self, chunk: bytearray, *, is_last: bool) -> None:
        nonce = _nonce(self._number, is_last)
        self._target.write(self._cipher.encrypt(nonce, bytes(chunk), self._head))
        self._number += 1


class OpeningFile(io.RawIOBase):
    """Decrypts `source` as it is read. Raises BackupRefused before it gives out a byte that was altered."""

    def __init__(self, source: IO[bytes], keys: tuple[bytes, ...]) -> None:
        self._source = source
        self._head = source.read(HEAD_LENGTH)
        self._cipher = _cipher(*_key_of(self._head, {key_id(key): key for key in keys}))
        self._next: bytes | None = source.read(CHUNK + TAG_LENGTH)
        self._open = memoryview(b"")
        self._number = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._open and self._next is not None:
            self._open_chunk(self._next)
        count = min(len(buffer), len(self._open))
        buffer[:count] = self._open[:count]
        self._open = self._open[count:]
        return count

    def _open_chunk(self, sealed: bytes) -> None:
        self._next = self._source.read(CHUNK + TAG_LENGTH) or None
        try:
            nonce = _nonce(self._number, self._next is None)
            self._open = memoryview(self._cipher.decrypt(nonce, sealed, self._head))
        except (InvalidTag, ValueError):
            raise BackupRefused("This backup was altered or cut off; take another one.") from None
        self._number += 1


def _key_of(head: bytes, keys: Mapping[str, bytes]) -> tuple[bytes, bytes]:
    if len(head) < HEAD_LENGTH or not head.startswith(MARK):
        raise BackupRefused("This is no backup of Doorstep.")
    name = head[len(MARK) : -SALT_LENGTH].decode("ascii", "replace")
    if name not in keys:
        raise BackupRefused(
            f"This backup was sealed with data key {name}, which is not configured: put it behind the newest "
            "in DOORSTEP_DATA_KEYS."
        )
    return keys[name], head[-SALT_LENGTH:]


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(hmac.digest(key, b"backups\0" + salt, "sha256"))


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])
