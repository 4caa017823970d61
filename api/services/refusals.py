"""Writing down what somebody was refused, after the request that was refused has been undone."""

from datetime import datetime

from sqlalchemy.orm import Session

from api.domain.principal import Principal
from api.domain.refusals import Refused
from api.security_log import SecurityEvent, say
from api.services import events


def keep(session: Session, refused: Refused, *, count: int, by: Principal, now: datetime) -> None:
    """Record one refusal, or, with a `count` above 1, how many there were within the hour so far."""
    asked = {"method": refused.method, "route": refused.route, "code": refused.code}
    events.record(
        session,
        "access.refused" if count == 1 else "access.refusals_counted",
        subject_type=refused.subject_type,
        subject_id=refused.subject_id,
        branch_id=by.branch_id,
        actor_id=by.staff_id,
        data=asked if count == 1 else {"count": count},
        now=now,
    )
    who = {"staff_id": str(by.staff_id), "subject_id": str(refused.subject_id)}
    say(SecurityEvent.ACCESS_REFUSED, **who, **asked, count=count)
