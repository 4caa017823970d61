"""By when somebody must have taken note of a field report."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.domain.business_hours import OpeningHours
from api.domain.field_reports import PRESSING, acknowledge_by
from api.domain.vocabulary import FieldReportKind
from tests.fakes import NOW

NINE_TO_FIVE = OpeningHours({day: (time(9), time(17)) for day in range(5)}, ZoneInfo("Asia/Shanghai"))
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("kind", [FieldReportKind.COMPETITOR_SEEN, FieldReportKind.CUSTOMER_UNHAPPY])
def test_what_presses_is_acknowledged_within_four_working_hours(kind):
    in_the_afternoon = NOW + 6 * HOUR  # 15:30: an hour and a half is left of the day.

    assert acknowledge_by(kind, NINE_TO_FIVE, now=NOW) == NOW + 4 * HOUR
    assert acknowledge_by(kind, NINE_TO_FIVE, now=in_the_afternoon) == NOW + 26 * HOUR


@pytest.mark.parametrize("kind", sorted(set(FieldReportKind) - PRESSING))
def test_the_others_have_a_day(kind):
    assert acknowledge_by(kind, NINE_TO_FIVE, now=NOW) == NOW + 24 * HOUR
