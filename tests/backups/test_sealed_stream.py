"""F5: sealed streams. Whatever is written comes out again; whatever was touched, cut or moved does not."""

import io
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.backups.refusal import BackupRefused
from api.backups.sealed_stream import CHUNK, HEAD_LENGTH, TAG_LENGTH, OpeningFile, SealingFile

OLD, NEW = b"o" * 32, b"n" * 32
SEALED_CHUNK = CHUNK + TAG_LENGTH


def sealed(*parts: bytes, key: bytes = NEW) -> bytes:
    target = BytesIO()
    with SealingFile(target, key) as file:
        for part in parts:
            file.write(part)
    return target.getvalue()


def opened(stored: bytes, *keys: bytes) -> bytes:
    return io.BufferedReader(OpeningFile(BytesIO(stored), keys or (NEW,))).read()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7])
def test_what_was_sealed_opens_at_every_edge_of_a_chunk(size):
    data = b"ab" * (size // 2) + b"c" * (size % 2)

    assert opened(sealed(data)) == data


def test_how_it_was_written_makes_no_difference():
    stored = sealed(b"x" * CHUNK, b"", b"y", b"z" * CHUNK)

    assert opened(stored) == b"x" * CHUNK + b"y" + b"z" * CHUNK
    assert len(stored) == HEAD_LENGTH + 2 * SEALED_CHUNK + 1 + TAG_LENGTH


def test_every_valid_key_opens_and_another_is_named():
    stored = sealed(b"text", key=OLD)

    assert opened(stored, NEW, OLD) == b"text"
    with pytest.raises(BackupRefused, match="sealed with data key"):
        opened(stored, NEW)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_one_changed_bit_anywhere_is_found(data):
    stored = bytearray(sealed(b"what a phone was told"))
    place = data.draw(st.integers(0, len(stored) - 1))
    stored[place] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(BackupRefused):
        opened(bytes(stored))


@pytest.mark.parametrize(
    "left", [0, 3, HEAD_LENGTH, HEAD_LENGTH + SEALED_CHUNK, HEAD_LENGTH + 2 * SEALED_CHUNK, -1]
)
def test_what_was_cut_off_does_not_open_even_between_two_chunks(left):
    stored = sealed(b"x" * (2 * CHUNK + 5))

    with pytest.raises(BackupRefused):
        opened(stored[:left])


def test_chunks_cannot_change_places_nor_come_from_another_file():
    one, other = sealed(b"a" * CHUNK + b"b" * CHUNK + b"c"), sealed(b"d" * CHUNK + b"e")
    head, chunks = one[:HEAD_LENGTH], one[HEAD_LENGTH:]
    swapped = (
        head + chunks[SEALED_CHUNK : 2 * SEALED_CHUNK] + chunks[:SEALED_CHUNK] + chunks[2 * SEALED_CHUNK :]
    )
    grafted = head + other[HEAD_LENGTH : HEAD_LENGTH + SEALED_CHUNK] + chunks[SEALED_CHUNK:]

    for forged in (swapped, grafted, one + b"more"):
        with pytest.raises(BackupRefused, match="altered or cut off"):
            opened(forged)
