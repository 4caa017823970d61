"""Churn scores grow few with time: every night, then a night in each month, then the newest alone."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from api.db import Database
from api.domain.vocabulary import Band, ChurnEngine
from api.models import Branch, BranchPolicyVersion, ChurnScore
from jobs.context import JobContext
from jobs.purge import purge
from tests.factories import make_customer
from tests.fakes import NOW, FrozenClock
from tests.rounds import rows
from tests.rows import add

SCORE = {
    "engine": ChurnEngine.MODEL,
    "engine_version": 1,
    "band": Band.LOW,
    "horizon_days": 30,
    "recency_days": 3,
    "shipping_days": 20,
    "value_at_risk_minor": 0,
    "currency": "CNY",
    "reasons": [],
    "scored_at": NOW,
}


class TestScores:
    """Of every night for 90 days, then of a night in each month for two years, and the newest always."""

    @pytest.fixture
    def scored(self, database: Database) -> Callable[..., None]:
        """Scores a new customer in the nights of these days."""

        def scored(*days: date) -> None:
            with database.unit_of_work() as session:
                customer = make_customer(session, session.scalar(select(Branch)))
                for day in days:
                    columns = {"customer_id": customer.id, "branch_id": customer.branch_id, "scored_on": day}
                    add(session, ChurnScore, columns, **SCORE)

        return scored

    def left(self, database: Database) -> list[date]:
        return sorted(row["scored_on"] for row in rows(database, ChurnScore))

    def test_of_each_old_month_the_last_night_is_left(
        self, job_context: JobContext, database: Database, branch: Branch, scored: Callable[..., None]
    ) -> None:
        nights = [NOW.date() - timedelta(days=ago) for ago in range(200)]
        scored(*nights)

        purge(job_context)

        young = [day for day in reversed(nights) if day >= date(2026, 8, 20)]
        assert self.left(database) == [date(2026, 5, 31), date(2026, 6, 30), date(2026, 7, 31), *young]

    def test_a_month_that_grows_old_keeps_its_last_night(
        self, job_context: JobContext, database: Database, branch: Branch, clock: FrozenClock, scored: Any
    ) -> None:
        scored(*(NOW.date() - timedelta(days=ago) for ago in range(120)))
        for _ in range(12):
            purge(job_context)
            clock.tick(days=10)

        purge(job_context)

        months = [date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31)]
        assert self.left(database) == [*months, NOW.date()]

    def test_after_two_years_none_is_left_but_the_newest(
        self, job_context: JobContext, database: Database, branch: Branch, scored: Callable[..., None]
    ) -> None:
        scored(date(2024, 5, 31), date(2024, 11, 30))
        scored(date(2023, 4, 2), date(2023, 4, 3))

        purge(job_context)

        assert self.left(database) == [date(2023, 4, 3), date(2024, 11, 30)]

    def test_each_branch_has_its_own_time(
        self, job_context: JobContext, database: Database, branch: Branch, scored: Callable[..., None]
    ) -> None:
        nights = [NOW.date() - timedelta(days=ago) for ago in (0, 100, 101)]
        scored(*nights)
        with database.unit_of_work() as session:
            settings = {"score_keep_days": 365}
            add(
                session,
                BranchPolicyVersion,
                {},
                branch_id=branch.id,
                version=1,
                settings=settings,
                created_at=NOW,
            )

        purge(job_context)

        assert len(self.left(database)) == 3
