"""A request on its way in: how much of it is here, and whether that is all of it.

It only measures (RFC 9112, sections 6 and 7.1); what the bytes mean, and whether they are well formed,
gunicorn's parser decides afterwards. What cannot be measured counts as whole, so that the parser refuses it.
"""

import re

from api.domain import proofs

MOST_HEAD_BYTES = 65_536
MOST_BODY_BYTES = proofs.MOST_BYTES + 65_536
"""More than the largest of any view: what is a little too large, the view refuses in its own words."""

HEAD_ENDS = b"\r\n\r\n"
LINE_ENDS = b"\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)", re.IGNORECASE)
_TOKEN = re.compile(rb"\r\nauthorization:[ \t]*([^\r\n]+)\r\n", re.IGNORECASE)
_SIZE = re.compile(rb"[0-9a-f]{1,15}", re.IGNORECASE)


class HeadTooLarge(Exception):
    """The head goes on and on."""


class BodyTooLarge(Exception):
    """The body is larger than any that is taken."""


class Arriving:
    """The bytes of one request, as far as they are here, and of what the caller sent behind it."""

    __slots__ = ("_body_at", "_chunk_at", "_end", "_is_chunked", "awaits_go_ahead", "data", "token")

    def __init__(self) -> None:
        self.data = bytearray()
        self.awaits_go_ahead = False
        """Whether the caller waits for `100 Continue`; whoever says it clears this."""
        self.token = b""
        """What the caller shows to say who he is, unchecked; empty for somebody who shows nothing."""
        self._body_at = 0
        self._is_chunked = False
        self._chunk_at = 0
        self._end: int | None = None

    def take(self, part: bytes) -> bool:
        """Add what has come; tell whether the request is whole. Raise HeadTooLarge or BodyTooLarge."""
        searched = max(len(self.data) - len(HEAD_ENDS), 0)
        self.data += part
        if not self._body_at and not self._find_head(searched):
            return False
        if self._is_chunked and self._end is None:
            self._pass_chunks()
        return self._end is not None and len(self.data) >= self._end

    def behind(self) -> bytes:
        """Return what the caller has sent behind this request already."""
        return bytes(self.data[self._end :])

    def _find_head(self, searched: int) -> bool:
        end = self.data.find(HEAD_ENDS, searched)
        if end < 0 and len(self.data) <= MOST_HEAD_BYTES:
            return False
        if not 0 <= end <= MOST_HEAD_BYTES:
            raise HeadTooLarge
        head = bytes(self.data[: end + 2])
        if _EXPECTS.search(head):
            # Answered by us: the parser would do so when the body is here, and that is too late.
            self.awaits_go_ahead = True
            bare = _EXPECTS.sub(b"", head)
            self.data[: len(head)] = bare
            head = bare
        self._body_at = self._chunk_at = len(head) + 2
        if token := _TOKEN.search(head):
            self.token = token[1]
        self._is_chunked = _CHUNKED.search(head) is not None
        if not self._is_chunked:
            length = _LENGTH.search(head)
            self._set_body(int(length[1]) if length else 0)
        return True

    def _set_body(self, length: int) -> None:
        if length > MOST_BODY_BYTES:
            raise BodyTooLarge
        self._end = self._body_at + length

    def _pass_chunks(self) -> None:
        """Go from chunk to chunk as far as they are here; each is looked at once."""
        while self._end is None and self._chunk_at < len(self.data):
            line_end = self.data.find(LINE_ENDS, self._chunk_at)
            if line_end < 0:
                break
            size = _SIZE.match(self.data, self._chunk_at, line_end)
            if size is None:
                self._end = len(self.data)  # malformed: the parser says so
            elif int(size[0], 16):
                self._chunk_at = line_end + 2 + int(size[0], 16) + 2
            else:
                self._pass_trailers(line_end)
                break
        if max(len(self.data), self._chunk_at) - self._body_at > MOST_BODY_BYTES:
            raise BodyTooLarge

    def _pass_trailers(self, size_line_end: int) -> None:
        # Without a trailer the empty line follows at once, and its end is the size line's with it.
        end = self.data.find(HEAD_ENDS, size_line_end)
        if end >= 0:
            self._end = end + len(HEAD_ENDS)
