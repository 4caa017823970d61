"""The request as we read it: whole, bounded, inflated, before any transaction begins."""

import zlib
from typing import Any

from flask import Request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

MAX_BODY_BYTES = 1_048_576
"""Of a body as it is parsed: a gzip body may not inflate beyond it."""


class BoundedRequest(Request):
    """A request whose body is at most 1 MB, inflated size counted; a view that takes files may allow more."""

    most_bytes = MAX_BODY_BYTES
    # One byte more than we take: werkzeug cuts a body of unknown length off at its bound, in silence.
    max_content_length = MAX_BODY_BYTES + 1
    _is_read = False

    def take_at_most(self, most_bytes: int) -> None:
        """Set another bound for this request, before its body is read."""
        self.most_bytes, self.max_content_length = most_bytes, most_bytes + 1

    def get_data(self, *args: Any, **kwargs: Any) -> Any:
        if not self._is_read:
            raw = super().get_data(cache=True)
            if len(raw) > self.most_bytes:
                raise RequestEntityTooLarge()
            self._cached_data = _inflate(raw, self.content_encoding or "identity", self.most_bytes)
            self._is_read = True
        return super().get_data(*args, **kwargs)

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        if e is None:
            return super().on_json_loading_failed(e)
        raise BadRequest(f"The body is not JSON that can be read in one way only: {e}.")


def _inflate(raw: bytes, encoding: str, most_bytes: int) -> bytes:
    if not raw or encoding.strip().lower() == "identity":
        return raw
    if encoding.strip().lower() != "gzip":
        raise UnsupportedMediaType("Content-Encoding may be gzip or identity.")
    inflater = zlib.decompressobj(wbits=31)
    try:
        # One byte more than allowed tells "just fits" from "goes on".
        inflated = inflater.decompress(raw, most_bytes + 1)
    except zlib.error:
        raise BadRequest("The body is not gzip.") from None
    if len(inflated) > most_bytes:
        raise RequestEntityTooLarge()
    if not inflater.eof or inflater.unused_data:
        raise BadRequest("The gzip body ends too early, or goes on after its end.")
    return inflated
