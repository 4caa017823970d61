"""How a branch looks to its customers, over HTTP: accent colour, logo, and who may set them."""

import pytest

from api.domain.branding import MOST_LOGO_BYTES
from api.domain.vocabulary import Role
from tests.factories import make_branch
from tests.pictures import hash_of, picture

LOGO = picture("logo", "image/png")


@pytest.fixture
def manager(signed_in, hire):
    return signed_in(hire(Role.MANAGER))


@pytest.fixture
def path(branch):
    return f"/v1/branches/{branch.id}"


def change(client, path, **changes):
    version = client.get(path).headers["ETag"]
    return client.patch(path, json=changes, headers={"If-Match": version})


def set_logo(client, path, data=LOGO, kind="image/png"):
    return client.put(f"{path}/logo", data=data, content_type=kind)


def test_an_accent_colour_is_set_and_taken_back(manager, path):
    assert change(manager, path, accent_colour="#1f4e9c").json["accent_colour"] == "#1f4e9c"
    assert change(manager, path, accent_colour=None).json["accent_colour"] is None


def test_a_colour_that_cannot_be_read_is_refused_with_one_that_can(manager, path):
    refused = change(manager, path, accent_colour="#ffcc00")

    assert (refused.status_code, refused.json["code"]) == (422, "accent_too_pale")
    assert change(manager, path, accent_colour=refused.json["nearest"]).status_code == 200


@pytest.mark.parametrize("colour", ["red", "#FFF", "#12345", "#1f4e9c;", "url(x)", "#1f4e9g"])
def test_what_is_no_colour_never_reaches_a_page(manager, path, colour):
    refused = change(manager, path, accent_colour=colour)

    assert refused.status_code == 422
    assert "accent_colour" in refused.json["errors"]


def test_a_stale_version_changes_nothing(manager, path):
    change(manager, path, name="张江网点")

    late = manager.patch(path, json={"name": "浦东网点"}, headers={"If-Match": '"1"'})

    assert late.status_code == 412
    assert manager.get(path).json["name"] == "张江网点"


def test_a_logo_is_served_by_its_hash_and_kept_by_browsers_for_ever(manager, path, client):
    assert set_logo(manager, path).json["logo_sha256"] == hash_of(LOGO)

    served = client.get(f"/logos/{hash_of(LOGO)}")

    assert served.data == LOGO
    assert served.mimetype == "image/png"
    assert served.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_a_new_logo_takes_the_place_of_the_one_before(manager, path, client):
    set_logo(manager, path)
    other = picture("another", "image/webp")

    set_logo(manager, path, other, "image/webp")

    assert client.get(f"/logos/{hash_of(LOGO)}").status_code == 404
    assert client.get(f"/logos/{hash_of(other)}").mimetype == "image/webp"


def test_a_logo_is_dropped_and_once_is_enough(manager, path, client):
    set_logo(manager, path)

    assert [manager.delete(f"{path}/logo").status_code for _ in range(2)] == [204, 204]
    assert manager.get(path).json["logo_sha256"] is None
    assert client.get(f"/logos/{hash_of(LOGO)}").status_code == 404


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"<svg onload=alert(1)>", "image/png", 422),
        (LOGO, "image/jpeg", 422),
        (b"<svg/>", "image/svg+xml", 415),
        (picture("big", "image/png", size=MOST_LOGO_BYTES + 1), "image/png", 413),
    ],
)
def test_what_is_no_small_picture_is_refused(manager, path, data, kind, status):
    assert set_logo(manager, path, data, kind).status_code == status
    assert manager.get(path).json["logo_sha256"] is None


def test_b4_another_branch_cannot_be_dressed(manager, database):
    with database.unit_of_work() as session:
        other = f"/v1/branches/{make_branch(session).id}"

    assert set_logo(manager, other).status_code == 404
    assert manager.delete(f"{other}/logo").status_code == 404
    answer = manager.patch(other, json={"name": "x"}, headers={"If-Match": '"1"'})
    assert answer.status_code == 404
