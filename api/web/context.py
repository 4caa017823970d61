"""The only doors to `flask.g`: the session, the instant, the caller, his language and the file he sent."""

from datetime import datetime
from typing import cast

from flask import current_app, g, request
from sqlalchemy.orm import Session

from api.domain.errors import PreconditionFailed, PreconditionRequired
from api.domain.principal import Principal
from api.domain.proofs import ProofDraft, ProofStore
from api.domain.vocabulary import Locale
from api.web.app import ApiApp


def session() -> Session:
    return cast(Session, g.session)


def now() -> datetime:
    """Return the one instant of this request."""
    if "now" not in g:
        g.now = cast(ApiApp, current_app).clock.now()
    return cast(datetime, g.now)


def this_moment() -> datetime:
    """Return what the clock says right now, for a countdown that begins when the answer has arrived."""
    return cast(ApiApp, current_app).clock.now()


def principal() -> Principal:
    """Return who is calling. Only views that require a role have one."""
    return cast(Principal, g.principal)


def proof_store() -> ProofStore:
    return cast(ApiApp, current_app).proofs


def draft() -> ProofDraft:
    """Return the file that came with this request. Only views that take a file have one."""
    return cast(ProofDraft, g.draft)


def locale() -> Locale:
    """Return the language to answer in: what the request prefers, else what the caller is set to."""
    wished = request.accept_languages.best_match([Locale.ZH_CN.value, "zh", Locale.EN.value])
    if wished:
        return Locale.ZH_CN if wished.startswith("zh") else Locale.EN
    caller: Principal | None = g.get("principal")
    return caller.locale if caller else Locale.ZH_CN


def if_match() -> int:
    """Return the version that the caller read, from If-Match.

    Raises `PreconditionRequired` without one and `PreconditionFailed` for a tag that was never ours.
    """
    if not request.if_match or request.if_match.star_tag:
        raise PreconditionRequired()
    # A proxy that compresses answers weakens their tags. An empty tag is read as None.
    tags = [tag or "" for tag in request.if_match.as_set(include_weak=True)]
    if len(tags) != 1 or not tags[0].isascii() or not tags[0].isdigit() or len(tags[0]) > 9:
        raise PreconditionFailed()
    return int(tags[0])
