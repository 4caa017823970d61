"""What is taken as proof: by its first bytes and its hash, whatever anybody says."""

import pytest

from api.domain.errors import NotFound
from api.domain.proofs import HashMismatch, NotThatPicture, checked, file_name, name_of, sniffed
from api.domain.vocabulary import ProofType
from tests.pictures import BEGINNINGS, hash_of, picture


@pytest.mark.parametrize("kind", BEGINNINGS)
def test_a_picture_is_known_by_its_first_bytes(kind):
    assert sniffed(picture(kind=kind)) == kind


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xd8", b"GIF89a", b"%PDF-1.7", b"<svg xmlns=", b"RIFF\0\0\0\0WAVEfmt ", b"PNG\r\n\x1a\n"],
    ids=repr,
)
def test_what_is_no_picture_of_ours_is_not_taken_for_one(data):
    assert sniffed(data) is None


def test_a_picture_must_be_of_the_type_it_says():
    data = picture(kind="image/png")

    with pytest.raises(NotThatPicture):
        checked(data, sha256=hash_of(data), said="image/jpeg")


def test_a_picture_must_have_the_hash_it_is_sent_under():
    with pytest.raises(HashMismatch):
        checked(picture("this"), sha256=hash_of(picture("that")), said="image/jpeg")


def test_a_picture_that_is_what_it_says_is_taken():
    data = picture(kind="image/webp")

    assert checked(data, sha256=hash_of(data), said="image/webp") is ProofType.WEBP


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a" * 63,
        "a" * 65,
        "A" * 64,
        "g" * 64,
        "a" * 64 + "\n",
        "../" + "a" * 61,
        "a" * 63 + "\0",
        "１" * 64,
    ],
    ids=repr,
)
def test_f4_only_a_hash_is_a_name(text):
    with pytest.raises(NotFound):
        name_of(text)


def test_f4_a_picture_is_saved_under_a_name_of_ours():
    assert file_name("ab" * 32, ProofType.JPEG) == "proof-abababababab.jpg"
