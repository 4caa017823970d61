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

VIEWERS = (Role.COURIER, Role.DISPATCHER, Role.MANAGER, Role.SERVICE_AGENT, Role.SALES_REP)


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
@blp.requires(*VIEWERS)
@blp.response(200, {"type": "string", "format": "binary"}, content_type=ANY_PICTURE)
@blp.raises(NotFound)
def get_proof(sha256):
    """Fetch a picture that you sent, or that was named at a pickup you may see."""
    return _attached(services.proofs.hand_out(session(), sha256, store=proof_store(), by=principal()))


def _attached(file: ProofFile) -> Response:
    """Answer with a file to save, never to show: whatever its bytes are, no browser runs them."""
    response = Response(file.data, mimetype=file.type.value)
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return response
