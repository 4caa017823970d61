"""The one way out: HTTP that never repeats a request by itself, follows no redirect and reads no flood.

A transport adapter for `requests`; what an answer means is for those who asked.
"""

import io
import time
from datetime import timedelta
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

MAX_ANSWER_BYTES = 64 * 1024
_PIECE_BYTES = 8 * 1024


class OddAnswer(requests.exceptions.RequestException):
    """The other side answered with something that no honest service sends."""


class BoundedAdapter(HTTPAdapter):
    """Sends each request exactly once over at most `workers` kept connections.

    Raises OddAnswer for a redirect and for a body over 64 KiB, ReadTimeout for a body that trickles in for
    longer than `seconds`; everything else as `requests` does.
    """

    def __init__(self, *, workers: int, seconds: float) -> None:
        self._seconds = seconds
        super().__init__(pool_connections=1, pool_maxsize=workers, max_retries=0)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["stream"] = True
        response = super().send(request, *args, **kwargs)
        try:
            if response.is_redirect:
                raise OddAnswer("a redirect", request=request)
            response.raw = io.BytesIO(self._read(response))
        except urllib3.exceptions.ReadTimeoutError as silence:
            raise requests.exceptions.ReadTimeout(silence, request=request) from silence
        except urllib3.exceptions.HTTPError as broken:
            raise requests.exceptions.ConnectionError(broken, request=request) from broken
        finally:
            if not isinstance(response.raw, io.BytesIO):
                response.raw.close()
        return response

    def _read(self, response: requests.Response) -> bytes:
        patience_ends = time.monotonic() + self._seconds
        body = bytearray()
        while piece := response.raw.read1(_PIECE_BYTES, decode_content=True):
            body += piece
            if len(body) > MAX_ANSWER_BYTES:
                raise OddAnswer("an answer over 64 KiB", request=response.request)
            if time.monotonic() > patience_ends:
                raise requests.exceptions.ReadTimeout("an answer that trickles in", request=response.request)
        return bytes(body)


def retry_after(response: requests.Response | None) -> timedelta | None:
    """Read `Retry-After` in seconds; its other form, a date, counts as absent."""
    text = response.headers.get("Retry-After", "") if response is not None else ""
    return timedelta(seconds=min(int(text), 86_400)) if text.isascii() and text.isdigit() else None
