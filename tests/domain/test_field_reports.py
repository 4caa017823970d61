"""When a sighting confirms a report, and by when a report is acknowledged."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.branch_policy import BranchPolicy
from api.domain.business_hours import OpeningHours
from api.domain.field_reports import (
    CONFIRMS_WITHIN,
    PRESSING,
    ReportNotOpen,
    acknowledge_by,
    can_be_confirmed,
    check_open,
    confirms,
)
from api.domain.vocabulary import FieldReportKind, FieldReportState
from tests.fakes import NOW

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOURS = OpeningHours.of({day: ["08:00", "20:00"] for day in ("mon", "tue", "wed", "thu", "fri")}, SHANGHAI)
OPEN_OR_NOTED = [FieldReportState.OPEN, FieldReportState.ACKNOWLEDGED]


def local(*fields: int) -> datetime:
    return datetime(*fields, tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize("state", OPEN_OR_NOTED)
def test_the_same_seen_within_seven_days_confirms_the_report(state: FieldReportState) -> None:
    just_before = NOW + CONFIRMS_WITHIN - timedelta(seconds=1)

    assert confirms(NOW, state, now=just_before)
    assert not confirms(NOW, state, now=NOW + CONFIRMS_WITHIN)


def test_what_was_closed_and_is_seen_again_is_news() -> None:
    assert not confirms(NOW, FieldReportState.CLOSED, now=NOW)


def test_two_things_that_are_just_other_are_not_the_same() -> None:
    confirmable = {kind for kind in FieldReportKind if can_be_confirmed(kind)}

    assert confirmable == {*FieldReportKind} - {FieldReportKind.OTHER}


@pytest.mark.parametrize("kind", sorted(PRESSING))
def test_a_pressing_report_has_four_hours_of_an_open_branch(kind: FieldReportKind) -> None:
    friday_evening = local(2026, 11, 20, 18, 0)

    due = acknowledge_by(kind, BranchPolicy(), HOURS, now=friday_evening)

    assert due == local(2026, 11, 23, 10, 0)


def test_any_other_report_has_a_day_round_the_clock() -> None:
    due = acknowledge_by(FieldReportKind.VOLUME_DROP, BranchPolicy(), HOURS, now=NOW)

    assert due == NOW + timedelta(hours=24)


@given(
    kind=st.sampled_from(FieldReportKind),
    now=st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes)),
)
def test_a_deadline_lies_in_the_future_and_a_pressing_ones_while_the_branch_is_open(
    kind: FieldReportKind, now: datetime
) -> None:
    due = acknowledge_by(kind, BranchPolicy(), HOURS, now=now)

    local_due = due.astimezone(SHANGHAI)
    assert due > now
    assert kind not in PRESSING or 8 <= local_due.hour <= 20


def test_a_closed_report_takes_nothing_more() -> None:
    for state in OPEN_OR_NOTED:
        check_open(state)

    with pytest.raises(ReportNotOpen):
        check_open(FieldReportState.CLOSED)
