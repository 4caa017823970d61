"""By when a case is answered, what may be done in which state, and how often one link may write."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.domain import cases
from api.domain.branch_policy import BranchPolicy
from api.domain.business_hours import OpeningHours
from api.domain.cases import CaseIsClosed, CategoryNotOffered, WrittenTooOften
from api.domain.errors import Invalid
from api.domain.plain_text import plain_text
from api.domain.vocabulary import CaseCategory, CaseKind, CaseState

SHANGHAI = ZoneInfo("Asia/Shanghai")
SIX_DAYS = {day: ["08:00", "20:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
OFFICE = OpeningHours.of(SIX_DAYS, SHANGHAI)
ALWAYS = OpeningHours.of({}, SHANGHAI)
NOW = datetime(2026, 11, 18, 1, 30, tzinfo=UTC)  # Wednesday, 09:30 in Shanghai.
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("kind", "opened_at", "due_at"),
    [
        (CaseKind.COMPLAINT, NOW, NOW + 4 * HOUR),
        (CaseKind.INQUIRY, NOW, NOW + 8 * HOUR),
        # 18:00 on Saturday: two hours are left, and two more from 08:00 on Monday.
        (
            CaseKind.COMPLAINT,
            datetime(2026, 11, 21, 10, 0, tzinfo=UTC),
            datetime(2026, 11, 23, 2, 0, tzinfo=UTC),
        ),
        # At night the clock stands until the branch opens.
        (
            CaseKind.EXCEPTION,
            datetime(2026, 11, 18, 15, 0, tzinfo=UTC),
            datetime(2026, 11, 19, 8, 0, tzinfo=UTC),
        ),
    ],
)
def test_a_case_is_answered_within_the_hours_that_the_branch_is_open(kind, opened_at, due_at):
    assert cases.respond_by(kind, BranchPolicy(), OFFICE, now=opened_at) == due_at


def test_without_hours_the_branch_is_open_round_the_clock():
    assert cases.respond_by(CaseKind.INQUIRY, BranchPolicy(), ALWAYS, now=NOW) == NOW + 8 * HOUR


def test_d10_the_fourth_complaint_of_a_day_waits_until_the_first_is_a_day_old():
    written = [NOW - 20 * HOUR, NOW - 2 * HOUR, NOW - HOUR]

    with pytest.raises(WrittenTooOften) as refused:
        cases.check_may_write(written, 3, now=NOW)

    assert refused.value.details["retry_after_seconds"] == 4 * 3600 + 1


def test_d10_what_was_written_yesterday_does_not_count():
    cases.check_may_write([NOW - 24 * HOUR, NOW - 2 * HOUR, NOW - HOUR], 3, now=NOW)


def test_our_own_categories_are_not_for_contacts():
    cases.check_offered(CaseCategory.DAMAGED)
    with pytest.raises(CategoryNotOffered):
        cases.check_offered(CaseCategory.MISSED_PICKUP)


def test_a_closed_case_is_left_alone():
    cases.check_not_closed(CaseState.ANSWERED)
    with pytest.raises(CaseIsClosed):
        cases.check_not_closed(CaseState.CLOSED)


@pytest.mark.parametrize("text", ["", " \n ", "\u202e\u200b", "\x00\x07"])
def test_d9_a_text_without_anything_to_read_is_refused(text):
    with pytest.raises(Invalid):
        cases.words(text)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("=1+1\r\n@SUM(A1)", "=1+1\n@SUM(A1)"),
        ("pay \u202eeerf\u202c now", "pay eerf now"),
        ("a\u2066b\u2069c\u200d\u200fd", "abc\u200dd"),
    ],
)
def test_d9_a_text_is_kept_as_it_was_typed_but_for_what_nobody_can_see(typed, kept):
    assert plain_text(typed) == kept
