"""Nights gone by, played one by one: which alerts they would have raised, and how many a week.

The same verdicts and the same state machine as at night; nobody answers, so alerts end by shipments alone.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median

import numpy as np

from api.domain.business_hours import WorkCalendar
from api.domain.churn_alerts import LastAlert, Move, Sign, next_move, signs
from api.domain.churn_backtest import bands_of
from api.domain.churn_engine import Engine, histories_of, learn
from api.domain.churn_risk import RATED_FROM_SHIPPING_DAYS, Verdict, horizon_days
from api.domain.decline import (
    BASELINE_WEEKS,
    FREQUENT_FROM_DAYS_A_WEEK,
    FURTHEST_BACK,
    RECENT_WEEKS,
    Pace,
    pace,
    quiet_days,
)
from api.domain.shipping_history import ShippingHistory
from api.domain.shipping_ledger import Ledger, Snapshot
from api.domain.vocabulary import AlertOutcome, AlertState, Band, ChurnEngine, ReasonFamily

WEEK = timedelta(days=7)
CALLS = (Move.RAISE, Move.REOPEN, Move.WORSEN)

Key = tuple[int, ReasonFamily]


@dataclass(frozen=True, slots=True)
class Call:
    """One alert that called for a rep: raised, or worse than before. Red ones are pushed."""

    customer: int
    family: ReasonFamily
    spell_started_on: date
    band: Band
    night: date
    silent_days: int

    @property
    def is_push(self) -> bool:
        return self.band is Band.HIGH


@dataclass(frozen=True, slots=True)
class Week:
    """One week of nights: how many customers there were, and what came of them."""

    begins_on: date
    customers: int
    pushes: int
    amber: int

    @property
    def pushes_per_100(self) -> float:
        return 100 * self.pushes / max(1, self.customers)


@dataclass(frozen=True, slots=True)
class Replay:
    calls: tuple[Call, ...]
    weeks: tuple[Week, ...]
    win_back: int
    """Spells too long for a call on the first night."""

    @property
    def median_delay_days(self) -> float | None:
        """The median of the days without a shipment when a rep was first called."""
        return median(delays) if (delays := [call.silent_days for call in self.calls]) else None

    @property
    def pushes_per_100_and_week(self) -> float:
        """Churn pushes a week of a rep with 100 customers."""
        return sum(week.pushes_per_100 for week in self.weeks) / max(1, len(self.weeks))

    @property
    def most_pushes_of_a_spell_and_band(self) -> int:
        """1 where nobody is nagged."""
        spells = Counter((one.customer, one.family, one.spell_started_on, one.band) for one in self.calls)
        return max(spells.values(), default=0)


def replay(ledger: Ledger, first: date, until: date) -> Replay:
    """Play every night from `first`, the first scoring of the branch, to the eve of `until`.

    What the job learns every night is learned once a week here: it takes as long as all the rest.
    """
    player = _Player(ledger)
    weeks = []
    for begins_on in _nights(first, until, WEEK):
        player.learn(begins_on)
        before = len(player.calls)
        seen = 0
        for night in _nights(begins_on, min(begins_on + WEEK, until), timedelta(days=1)):
            seen = player.play(night, first=night == first)
        bands = Counter(call.is_push for call in player.calls[before:])
        weeks.append(Week(begins_on, seen, pushes=bands[True], amber=bands[False]))
    return Replay(tuple(player.calls), tuple(weeks), player.win_back)


def _nights(first: date, until: date, step: timedelta) -> Iterator[date]:
    while first < until:
        yield first
        first += step


@dataclass(slots=True)
class _Player:
    """The alerts of a branch as the nights go by."""

    ledger: Ledger
    calls: list[Call] = field(default_factory=list)
    win_back: int = 0
    _engine: Engine | None = None
    _last: dict[Key, LastAlert] = field(default_factory=dict)
    _parcels: dict[int, dict[date, int]] = field(default_factory=lambda: defaultdict(dict))
    _days: dict[int, list[date]] = field(default_factory=lambda: defaultdict(list))
    _branch: Counter[date] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for customer, day, parcels in zip(
            self.ledger.customer.tolist(), self.ledger.day.tolist(), self.ledger.parcels.tolist(), strict=True
        ):
            on = date.fromordinal(day)
            self._parcels[customer][on] = int(parcels)
            self._days[customer].append(on)
            self._branch[on] += int(parcels)

    def learn(self, night: date) -> None:
        self._engine = learn(histories_of(self.ledger, night), self.ledger)

    def play(self, night: date, *, first: bool) -> int:
        """Judge everybody and let the alerts follow; return how many customers there are."""
        assert self._engine is not None, "a week begins with learning"
        snapshot = self.ledger.before(night)
        chances = self._engine.chances_of(snapshot)
        high, medium = bands_of(self._engine, snapshot, chances)
        calendar = WorkCalendar(frozenset(range(7)), self._quiet(night))
        gaps = snapshot.usual_gaps(self._engine.population_gap_days)
        followed = np.fromiter({customer for customer, _ in self._last}, dtype=np.int64)
        frequent = snapshot.recent_days >= FREQUENT_FROM_DAYS_A_WEEK * (BASELINE_WEEKS - RECENT_WEEKS)
        rated = snapshot.x >= RATED_FROM_SHIPPING_DAYS - 1
        looked_at = rated & (high | medium | frequent | np.isin(snapshot.customers, followed))
        for row in np.flatnonzero(looked_at).tolist():
            customer, history = int(snapshot.customers[row]), _history(snapshot, row, night)
            paced = pace(self._parcels[customer], calendar, night) if frequent[row] else None
            band = Band.HIGH if high[row] else Band.MEDIUM if medium[row] else Band.LOW
            for sign in signs(_verdict(band, paced, float(gaps[row])), history):
                self._follow(customer, sign, history, first=first)
        return len(snapshot.customers)

    def _quiet(self, night: date) -> frozenset[date]:
        return quiet_days(self._branch, night - FURTHEST_BACK, night - timedelta(days=1))

    def _follow(self, customer: int, sign: Sign, history: ShippingHistory, *, first: bool) -> None:
        last = self._known(customer, sign)
        move = next_move(sign, last, first_scoring=first)
        key = (customer, sign.family)
        if move in CALLS:
            self.calls.append(
                Call(
                    customer, sign.family, sign.spell_started_on, sign.band, sign.as_of, history.recency_days
                )
            )
        self.win_back += move is Move.RAISE_FOR_WIN_BACK
        if move in (Move.RAISE, Move.RAISE_FOR_WIN_BACK):
            usual = sign.usual_parcels
            self._last[key] = LastAlert(
                AlertState.RAISED, sign.spell_started_on, sign.band, usual_parcels=usual
            )
        elif last is not None and move in (Move.REOPEN, Move.WORSEN):
            self._last[key] = LastAlert(
                AlertState.RAISED, last.spell_started_on, sign.band, usual_parcels=last.usual_parcels
            )
        elif last is not None and move is Move.CLOSE:
            self._last[key] = LastAlert(
                AlertState.RESOLVED, last.spell_started_on, last.band, sign.as_of, AlertOutcome.WON_BACK
            )

    def _known(self, customer: int, sign: Sign) -> LastAlert | None:
        last = self._last.get((customer, sign.family))
        if last is None:
            return None
        days = self._days[customer]
        shipped = bisect_left(days, sign.as_of) - bisect_right(days, last.spell_started_on)
        return LastAlert(
            last.state,
            last.spell_started_on,
            last.band,
            last.resolved_on,
            last.outcome,
            shipped,
            last.usual_parcels,
        )


def _verdict(band: Band, paced: Pace | None, gap: float) -> Verdict:
    """Return as much of a verdict as alerts follow."""
    return Verdict(
        ChurnEngine.DECLINE if paced else ChurnEngine.MODEL,
        paced.band if paced else band,
        critical=False,
        p_ships=None,
        horizon_days=horizon_days(gap),
        usual_gap_days=max(1, round(gap)),
        value_at_risk_minor=0,
        pace=paced,
    )


def _history(snapshot: Snapshot, row: int, night: date) -> ShippingHistory:
    first = night - timedelta(days=1 + int(snapshot.T[row]))
    last = first + timedelta(days=int(snapshot.tx[row]))
    return ShippingHistory(first, last, int(snapshot.x[row]) + 1, night)
