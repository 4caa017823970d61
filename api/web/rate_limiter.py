"""`RateLimiter`: counts in this process what is used of which budget, and shares it once a second.

A request is counted and refused in memory: no statement is said and nobody is asked. Between two exchanges
each process lets through what it has not heard of, so a limit may be passed by a second's use of the others.
"""

import logging
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from api.clock import Clock
from api.domain.errors import Unavailable
from api.domain.principal import Principal
from api.domain.rate_limits import Budget, SharedCounters, after
from api.metrics import RATE_LIMITS_BLIND

log = logging.getLogger("doorstep.rate_limits")

EXCHANGE_SECONDS = 1.0
KEYS_REMEMBERED = 10_000
"""For each budget; beyond it whoever was heard of longest ago is forgotten."""
TOLD_AT_ONCE = 1_000
COME_AGAIN_SECONDS = 5

Key = TypeVar("Key")
Kept = TypeVar("Kept")


@dataclass(slots=True)
class Tab:
    """What one caller has used of one budget."""

    whole_at: datetime
    untold: timedelta = timedelta()
    """The part of it that other processes have not heard of."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """With whom to share what was used: by whose time, under which keyed hash of the caller, how often."""

    counters: SharedCounters
    clock: Clock
    index: Callable[[str], str]
    every_seconds: float | None = EXCHANGE_SECONDS
    """None: only when `exchange` is called."""


class RateLimiter:
    """Without `sharing` this process is alone, or each counts for itself."""

    def __init__(self, sharing: Sharing | None = None) -> None:
        self.is_blind = False
        """Whether the last exchange failed: what the others count is not known."""
        self._sharing = sharing
        self._tabs: dict[Budget, OrderedDict[str, Tab]] = defaultdict(OrderedDict)
        self._news: OrderedDict[tuple[Budget, str], Tab] = OrderedDict()
        self._refused: OrderedDict[str, Principal] = OrderedDict()
        self._known: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()
        self._has_news = threading.Event()
        self._teller: threading.Thread | None = None

    def check(self, budget: Budget, who: str, now: datetime) -> None:
        """Raise TooMany when the caller has used the budget up, Unavailable when that cannot be known."""
        if budget.shut_when_blind and self.is_blind:
            raise Unavailable(retry_after_seconds=COME_AGAIN_SECONDS)
        budget.check(self.whole_at(budget, who, now), now)

    def draw(self, budget: Budget, who: str, now: datetime, uses: int = 1) -> None:
        """Take something out of the budget. Raises as `check` does; what is refused costs nothing."""
        self.check(budget, who, now)
        self.charge(budget, who, now, uses)

    def charge(self, budget: Budget, who: str, now: datetime, uses: int = 1) -> None:
        """Note what was used, be there anything left or not."""
        price = budget.price(uses)
        with self._lock:
            tabs = self._tabs[budget]
            tab = tabs.get(who) or Tab(now)
            tab.whole_at = after(tab.whole_at, price, now)
            _put(tabs, who, tab)
            if self._sharing is not None:
                tab.untold += price
                _put(self._news, (budget, who), tab)
                self._wake_teller(self._sharing)

    def whole_at(self, budget: Budget, who: str, now: datetime) -> datetime:
        """Return when the caller's budget will be whole again: now, if nothing of it is used."""
        with self._lock:
            tab = self._tabs[budget].get(who)
        return now if tab is None else max(tab.whole_at, now)

    def exchange(self) -> None:
        """Tell the others what was used here, and hear what they used. A failure is logged, not raised.

        What could not be told then is never told: at the end of an outage nobody is charged for all of it.
        """
        assert self._sharing is not None
        told, spent = self._take_news(self._sharing.index)
        try:
            heard = self._sharing.counters.add(spent, self._sharing.clock.now())
        except Exception as failure:
            self._note_sight(lost_by=failure)
            return
        self._note_sight(lost_by=None)
        with self._lock:
            for key, whole_at in heard.items():
                told[key].whole_at = max(told[key].whole_at, whole_at + told[key].untold)

    def vouch_for(self, link: str) -> None:
        """Note that this link is a real one: what others guess is no matter of who holds it."""
        with self._lock:
            _put(self._known, link, None)

    def knows(self, link: str) -> bool:
        return link in self._known

    def remember_refused(self, token: str, caller: Principal) -> None:
        """Keep in mind whose token this is, so that he can be refused again before anything is read."""
        with self._lock:
            _put(self._refused, token, caller)

    def refused(self, token: str) -> Principal | None:
        return self._refused.get(token)

    def _take_news(self, index: Callable[[str], str]) -> tuple[dict[str, Tab], dict[str, timedelta]]:
        with self._lock:
            some = list(islice(self._news, TOLD_AT_ONCE))
            told = {f"{budget.name}:{index(who)}": self._news.pop((budget, who)) for budget, who in some}
            spent = {key: tab.untold for key, tab in told.items()}
            for tab in told.values():
                tab.untold = timedelta()
        return told, spent

    def _note_sight(self, lost_by: Exception | None) -> None:
        if lost_by is not None and not self.is_blind:
            log.error("rate_limits.counters_lost", extra={"reason": type(lost_by).__name__})
        elif lost_by is None and self.is_blind:
            log.warning("rate_limits.counters_back")
        self.is_blind = lost_by is not None
        RATE_LIMITS_BLIND.set(self.is_blind)

    def _wake_teller(self, sharing: Sharing) -> None:
        # Here, not at the start: a server may fork after it has built its application, without threads.
        if self._teller is None and sharing.every_seconds is not None:
            self._teller = threading.Thread(
                target=self._keep_telling, args=[sharing.every_seconds], name="rate-limits", daemon=True
            )
            self._teller.start()
        self._has_news.set()

    def _keep_telling(self, seconds: float) -> None:
        """Exchange while there are news, and while blind until it is seen again; sleep otherwise."""
        while self._has_news.wait():
            time.sleep(seconds)
            self._has_news.clear()
            self.exchange()
            if self.is_blind or self._news:
                self._has_news.set()


class Unlimited(RateLimiter):
    """Lets everything through: for measuring what a server can do, never for serving."""

    def check(self, budget: Budget, who: str, now: datetime) -> None:
        pass

    def charge(self, budget: Budget, who: str, now: datetime, uses: int = 1) -> None:
        pass


def _put(kept: OrderedDict[Key, Kept], key: Key, value: Kept) -> None:
    """Keep it as the youngest; forget the oldest when there are too many."""
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > KEYS_REMEMBERED:
        kept.popitem(last=False)
