"""What becomes of a refusal besides its answer: a line on the security stream, and an entry in the trail."""

import logging
from datetime import datetime
from typing import Protocol
from uuid import UUID

from flask import g, request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from api.db import Database, retrying
from api.domain.audit import Origin, Via
from api.domain.errors import DomainError, Forbidden, Gone, NotFound, TooMany, Unauthenticated
from api.domain.principal import Principal
from api.domain.refusals import RefusalLedger, Refused
from api.failures import OutcomeUnknown
from api.security_log import SecurityEvent, say

log = logging.getLogger("doorstep.audit")

HEARD = (Unauthenticated, Forbidden, NotFound, Gone, TooMany)


class Keep(Protocol):
    """Writes a refusal down: `services.refusals.keep`."""

    def __call__(
        self, session: Session, refused: Refused, *, count: int, by: Principal, now: datetime
    ) -> None: ...


class RefusalNotes:
    """Notes what was refused to whom, once the refused request has been undone."""

    def __init__(self, keep: Keep) -> None:
        self.keep = keep
        self._ledger = RefusalLedger()

    def note(self, refusal: DomainError, database: Database) -> None:
        """Say it, and write it down when somebody who is signed in asked for what is not his."""
        caller: Principal | None = g.get("principal")
        route = request.url_rule.rule if request.url_rule else "unknown"
        if isinstance(refusal, HEARD):
            asked = {"code": refusal.code, "method": request.method, "route": route}
            staff_id = str(caller.staff_id) if caller else None
            say(SecurityEvent.REQUEST_REFUSED, **asked, staff_id=staff_id, request_id=g.request_id)
        if caller is not None and isinstance(refusal, Forbidden | NotFound):
            refused = Refused(request.method, route, refusal.code, *_asked_about(caller))
            count = self._ledger.note(caller.session_id or caller.staff_id, refused, now=g.now)
            if count is not None:
                self._write(refused, count, caller, database)

    def _write(self, refused: Refused, count: int, caller: Principal, database: Database) -> None:
        def write() -> None:
            with database.unit_of_work() as session:
                session.info["origin"] = Origin(Via.WEB, request.remote_addr, caller.session_id, caller.role)
                self.keep(session, refused, count=count, by=caller, now=g.now)

        try:
            retrying(write)
        except (SQLAlchemyError, OutcomeUnknown) as failure:
            # The answer is the same, whether it could be written down or not.
            log.error("audit.refusal_not_kept", exc_info=failure, extra={"request_id": g.request_id})


def _asked_about(caller: Principal) -> tuple[str, UUID]:
    """Return the first id of the path, by its name there; without one the caller himself."""
    for name, value in (request.view_args or {}).items():
        if isinstance(value, UUID):
            return name.removesuffix("_id"), value
    return "staff", caller.staff_id
