"""Acknowledging a notice, and what follows while nobody does: the next one up is told.

Which kind climbs to whom stands in `domain.notice_kinds`; when, is decided in `domain.notice_climbing`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.notice_climbing import ClimbsTo, Step, Unacknowledged, climb, in_words
from api.domain.notice_kinds import KINDS, NoticeKind, Telling
from api.domain.principal import Principal
from api.domain.vocabulary import Role
from api.models import Notice
from api.services import changes, events, notices


def acknowledge(session: Session, *, notice_id: UUID, by: Principal, now: datetime) -> None:
    """Note that the caller takes care of what one of his notices is about: nobody else is told of it.

    That holds for the whole thread, whoever else was told. Doing it again changes nothing. Raises NotFound.
    """
    notice = queries.notices.by_id(session, notice_id, by=by)
    if notice.acknowledged_at is None:
        # Before anything of one's own: all who acknowledge take the rows of a thread in one order.
        stop_climbing(session, [notice.thread], now=now)
    notices.mark_seen(session, notice_id=notice_id, by=by, now=now)
    if notice.acknowledged_at is None:
        notice.acknowledged_at = now
        session.flush()
        changes.note(session, [notice], now=now)
        events.record(
            session,
            "notice.acknowledged",
            subject_type="notice",
            subject_id=notice.id,
            branch_id=notice.branch_id,
            actor_id=by.staff_id,
            data={"kind": notice.kind, "climbs": notice.climbs},
            now=now,
        )


def stop_climbing(
    session: Session, threads: Collection[str], *, told_as: str | None = None, now: datetime
) -> None:
    """Tell nobody any more, higher up or another way, of what these threads are about: it is taken care of.

    What is on its way to a phone still arrives. `told_as` is the beginning of a dedupe key, and narrows it
    to one subject of a thread.
    """
    changes.note_told(session, queries.climbing.stop(session, threads, told_as=told_as), now=now)


def climb_unacknowledged(session: Session, *, limit: int, now: datetime) -> int:
    """Tell the next one up of at most `limit` notices whose step is due; return how many there were."""
    waiting = queries.climbing.claim(session, limit=limit, now=now)
    superiors = _Superiors(session, now=now)
    tellings: list[Telling] = []
    for notice in waiting:
        rule = KINDS[NoticeKind(notice.kind)]
        assert notice.climbs_at is not None, "it was claimed by it"
        taken = climb(
            rule.escalation or (),
            Unacknowledged(notice.decided_at, notice.climbs, notice.climbs_at),
            useful_for=rule.useful_for,
            hours=partial(queries.work_calendars.opening_hours, session, notice.branch_id, around=now),
            now=now,
        )
        notice.climbs, notice.climbs_at = taken.climbs, taken.climbs_at
        if taken.step is not None:
            tellings += _tellings(notice, taken.step, superiors, now)
    session.flush()
    notices.tell_all(session, tellings, now=now)
    return len(waiting)


class _Superiors:
    """Whom a notice climbs to, asked once per branch and unit of work."""

    def __init__(self, session: Session, *, now: datetime) -> None:
        self._session = session
        self._now = now
        self._managers: dict[UUID, Sequence[UUID]] = {}
        self._alerts_by_rep: dict[UUID, dict[UUID, int]] = {}

    def managers(self, branch_id: UUID) -> Sequence[UUID]:
        if branch_id not in self._managers:
            found = queries.staff.active_with_role(self._session, branch_id, Role.MANAGER)
            self._managers[branch_id] = found
        return self._managers[branch_id]

    def on_shift(self, staff_ids: Sequence[UUID]) -> set[UUID]:
        return set(queries.shifts.of_these_on_shift(self._session, staff_ids, now=self._now))

    def another_rep(self, branch_id: UUID, besides: UUID | None) -> UUID | None:
        """Return the other rep with the fewest open alerts, and count this one to him; None without one."""
        if branch_id not in self._alerts_by_rep:
            self._alerts_by_rep[branch_id] = queries.climbing.alerts_by_rep(self._session, branch_id)
        alerts = self._alerts_by_rep[branch_id]
        others = sorted((count, rep_id) for rep_id, count in alerts.items() if rep_id != besides)
        if not others:
            return None
        _, rep_id = others[0]
        alerts[rep_id] += 1
        return rep_id


def _tellings(notice: Notice, step: Step, superiors: _Superiors, now: datetime) -> list[Telling]:
    told_as = notice.dedupe_key.rpartition(":")[0]  # The key without whom it was told to.
    match step.to:
        case ClimbsTo.AGAIN:
            key = f"{told_as}:again{notice.climbs}:{notice.staff_id}"
            kind = NoticeKind(notice.kind)
            return [_telling(kind, notice, key, notice.staff_id, variables=notice.variables)]
        case ClimbsTo.MANAGERS:
            return _to_managers(notice, superiors, now)
        case ClimbsTo.ANOTHER_REP:
            rep_id = superiors.another_rep(notice.branch_id, notice.staff_id)
            kind = NoticeKind.CHURN_OFFERED
            return [_telling(kind, notice, f"{kind}:{told_as}:{rep_id}", rep_id)] if rep_id else []


def _to_managers(notice: Notice, superiors: _Superiors, now: datetime) -> list[Telling]:
    """Tell each manager once of a thread and moment, however many were told and have kept silent."""
    kind, about = NoticeKind.UNACKNOWLEDGED, NoticeKind(notice.kind)
    waited, unit = in_words(now - notice.decided_at)
    moment = f"{notice.thread}:{int(notice.decided_at.timestamp())}:{notice.climbs}"
    managers = superiors.managers(notice.branch_id)
    at_once = superiors.on_shift(managers) if KINDS[about].live else set()
    return [
        _telling(
            kind,
            notice,
            f"{kind}:{moment}:{manager_id}",
            manager_id,
            of_thread=notice.thread,
            variables={"about": about, "waited": waited, "unit": unit},
            leaves_at=now if manager_id in at_once else None,
        )
        for manager_id in managers
    ]


def _telling(kind: NoticeKind, notice: Notice, key: str, staff_id: UUID | None, **more: Any) -> Telling:
    return Telling(
        kind,
        notice.branch_id,
        key,
        staff_id=staff_id,
        pickup_id=notice.pickup_id,
        wait_id=notice.wait_id,
        customer_id=notice.customer_id,
        case_id=notice.case_id,
        climbed=True,
        **more,
    )
