"""Slows down whoever guesses tokens: a network that asks for too many unknown ones waits a minute.

Counted in the memory of each process, since a GET writes nothing: 128 random bits are the wall, this
only keeps the noise down.
"""

import ipaddress
from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

from flask import Blueprint, Response, current_app, request

from api.domain.errors import TooMany

GUESSES = 60
WINDOW = timedelta(minutes=1)
NETWORKS_REMEMBERED = 10_000


class GuessLimit:
    """How many unknown tokens each network has asked for in its present minute."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._lock = Lock()

    def check(self, address: str, now: datetime) -> None:
        """Raise TooMany when the network has used up its guesses."""
        began, count = self._counts.get(network_of(address), (now, 0))
        if count >= GUESSES and now - began < WINDOW:
            raise TooMany(retry_after_seconds=int((began + WINDOW - now).total_seconds()) + 1)

    def count(self, address: str, now: datetime) -> None:
        """Note one wrong guess; the network that was heard of longest ago is forgotten."""
        network = network_of(address)
        with self._lock:
            began, count = self._counts.pop(network, (now, 0))
            self._counts[network] = (began, count + 1) if now - began < WINDOW else (now, 1)
            while len(self._counts) > NETWORKS_REMEMBERED:
                self._counts.popitem(last=False)


def network_of(address: str) -> str:
    """Return the /24 or /64 of an address: whoever has one of its addresses has them all."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 64), strict=False))


def guard(blueprint: Blueprint) -> None:
    """Limit guesses on the blueprint's routes that take a token or a link's id."""

    @blueprint.before_request
    def refuse_guessers() -> None:
        if _is_guess():
            _limit().check(request.remote_addr or "", current_app.clock.now())  # type: ignore[attr-defined]

    @blueprint.after_request
    def count_misses(response: Response) -> Response:
        if _is_guess() and response.status_code == 404:
            _limit().count(request.remote_addr or "", current_app.clock.now())  # type: ignore[attr-defined]
        return response


def _is_guess() -> bool:
    return bool({"token", "link_id"} & set(request.view_args or {}))


def _limit() -> GuessLimit:
    limit: GuessLimit = current_app.extensions.setdefault("guesses", GuessLimit())
    return limit
