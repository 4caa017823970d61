"""Photos and signatures as proof: sent by couriers under their SHA-256, apart from the events naming them."""

from flask import Response

from api import services
from api.domain.errors import NotFound
from api.domain.proofs import (
    ANY_PICTURE,
    MOST_BYTES,
    HashMismatch,
    NotThatPicture,
    ProofFile,
    TooManyProofs,
)
from api.domain.vocabulary import ProofType, Role
from api.schemas.proofs import ProofSchema
from api.web.blueprint import Blueprint
from api.web.context import draft, now, principal, proof_store, session

blp = Blueprint("proofs", __name__, url_prefix="/v1/proofs", description="Photos and signatures as proof.")

VIEWERS = (Role.DISPATCHER, Role.MANAGER, Role.SERVICE_AGENT, Role.SALES_REP)
PICTURE = {"type": "string", "format": "binary"}


@blp.put("/<string(length=64):sha256>")
@blp.requires(Role.COURIER)
@blp.takes_file(ANY_PICTURE, *ProofType, most_bytes=MOST_BYTES)
@blp.response(200, ProofSchema)
@blp.raises(NotFound, HashMismatch, NotThatPicture, TooManyProofs)
def send_proof(data, media_type, sha256):
    """Send a picture under its SHA-256, before or after the event that names it.

    JPEG, PNG or WebP, at most 2 MB, at most 200 in 24 hours. The same again changes nothing.
    """
    return services.proofs.take_in(
        session(),
        sha256=sha256,
        data=data,
        media_type=media_type,
        draft=draft(),
        by=principal(),
        now=now(),
    )


@blp.get("/<string(length=64):sha256>")
@blp.requires(Role.COURIER)
@blp.response(200, PICTURE, content_type=ANY_PICTURE)
@blp.raises(NotFound)
def get_proof(sha256):
    """Fetch a picture that you sent."""
    file = services.proofs.hand_back(session(), sha256, store=proof_store(), by=principal())
    return _attached(file, "private, max-age=86400, immutable")


@blp.post("/<string(length=64):sha256>/viewing")
@blp.requires(*VIEWERS)
@blp.response(200, PICTURE, content_type=ANY_PICTURE)
@blp.raises(NotFound)
def view_proof(sha256):
    """Show a picture that was named at a pickup you may see; that you looked is recorded."""
    file = services.proofs.view(session(), sha256, store=proof_store(), by=principal(), now=now())
    return _attached(file, "no-store")


def _attached(file: ProofFile, cache: str) -> Response:
    """Answer with a file to save, never to show: whatever its bytes are, no browser runs them."""
    response = Response(file.data, mimetype=file.type.value)
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response.headers["Cache-Control"] = cache
    return response
