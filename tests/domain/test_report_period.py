"""The days a report covers."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from api.domain.report_period import PeriodNotAllowed, ReportPeriod


def test_a_day_begins_and_ends_by_local_time():
    day = ReportPeriod(date(2026, 11, 18), date(2026, 11, 18))

    assert day.bounds(ZoneInfo("Asia/Shanghai")) == (
        datetime(2026, 11, 17, 16, tzinfo=UTC),
        datetime(2026, 11, 18, 16, tzinfo=UTC),
    )


def test_the_day_on_which_clocks_go_back_has_25_hours():
    begins, ends = ReportPeriod(date(2026, 10, 25), date(2026, 10, 25)).bounds(ZoneInfo("Europe/Berlin"))

    assert (ends - begins).total_seconds() == 25 * 3600


def test_g3_it_has_92_days_at_most():
    ReportPeriod(date(2026, 1, 1), date(2026, 4, 2))

    with pytest.raises(PeriodNotAllowed):
        ReportPeriod(date(2026, 1, 1), date(2026, 4, 3))


def test_it_does_not_end_before_it_begins():
    with pytest.raises(PeriodNotAllowed):
        ReportPeriod(date(2026, 1, 2), date(2026, 1, 1))
