"""The branches' logos, each at an address made of its bytes: fetched once by a phone and then kept."""

from flask import Blueprint, Response

from api import queries
from api.domain.errors import NotFound
from api.web.context import session

blp = Blueprint("logos", __name__)

FOREVER = "public, max-age=31536000, immutable"


@blp.get("/logos/<string(length=64):sha256>")
def show_logo(sha256: str) -> Response:
    """Hand out a logo. It is no secret, and names no customer."""
    logo = queries.branches.find_logo_by_hash(session(), sha256)
    if logo is None:
        raise NotFound()
    return Response(logo.data, mimetype=logo.type.value, headers={"Cache-Control": FOREVER})
