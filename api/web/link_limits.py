"""Limits on the customers' links: for whoever guesses tokens, and for whoever floods a link that he has.

Counted in the memory of each process, since a GET writes nothing: 128 random bits and the rules of what a
link may do are the walls, this only keeps the noise down.
"""

import ipaddress
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import cast

from flask import Blueprint, Response, current_app, request

from api.domain.errors import TooMany
from api.web.app import ApiApp

KEYS_REMEMBERED = 10_000
READING = {"GET", "HEAD", "OPTIONS"}


class Limit:
    """How often something happened for each key since the first time in its present window."""

    def __init__(self, most: int, window: timedelta) -> None:
        self.most = most
        self.window = window
        self._counts: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._lock = Lock()

    def check(self, key: str, now: datetime) -> None:
        """Raise TooMany when the key has used up its window."""
        began, count = self._counts.get(key, (now, 0))
        if count >= self.most and now - began < self.window:
            raise TooMany(retry_after_seconds=int((began + self.window - now).total_seconds()) + 1)

    def count(self, key: str, now: datetime) -> None:
        """Note that it happened once more; the key that was heard of longest ago is forgotten."""
        with self._lock:
            began, count = self._counts.pop(key, (now, 0))
            self._counts[key] = (began, count + 1) if now - began < self.window else (now, 1)
            while len(self._counts) > KEYS_REMEMBERED:
                self._counts.popitem(last=False)


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """Generous to people: an office shares one address, and its pages are looked at again and again."""

    guesses: Limit = field(default_factory=lambda: Limit(60, timedelta(minutes=1)))
    """Unknown tokens, by network."""
    requests: Limit = field(default_factory=lambda: Limit(600, timedelta(minutes=1)))
    """Everything about links, by network."""
    reads: Limit = field(default_factory=lambda: Limit(120, timedelta(minutes=1)))
    """By link."""
    writes: Limit = field(default_factory=lambda: Limit(30, timedelta(hours=1)))
    """By link, refused ones among them."""


def guard(blueprint: Blueprint) -> None:
    """Hold the limits on those of the blueprint's routes that take a token or a link's id."""

    @blueprint.before_request
    def refuse_the_tireless() -> None:
        if not _names_a_link():
            return
        _limits().guesses.check(_network(), _now())
        for limit, key in _counted():
            limit.check(key, _now())
            limit.count(key, _now())

    @blueprint.after_request
    def count_misses(response: Response) -> Response:
        if _names_a_link() and response.status_code == 404:
            _limits().guesses.count(_network(), _now())
        return response


def network_of(address: str) -> str:
    """Return the /24 or /64 of an address: whoever has one of its addresses has them all."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 64), strict=False))


def _counted() -> Iterator[tuple[Limit, str]]:
    limits, where = _limits(), request.view_args or {}
    yield limits.requests, _network()
    yield limits.reads if request.method in READING else limits.writes, str(next(iter(where.values())))


def _names_a_link() -> bool:
    return bool({"token", "link_id"} & set(request.view_args or {}))


def _now() -> datetime:
    # Not the request's one instant: that is taken when its transaction begins.
    return cast(ApiApp, current_app).clock.now()


def _network() -> str:
    return network_of(request.remote_addr or "")


def _limits() -> LinkLimits:
    limits: LinkLimits = current_app.extensions.setdefault("link_limits", LinkLimits())
    return limits
