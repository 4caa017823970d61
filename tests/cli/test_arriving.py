"""When a request on its way in is whole: exactly with its last byte, however it is cut into pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cli.arriving import MOST_BODY_BYTES, MOST_HEAD_BYTES, Arriving, BodyTooLarge, HeadTooLarge

BEHIND = b"GET /next HTTP/1.1\r\n\r\n"
CHUNKED = b"POST /v1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def sized(body: bytes) -> bytes:
    return b"POST /v1 HTTP/1.1\r\ncontent-length:\t%d \r\nHost: x\r\n\r\n" % len(body) + body


def chunked(parts: list[bytes], trailer: bytes = b"") -> bytes:
    chunks = [b"%x;name=value\r\n%b\r\n" % (len(part), part) for part in parts if part]
    return CHUNKED + b"".join(chunks) + b"0\r\n" + trailer + b"\r\n"


# Bodies that look like heads and chunks are the interesting ones.
BODIES = st.one_of(
    st.binary(max_size=60), st.sampled_from([b"\r\n\r\n", b"0\r\n\r\n", b"5\r\nab", sized(b"x")])
)
REQUESTS = st.one_of(
    BODIES.map(sized),
    st.lists(BODIES, max_size=4).map(chunked),
    st.lists(BODIES, max_size=2).map(lambda parts: chunked(parts, b"X-Sum: 1\r\n")),
    st.just(b"GET /v1/me HTTP/1.1\r\nHost: x\r\n\r\n"),
)


@given(REQUESTS, st.integers(1, 9))
def test_a_request_is_whole_with_its_last_byte_and_not_before(request, step):
    arriving = Arriving()

    was_whole = [arriving.take(request[at : at + step]) for at in range(0, len(request), step)]

    assert was_whole == [False] * (len(was_whole) - 1) + [True]


@given(REQUESTS)
def test_what_is_sent_behind_a_request_is_told_from_it(request):
    arriving = Arriving()

    assert arriving.take(request + BEHIND)

    assert arriving.behind() == BEHIND


def test_a_caller_who_waits_for_our_word_is_known_and_the_parser_does_not_say_it_again():
    arriving = Arriving()

    is_whole = arriving.take(b"PUT /p HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n")

    assert (is_whole, arriving.awaits_go_ahead) == (False, True)
    assert arriving.take(b"ab")
    assert bytes(arriving.data) == b"PUT /p HTTP/1.1\r\nContent-Length: 2\r\n\r\nab"


@pytest.mark.parametrize("size", [b"", b"x", b"-1", b";"])
def test_chunks_that_cannot_be_measured_are_left_to_the_parser(size):
    assert Arriving().take(CHUNKED + size + b"\r\n")


def test_a_head_that_goes_on_is_refused():
    arriving = Arriving()
    arriving.take(b"GET / HTTP/1.1\r\n")

    with pytest.raises(HeadTooLarge):
        arriving.take(b"a" * MOST_HEAD_BYTES)


@pytest.mark.parametrize(
    "request_",
    [
        b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (MOST_BODY_BYTES + 1),
        CHUNKED + b"%x\r\n" % (MOST_BODY_BYTES + 1),
        CHUNKED + b"1\r\na\r\n" * (MOST_BODY_BYTES // 6 + 2),
        CHUNKED + b"1" * (MOST_BODY_BYTES + 1),
    ],
    ids=["announced", "in one chunk", "in many chunks", "a size without end"],
)
def test_c10_a_body_larger_than_any_that_is_taken_is_refused(request_):
    with pytest.raises(BodyTooLarge):
        Arriving().take(request_)
