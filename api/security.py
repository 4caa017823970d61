"""Secrets at work: password hashes, tokens, encryption of fields and files, keyed hashes, form values.

Standard library, argon2 and cryptography only. Keys come from `Settings` and travel as one `Vault`.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ACCESS_PREFIX = "dsa_"
REFRESH_PREFIX = "dsr_"
API_KEY_PREFIX = "dsk_"
KEY_ID_LENGTH = 8
FILE_MARK = b"DSF1"

# OWASP's second recommended set: 19 MiB, 2 passes, 1 lane. About 40 ms, so that a sign-in never
# holds a thread, or SQLite's one write lock, for long.
_passwords = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Some hash, verified against when an account does not exist, so that the answer takes the same time.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$TLTSN3Q+e/2fjJJ5rkm+Kg$jB29ZPKYmb3kyxt/tijdvYw3PZToqFEAfue8+Lm0t1M"


class UnreadableField(Exception):
    """A stored field cannot be decrypted: its key is missing or the value was altered."""


class UnreadableFile(Exception):
    """A stored file cannot be decrypted: its key is missing or its bytes were altered."""


def hash_password(password: str) -> str:
    """Return argon2id's encoded hash, salt and parameters included."""
    return _passwords.hash(password)


def password_matches(encoded: str | None, password: str) -> bool:
    """Tell whether the password fits; an account without a hash costs as much and never fits."""
    try:
        return _passwords.verify(_NOBODY if encoded is None else encoded, password) and encoded is not None
    except (VerificationError, InvalidHashError):
        return False


def new_token(prefix: str) -> str:
    """Return an opaque token of 256 random bits whose prefix tells its kind."""
    return prefix + secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return what is stored instead of a token. Plain SHA-256: the token itself has the entropy."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def seal_with_token(token: str, text: str) -> str:
    """Encrypt `text` with a key that only the holder of `token` has."""
    nonce = secrets.token_bytes(12)
    sealed = AESGCM(_key_from_token(token)).encrypt(nonce, text.encode(), b"successor")
    return _b64(nonce + sealed)


def open_with_token(token: str, sealed: str) -> str:
    """Decrypt what `seal_with_token` made with the same token."""
    raw = _unb64(sealed)
    return AESGCM(_key_from_token(token)).decrypt(raw[:12], raw[12:], b"successor").decode()


def _key_from_token(token: str) -> bytes:
    # Another derivation than `token_hash`, whose result is stored: the row alone must not open the seal.
    return hashlib.sha256(b"doorstep successor\0" + token.encode()).digest()


def key_id(key: bytes) -> str:
    """Name a key without telling it: eight hexadecimal digits of its hash."""
    return hashlib.sha256(b"doorstep key id\0" + key).hexdigest()[:KEY_ID_LENGTH]


class FieldCipher:
    """Encrypts single fields with AES-256-GCM. A value reads `key id.base64(nonce + ciphertext)`.

    The first key writes; every key reads, so that two are valid during a rotation. The purpose
    (`table.column`) is authenticated: a value copied into another column does not open.
    """

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._ciphers = {key_id(key): AESGCM(hashlib.sha256(b"fields\0" + key).digest()) for key in keys}
        self.current_key_id = key_id(keys[0])

    def seal(self, text: str, purpose: str) -> str:
        nonce = secrets.token_bytes(12)
        sealed = self._ciphers[self.current_key_id].encrypt(nonce, text.encode(), purpose.encode())
        return f"{self.current_key_id}.{_b64(nonce + sealed)}"

    def open(self, stored: str, purpose: str) -> str:
        """Raise `UnreadableField` for an unknown key or an altered value."""
        name, _, body = stored.partition(".")
        if name not in self._ciphers:
            raise UnreadableField(f"{purpose} was sealed with key {name}, which is not configured")
        try:
            raw = _unb64(body)
            return self._ciphers[name].decrypt(raw[:12], raw[12:], purpose.encode()).decode()
        except (InvalidTag, ValueError):
            raise UnreadableField(f"{purpose} does not open: wrong column or altered value") from None

    def reseal(self, stored: str, purpose: str) -> str:
        """Seal the same text with the newest key. Raises `UnreadableField` as `open` does."""
        return self.seal(self.open(stored, purpose), purpose)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of all valid keys, the newest first."""
        return tuple(self._ciphers)


class FileCipher:
    """Encrypts whole files with AES-256-GCM: `DSF1`, the key's id, 12 bytes of nonce, ciphertext.

    Keys are used as by `FieldCipher`. What a file contains, as its SHA-256, is authenticated: one that was
    put in the place of another does not open.
    """

    head_length = len(FILE_MARK) + KEY_ID_LENGTH

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._ciphers = {key_id(key): AESGCM(hashlib.sha256(b"files\0" + key).digest()) for key in keys}
        self.current_key_id = key_id(keys[0])

    def seal(self, data: bytes) -> bytes:
        nonce = secrets.token_bytes(12)
        head = FILE_MARK + self.current_key_id.encode() + nonce
        return head + self._ciphers[self.current_key_id].encrypt(nonce, data, hashlib.sha256(data).digest())

    def open(self, stored: bytes, *, sha256: str) -> bytes:
        """Raise `UnreadableFile` for an unknown key, and for anything but the content of that SHA-256."""
        name, sealed = self.key_of(stored), stored[self.head_length :]
        if name not in self._ciphers:
            raise UnreadableFile(f"{sha256} was sealed with key {name}, which is not configured")
        try:
            return self._ciphers[name].decrypt(sealed[:12], sealed[12:], bytes.fromhex(sha256))
        except (InvalidTag, ValueError):
            raise UnreadableFile(f"{sha256} does not open: altered, or in another's place") from None

    def key_of(self, head: bytes) -> str | None:
        """Return the id of the key that sealed a file that begins like this; None when none did."""
        if not head.startswith(FILE_MARK):
            return None
        return head[len(FILE_MARK) : self.head_length].decode("ascii", "replace")


class LinkSigner:
    """Makes the customers' link tokens: the first 128 bits of HMAC-SHA256(link key, link id).

    A token can be made again from the link's id and its key, so it is stored nowhere. The first
    key makes new links; a key that is no longer configured voids all its links.
    """

    def __init__(self, keys: tuple[bytes, ...], public_url: str) -> None:
        self._keys = {key_id(key): key for key in keys}
        self.current_key_id = key_id(keys[0])
        self._public_url = public_url.rstrip("/")

    def token(self, link_id: UUID, key: str) -> str:
        """Raise KeyError when the key has been retired."""
        return self._token(b"link\0", link_id, key)

    def url(self, link_id: UUID, key: str) -> str:
        return f"{self._public_url}/l/{self.token(link_id, key)}"

    def calendar_token(self, link_id: UUID, key: str) -> str:
        """Return the token of a member's calendar feed; no token of a contact is ever one of those, too."""
        return self._token(b"calendar\0", link_id, key)

    def calendar_url(self, link_id: UUID, key: str) -> str:
        return f"{self._public_url}/v1/calendars/{self.calendar_token(link_id, key)}.ics"

    def knows(self, key: str) -> bool:
        return key in self._keys

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of all valid keys, the newest first."""
        return tuple(self._keys)

    def _token(self, purpose: bytes, link_id: UUID, key: str) -> str:
        digest = hmac.digest(self._keys[key], purpose + link_id.bytes, "sha256")
        return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


class Signer:
    """Signs short values that a browser carries: cookies and one-time form values.

    A signed value reads `issued at (seconds).nonce.signature`; what it is for is signed with it.
    """

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.sha256(b"browser values\0" + key).digest()

    def sign(self, purpose: str, now: datetime) -> str:
        head = f"{int(now.timestamp())}.{secrets.token_urlsafe(9)}"
        return f"{head}.{self._signature(purpose, head)}"

    def age_seconds(self, value: str, purpose: str, now: datetime) -> int | None:
        """Return how old a genuine value is; None when it was not signed by us for this purpose."""
        head, _, signature = value.rpartition(".")
        given = signature.encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(given, self._signature(purpose, head).encode()):
            return None
        return int(now.timestamp()) - int(head.partition(".")[0])

    def _signature(self, purpose: str, head: str) -> str:
        digest = hmac.new(self._key, f"{purpose}\0{head}".encode("utf-8", "surrogatepass"), hashlib.sha256)
        return _b64(digest.digest()[:18])


@dataclass(frozen=True, slots=True)
class Vault:
    """Every key of a running Doorstep, ready for use. It rides in `session.info["vault"]`."""

    fields: FieldCipher
    files: FileCipher
    links: LinkSigner
    browser: Signer
    index_key: bytes

    def index(self, text: str, purpose: str) -> str:
        """Return the keyed hash by which an encrypted value is found again."""
        return hmac.new(self.index_key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()

    def signature(self, text: str, purpose: str) -> str:
        """Return what proves later that we wrote `text`: no row of a stolen database helps to make one."""
        key = hmac.new(self.index_key, b"signatures\0", hashlib.sha256).digest()
        return hmac.new(key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()

    def is_signature(self, signature: str, text: str, purpose: str) -> bool:
        return hmac.compare_digest(signature.encode(), self.signature(text, purpose).encode())


class _HasInfo(Protocol):
    @property
    def info(self) -> Mapping[Any, Any]: ...


def vault_of(session: _HasInfo) -> Vault:
    """Return the vault of the running application, from its session."""
    vault = session.info["vault"]
    assert isinstance(vault, Vault)
    return vault


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
