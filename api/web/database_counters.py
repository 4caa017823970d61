"""Counters of rate limits that processes share through their PostgreSQL, where no Redis is configured."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from api import queries
from api.db import Database


class DatabaseCounters:
    """One small transaction for each exchange (`domain.rate_limits.SharedCounters`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, spent: Mapping[str, timedelta], now: datetime) -> Mapping[str, datetime]:
        with self._database.unit_of_work() as session:
            return queries.rate_counters.add(session, spent, now=now)
