"""What must hold after a storm of deaths, whatever was killed when: the invariants V1 to V7, and its figures.

Looked at are the rows, what phones were told is stored, and what the push service was sent.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from api.db import Database
from api.models import Delivery, Device, FieldEvent, Notice, Pickup, Wait, WaitTimer
from tests.faults.storm import Uplink
from tests.rounds import rows

Row = dict[str, Any]

SLACK = timedelta(seconds=5)
REMEMBERED = 1_000
"""As docs/notices.md asks of the app. A repetition comes when a lease is over, or after several deaths."""
TOLD = {
    "nudge": {"wait_nudge": 1},
    "warn": {"wait_warn": 2},
    "expire": {"wait_expired": 1},
    "undecided": {"wait_undecided": 1},
}
"""How many are told of a rung: the contact, the courier, the one dispatcher, or both of them."""

STATE_AFTER = {"arrived": "at_door", "collected": "collected"}
OUTCOMES_AFTER = {"arrived": {None, "abandoned"}, "collected": {"collected"}}


@dataclass(frozen=True, slots=True)
class Figures:
    """What a storm came to."""

    timers: int
    notices: int
    pushes: int
    repeated: int
    farthest: int
    """How many others a phone got, at most, between a push and its repetition: it remembers 1,000."""
    unanswered: int
    latest: timedelta
    """How long after it was due, and known at all, a rung acted at most."""

    def __str__(self) -> str:
        return (
            f"{self.timers} timers decided, {self.notices} notices, {self.pushes} pushes, "
            f"{self.repeated} repeated at most {self.farthest} later, {self.unanswered} requests unanswered, "
            f"latest rung {self.latest.total_seconds():.1f} s late; lost 0, doubled 0, shown twice 0"
        )


@dataclass(frozen=True, slots=True)
class Aftermath:
    """The rows once all is quiet, and the pushes in the order in which they came."""

    database: Database
    timers: Sequence[Row]
    waits: Sequence[Row]
    notices: Sequence[Row]
    deliveries: Sequence[Row]
    pushes: Sequence[Row]

    @classmethod
    def of(cls, database: Database, pushes: Sequence[Row]) -> "Aftermath":
        tables = (WaitTimer, Wait, Notice, Delivery)
        shown = [push for push in pushes if "notice_id" in push["data"]]
        return cls(database, *(rows(database, table) for table in tables), shown)

    def check(self, uplink: Uplink) -> Figures:
        """Raise AssertionError for the first invariant that does not hold."""
        self.every_rung_came_once_and_none_early()
        self.every_rung_was_told_to_each_once()
        self.nothing_is_left_on_its_way()
        self.what_is_stored_is_the_fold_of_the_events()
        self.no_acknowledged_event_is_missing(uplink)
        self.phones_showed_each_notice_once()
        distances = list(self._distances())
        decided = [row for row in self.timers if row["state"] != "armed"]
        known_since = {row["id"]: row["created_at"] for row in self.waits}
        late = max(
            row["fired_at"] - max(row["due_at"], known_since[row["wait_id"]])
            for row in decided
            if row["state"] == "fired"
        )
        return Figures(
            timers=len(decided),
            notices=len(self.notices),
            pushes=len(self.pushes),
            repeated=len(distances),
            farthest=max(distances, default=0),
            unanswered=uplink.unanswered,
            latest=late,
        )

    def every_rung_came_once_and_none_early(self) -> None:
        """V1, V2."""
        now = datetime.now(UTC)
        assert not [row for row in self.timers if row["state"] == "armed" and row["due_at"] < now - SLACK]
        rungs = Counter((row["wait_id"], row["kind"], row["generation"]) for row in self.timers)
        assert set(rungs.values()) == {1}
        assert all(row["fired_at"] >= row["due_at"] for row in self.timers if row["state"] == "fired")
        undecided = {
            row["wait_id"] for row in self.timers if (row["kind"], row["state"]) == ("undecided", "fired")
        }
        still_open = {row["id"] for row in self.waits if row["state"] == "open"}
        assert still_open <= undecided, "a wait did not climb to its last rung but one"

    def every_rung_was_told_to_each_once(self) -> None:
        """V3: a rung that fired was told to each of its recipients, and one that was missed to nobody."""
        told = Counter((row["wait_id"], row["kind"]) for row in self.notices)
        fired = Counter(
            (row["wait_id"], kind)
            for row in self.timers
            if row["state"] == "fired"
            for kind, count in TOLD.get(row["kind"], {}).items()
            for _ in range(count)
        )
        of_rungs = {kind for kinds in TOLD.values() for kind in kinds}
        assert fired == {key: count for key, count in told.items() if key[1] in of_rungs}
        assert len({row["dedupe_key"] for row in self.notices}) == len(self.notices)

    def nothing_is_left_on_its_way(self) -> None:
        """V4: no lease is left of somebody dead, and each notice has gone, unless it was of no more use."""
        ends = Counter((row["state"], row["last_error"]) for row in self.deliveries)
        assert {state for state, _ in ends} <= {"accepted", "superseded"}, ends
        assert {row["state"] for row in self.notices} <= {"accepted", "superseded"}
        over = {row["id"] for row in self.waits if row["state"] == "closed"}
        about = {row["id"]: row["wait_id"] for row in self.notices}
        for row in self.deliveries:
            needless = about[row["notice_id"]] in over or row["settled_at"] >= row["expires_at"]
            assert row["state"] == "accepted" or needless, "a notice was dropped while it was of use"

    def what_is_stored_is_the_fold_of_the_events(self) -> None:
        """V5: the last thing that a phone reported of a pickup is what is stored of it."""
        events = sorted(rows(self.database, FieldEvent), key=lambda row: row["seq"])
        assert {row["outcome"] for row in events} == {"applied"}
        last = {row["pickup_id"]: row["type"] for row in events}
        assert {row["id"]: row["state"] for row in rows(self.database, Pickup)} == {
            pickup_id: STATE_AFTER[kind] for pickup_id, kind in last.items()
        }
        assert Counter(row["pickup_id"] for row in self.waits) == Counter(last.keys())
        assert all(row["outcome"] in OUTCOMES_AFTER[last[row["pickup_id"]]] for row in self.waits)

    def no_acknowledged_event_is_missing(self, uplink: Uplink) -> None:
        """V6."""
        stored = Counter(row["event_id"] for row in rows(self.database, FieldEvent))
        assert uplink.acknowledged
        assert set(stored) == uplink.acknowledged
        assert set(stored.values()) == {1}

    def phones_showed_each_notice_once(self) -> None:
        """V7: each phone, which remembers the last 1,000 ids, shows what was accepted for it once."""
        shown = Counter(self._shown())
        addresses = {str(row["id"]): row["push_address"] for row in rows(self.database, Device)}
        accepted = {
            (addresses[row["address_key"]], str(row["notice_id"]))
            for row in self.deliveries
            if (row["channel"], row["state"]) == ("push", "accepted")
        }
        assert set(shown.values()) == {1}, "a phone showed a notice twice"
        assert accepted <= set(shown), "a notice counts as delivered that reached no phone"

    def _shown(self) -> list[tuple[str, str]]:
        remembered: dict[str, deque[str]] = {}
        shown = []
        for push in self.pushes:
            address, notice_id = self._key(push)
            known = remembered.setdefault(address, deque(maxlen=REMEMBERED))
            if notice_id not in known:
                shown.append((address, notice_id))
                known.append(notice_id)
        return shown

    def _distances(self) -> Iterator[int]:
        """Yield, for each push that came before, how many others came to the phone since it did."""
        came: defaultdict[str, list[str]] = defaultdict(list)
        for push in self.pushes:
            address, notice_id = self._key(push)
            if notice_id in came[address]:
                yield len(set(came[address][came[address].index(notice_id) + 1 :]))
            came[address].append(notice_id)

    @staticmethod
    def _key(push: Row) -> tuple[str, str]:
        return push["token"], push["data"]["notice_id"]
