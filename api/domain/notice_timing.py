"""When what was decided may be pushed: quiet hours, the cap of an hour, and what somebody puts off himself.

Pure rules over plain values. How an attempt goes on once it has left is in `delivery_policy`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from api.domain.errors import Conflict
from api.domain.notice_kinds import NoticeKind

HOUR = timedelta(hours=1)
FLOOD = 3  # Times the cap: one kind alone, to one person, within an hour. No work makes that much of it.
SNOOZE_MINUTES = (10, 30, 60, 180)
MOST_SNOOZES = 2


class LiveNotice(Conflict):
    """This is about work in progress: it cannot be put off."""

    code = "live_notice"


class SnoozedEnough(Conflict):
    """This was put off twice already."""

    code = "snoozed_enough"


class NoUseByThen(Conflict):
    """By then this notice is of no more use."""

    code = "no_use_by_then"


class NoticeIsOver(Conflict):
    """This is acknowledged, or no longer so: there is nothing to put off."""

    code = "notice_is_over"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local hours in which people are left in peace; `start` equal to `end` means none."""

    start: time
    end: time
    zone: ZoneInfo

    def next_allowed(self, now: datetime) -> datetime:
        """Return `now` when it is outside the quiet hours, else the instant at which they end."""
        local = now.astimezone(self.zone)
        clock = local.time()
        over_midnight = self.start > self.end
        quiet = clock >= self.start or clock < self.end if over_midnight else self.start <= clock < self.end
        if not quiet:
            return now
        ends_tomorrow = over_midnight and clock >= self.start
        day = local.date() + timedelta(days=1) if ends_tomorrow else local.date()
        return max(now, datetime.combine(day, self.end, self.zone).astimezone(UTC))


@dataclass(slots=True)
class HourOfOne:
    """What one person was told within the last hour, of the calm kinds; it counts on as more is decided.

    `pushed` is how many of them have left for his phones, the first of them at `first_at`; `decided` counts
    those that are held as well.
    """

    pushed: int = 0
    first_at: datetime | None = None
    decided: Counter[NoticeKind] = field(default_factory=Counter)

    def leaves_at(self, *, cap: int, now: datetime) -> datetime:
        """Return when one more may leave: now, or when the hour since the first of so many is over."""
        if self.pushed < cap:
            self.pushed += 1
            self.first_at = self.first_at or now
            return now
        return (self.first_at or now) + HOUR

    def floods(self, kind: NoticeKind, *, cap: int) -> bool:
        """Count one more of a kind; tell whether a rule has gone wrong, to judge by how many there are."""
        self.decided[kind] += 1
        return self.decided[kind] > FLOOD * cap


@dataclass(frozen=True, slots=True)
class Snoozable:
    """A notice as the rules of putting off see it; `over` once it is acknowledged or no longer so."""

    live: bool
    over: bool
    snoozes: int
    useful_until: datetime


def snoozed_until(notice: Snoozable, minutes: int, *, now: datetime) -> datetime:
    """Return when a notice comes again that its reader puts off: his own wish, whatever the hour.

    Raises LiveNotice, NoticeIsOver, SnoozedEnough, NoUseByThen.
    """
    if notice.live:
        raise LiveNotice()
    if notice.over:
        raise NoticeIsOver()
    if notice.snoozes >= MOST_SNOOZES:
        raise SnoozedEnough()
    until = now + timedelta(minutes=minutes)
    if until >= notice.useful_until:
        raise NoUseByThen()
    return until


def becomes_digest(several: int, *, has_phone: bool) -> bool:
    """Tell whether so many held notices of one person, whose time has come, are told of by one push.

    One comes as itself. Without a phone there is nothing to fold: the inbox has them all.
    """
    return several > 1 and has_phone
