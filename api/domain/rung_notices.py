"""Who is told of which rung of a wait's ladder, and under which key: so also by which notice id.

When the rungs come is in `wait_ladder`, the words are in `notice_texts`.
"""

from uuid import UUID

from api.domain.notice_ids import notice_id
from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import TimerKind

TOLD_AS = {
    TimerKind.WARN: NoticeKind.WAIT_WARN,
    TimerKind.EXPIRE: NoticeKind.WAIT_EXPIRED,
    TimerKind.UNDECIDED: NoticeKind.WAIT_UNDECIDED,
    TimerKind.LOADING: NoticeKind.WAIT_LOADING,
}
"""What staff are told of a rung. The nudge goes to the contact; an abandoned wait is told to nobody."""

COURIER_IS_TOLD = frozenset({TimerKind.WARN, TimerKind.EXPIRE, TimerKind.LOADING})
DISPATCHERS_ARE_TOLD = frozenset({TimerKind.WARN, TimerKind.UNDECIDED, TimerKind.LOADING})


def dedupe_key(kind: NoticeKind, *, wait_id: UUID, generation: int, staff_id: UUID) -> str:
    """Return the key under which a member of staff is told once of a wait, in one generation of its clock."""
    return f"{kind}:{wait_id}:{generation}:{staff_id}"


def courier_notice_id(rung: TimerKind, *, wait_id: UUID, generation: int, courier_id: UUID) -> UUID | None:
    """Return the id that the courier's notice of a rung has or will have; None where he is not told.

    His phone raises the alarm by itself when it has no signal, and drops the notice that comes later.
    """
    if rung not in COURIER_IS_TOLD:
        return None
    return notice_id(dedupe_key(TOLD_AS[rung], wait_id=wait_id, generation=generation, staff_id=courier_id))
