"""The lines of a report that the calendar tells."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api.domain.report_lines import GroupBy, key_of, label_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
LATE_ON_SUNDAY = datetime(2027, 1, 3, 23, 30, tzinfo=UTC)
"""Already Monday, 07:30, in Shanghai; the first ISO week of 2027 begins on that day."""


@pytest.mark.parametrize(
    ("by", "key", "label"),
    [
        (GroupBy.WEEK, "2027-W01", "2027-W01"),
        (GroupBy.WEEKDAY, "1", "mon"),
        (GroupBy.HOUR, "07", "07:00"),
    ],
)
def test_a_line_is_told_by_local_time(by, key, label):
    assert key_of(LATE_ON_SUNDAY, by, SHANGHAI) == key
    assert label_of(key, by) == label


def test_a_week_belongs_to_the_year_of_its_thursday():
    assert key_of(datetime(2027, 1, 3, 12, tzinfo=UTC), GroupBy.WEEK, SHANGHAI) == "2026-W53"


def test_sites_are_not_told_by_the_calendar():
    with pytest.raises(ValueError, match="no calendar"):
        key_of(LATE_ON_SUNDAY, GroupBy.SITE, SHANGHAI)
