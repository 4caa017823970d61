"""Pictures as couriers send them: no camera's, but with the first bytes of one."""

from hashlib import sha256

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

BEGINNINGS = {
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "image/png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "image/webp": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
}


def picture(what: str = "signature", kind: str = "image/jpeg", *, size: int = 0) -> bytes:
    """Return a picture of `what`, at least `size` bytes long."""
    return (BEGINNINGS[kind] + what.encode()).ljust(size, b"\0")


def hash_of(data: bytes) -> str:
    return sha256(data).hexdigest()


def send(client: FlaskClient, data: bytes, kind: str = "image/jpeg", *, named: str = "") -> TestResponse:
    """Send a picture under its hash, or under another name."""
    return client.put(f"/v1/proofs/{named or hash_of(data)}", data=data, content_type=kind)
