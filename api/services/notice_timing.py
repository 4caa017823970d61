"""When each of some notices leaves: at once, or held for quiet hours, the cap of an hour, a paused kind.

The rules are in `domain.notice_timing`; here is what they must know of branches, shifts and the last hour,
each asked for once for all tellings together, and only where it matters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries
from api.domain.branch_policy import BranchPolicy
from api.domain.business_hours import OpeningHours
from api.domain.fall_back import channel_of
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.notice_timing import HOUR, HourOfOne, QuietHours
from api.domain.vocabulary import Channel
from api.models import PausedKind


class Branches:
    """What telling must know of branches: how they work, and when each may push again."""

    def __init__(self, session: Session, branch_ids: Collection[UUID], *, now: datetime) -> None:
        self._session, self._now = session, now
        self._known = queries.branches.ways_of_working(session, branch_ids) if branch_ids else {}
        self._quiet_until = {branch_id: self.next_allowed(branch_id, now) for branch_id in self._known}
        ways = queries.deliveries.ways(session)
        self._other_ways = {
            branch_id: channel_of(known.policy.staff_fallback, ways)
            for branch_id, known in self._known.items()
        }
        self.are_awake = all(until <= now for until in self._quiet_until.values())
        """No branch is in its quiet hours."""

    def zone(self, branch_id: UUID) -> ZoneInfo:
        return self._known[branch_id].zone

    def policy(self, branch_id: UUID) -> BranchPolicy:
        return self._known[branch_id].policy

    def hours(self, branch_id: UUID) -> OpeningHours:
        return queries.work_calendars.opening_hours(self._session, branch_id, around=self._now)

    def other_way(self, branch_id: UUID) -> Channel | None:
        """Return how staff of a branch are told what they have not seen; None where there is no other way."""
        return self._other_ways[branch_id]

    def quiet_until(self, branch_id: UUID) -> datetime:
        """Return when the quiet hours of now end; now, outside them."""
        return self._quiet_until[branch_id]

    def next_allowed(self, branch_id: UUID, at: datetime) -> datetime:
        """Return that instant, or the end of the quiet hours that it falls into."""
        policy = self.policy(branch_id)
        quiet = QuietHours(policy.quiet_hours_start, policy.quiet_hours_end, self.zone(branch_id))
        return quiet.next_allowed(at)


class Timing:
    """Decides for tellings that were not told before when each may leave. It counts on as it is asked."""

    def __init__(self, session: Session, tellings: Collection[Telling], *, now: datetime) -> None:
        self._now = now
        # What goes to a contact and names no time of day needs nothing of its branch.
        concerned = [telling for telling in tellings if telling.staff_id or telling.variables]
        self.branches = Branches(session, _branches_of(concerned), now=now)
        self._on_shift = self._who_is_on_shift(session, [one for one in concerned if _is_timed(one)])
        calm = [one for one in tellings if one.staff_id is not None and not one.rule.live]
        self._has_calm = bool(calm)
        recent = queries.paused_kinds.recent(session, _branches_of(calm), since=now - HOUR) if calm else []
        self._paused = {(one.branch_id, one.kind) for one in recent if one.resumed_at is None}
        self._hours = self._last_hours(session, [one for one in calm if _is_timed(one)], recent)
        self.floods: set[tuple[UUID, NoticeKind]] = set()
        """Kinds of which somebody was told far too many by now, by branch."""

    def is_paused(self, telling: Telling) -> bool:
        """Tell whether a telling goes to the inbox only, since its kind is paused in its branch."""
        # Hardly ever is anything: a sweep need not make a key for each of its thousands.
        return bool(self._paused) and (telling.branch_id, telling.kind) in self._paused

    def held(self, tellings: Iterable[Telling]) -> dict[UUID, datetime]:
        """Return until when each of these is held, by its id; those that leave at once are left out."""
        if self.branches.are_awake and not self._has_calm:
            return {}  # What is live leaves at once by day: a sweep need not ask for each.
        timed = [(telling, self._leaves_at(telling)) for telling in tellings if _is_timed(telling)]
        # What is of no use by then ends then, instead of waiting for the morning.
        return {telling.id: min(at, telling.expires_at(self._now)) for telling, at in timed if at > self._now}

    def _leaves_at(self, telling: Telling) -> datetime:
        return self._live_at(telling) if telling.rule.live else self._calm_at(telling)

    def _live_at(self, telling: Telling) -> datetime:
        on_shift = telling.staff_id in self._on_shift
        return self._now if on_shift else self.branches.quiet_until(telling.branch_id)

    def _calm_at(self, telling: Telling) -> datetime:
        assert telling.staff_id is not None, "only what is for staff is timed"
        hour = self._hours[telling.staff_id]
        cap = self.branches.policy(telling.branch_id).notices_per_person_hour
        if hour.floods(telling.kind, cap=cap):
            self.floods.add((telling.branch_id, telling.kind))
        quiet_until = self.branches.quiet_until(telling.branch_id)
        if quiet_until > self._now:
            return quiet_until
        return self.branches.next_allowed(telling.branch_id, hour.leaves_at(cap=cap, now=self._now))

    def _who_is_on_shift(self, session: Session, timed: Iterable[Telling]) -> frozenset[UUID]:
        """Ask only in quiet hours, and about those who are told something live: else it is no matter."""
        asleep = {
            one.staff_id
            for one in timed
            if one.staff_id and one.rule.live and self.branches.quiet_until(one.branch_id) > self._now
        }
        return frozenset(queries.shifts.of_these_on_shift(session, asleep, now=self._now) if asleep else ())

    def _last_hours(
        self, session: Session, calm: Collection[Telling], recent: Iterable[PausedKind]
    ) -> defaultdict[UUID, HourOfOne]:
        hours: defaultdict[UUID, HourOfOne] = defaultdict(HourOfOne)
        if not calm:
            return hours
        # What a manager has let go on is counted anew, or it would be paused again by its past.
        anew = {(one.branch_id, one.kind): one.resumed_at for one in recent if one.resumed_at is not None}
        staff_ids = {one.staff_id for one in calm if one.staff_id is not None}
        for told in queries.notices.told_since(session, staff_ids, self._now - HOUR, counted_anew=anew):
            hour = hours[told.staff_id]
            hour.pushed += told.pushed
            hour.first_at = min(filter(None, (hour.first_at, told.first_pushed_at)), default=None)
            hour.decided[NoticeKind(told.kind)] += told.decided
        return hours


def _is_timed(telling: Telling) -> bool:
    """Contacts' hours, and those who say themselves when it leaves, are minded where it is told."""
    return telling.staff_id is not None and telling.leaves_at is None


def _branches_of(tellings: Iterable[Telling]) -> set[UUID]:
    return {telling.branch_id for telling in tellings}
