"""Who gets which customers, when each is introduced, and what can still be undone."""

from collections import Counter
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.business_hours import WorkCalendar
from api.domain.transfers import (
    ALL_WITHIN,
    UNDO_WITHIN,
    Handover,
    Held,
    Holdings,
    TransferTooOld,
    TransferUndone,
    check_may_undo,
    introductions,
    receiver_of_work,
    share_out,
    shares,
)
from api.domain.visit_cadence import MOST_VISITS_A_DAY
from api.domain.vocabulary import Grade, TransferredKind
from tests.fakes import NOW

TODAY = date(2026, 11, 18)
ANN, BOB, CAT = (UUID(int=10_000 + number) for number in range(3))
NATIONAL_HOLIDAYS = frozenset(date(2026, 10, 1) + timedelta(days=number) for number in range(7))
CALENDAR = WorkCalendar(holidays=NATIONAL_HOLIDAYS, made_up_days=frozenset({date(2026, 9, 27)}))

grades = st.sampled_from([*Grade, None])
portfolios = st.lists(grades, max_size=80).map(
    lambda of: [Held(UUID(int=number), grade) for number, grade in enumerate(of)]
)
teams = st.sampled_from([[ANN], [ANN, BOB], [ANN, BOB, CAT]])
days = st.dates(date(2026, 9, 15), date(2026, 12, 31))


@given(customers=portfolios, receivers=teams)
def test_everybody_gets_as_much_as_the_others_of_each_grade_and_of_all(
    customers: list[Held], receivers: list[UUID]
) -> None:
    receiver_of = share_out(customers, receivers)

    assert receiver_of.keys() == {one.customer_id for one in customers}
    for grade in (Grade.A, Grade.B, Grade.C, None):
        counts = Counter(dict.fromkeys(receivers, 0))
        counts.update(
            receiver_of[one.customer_id]
            for one in customers
            if grade is None or (one.grade or Grade.C) is grade
        )
        assert max(counts.values()) - min(counts.values()) <= 1


@given(customers=portfolios, receivers=teams, today=days)
def test_everybody_is_introduced_in_time_and_on_a_working_day(
    customers: list[Held], receivers: list[UUID], today: date
) -> None:
    found = introductions(customers, share_out(customers, receivers), {}, CALENDAR, today=today)

    third = CALENDAR.add_working_days(today, 3)
    for one in customers:
        day = found[one.customer_id]
        assert CALENDAR.is_working_day(day)
        assert today < day <= (third if one.grade is Grade.A else max(today + ALL_WITHIN, third))


@given(customers=portfolios, receivers=teams, today=days)
def test_no_day_is_overfull_while_another_in_time_has_room(
    customers: list[Held], receivers: list[UUID], today: date
) -> None:
    receiver_of = share_out(customers, receivers)

    found = introductions(customers, receiver_of, {}, CALENDAR, today=today)

    per_day = Counter((receiver_of[who], day) for who, day in found.items())
    grade_a = Counter((receiver_of[one.customer_id], one.grade is Grade.A) for one in customers)
    for (receiver, _), count in per_day.items():
        if count > MOST_VISITS_A_DAY:
            of_all = sum(holder == receiver for holder in receiver_of.values())
            working = sum(CALENDAR.is_working_day(today + timedelta(days=n)) for n in range(1, 15))
            assert (
                grade_a[receiver, True] > 3 * MOST_VISITS_A_DAY or of_all > (working - 1) * MOST_VISITS_A_DAY
            )


def test_a_visit_planned_in_time_is_the_introduction() -> None:
    soon, late = TODAY + timedelta(days=1), TODAY + timedelta(days=20)
    customers = [
        Held(UUID(int=1), Grade.B, frozenset({soon}), soon),
        Held(UUID(int=2), Grade.B, frozenset({late}), late),
        Held(UUID(int=3), Grade.A, frozenset({TODAY + timedelta(days=9)}), TODAY + timedelta(days=9)),
    ]

    found = introductions(customers, share_out(customers, [ANN]), {}, WorkCalendar(), today=TODAY)

    assert found.keys() == {UUID(int=2), UUID(int=3)}


def test_nobody_is_introduced_on_a_day_on_which_he_is_visited_anyway() -> None:
    tomorrow = TODAY + timedelta(days=1)
    proposed = Held(UUID(int=1), Grade.A, frozenset({tomorrow}))

    found = introductions([proposed], {proposed.customer_id: ANN}, {}, WorkCalendar(), today=TODAY)

    assert found == {proposed.customer_id: date(2026, 11, 20)}


def test_a_day_that_is_full_already_is_passed_over() -> None:
    one = Held(UUID(int=1), Grade.A)
    loads = {(ANN, date(2026, 11, 19)): 5, (ANN, date(2026, 11, 20)): 4, (BOB, date(2026, 11, 23)): 5}

    found = introductions([one], {one.customer_id: ANN}, loads, WorkCalendar(), today=TODAY)

    assert found == {one.customer_id: date(2026, 11, 23)}


def test_a_preview_says_how_full_the_fullest_day_becomes() -> None:
    customers = [Held(UUID(int=number), Grade.A) for number in range(18)]
    receiver_of = share_out(customers, [ANN])
    handover = Handover(receiver_of, introductions(customers, receiver_of, {}, WorkCalendar(), today=TODAY))

    (share,) = shares(customers, handover, {})

    assert (share.customers, share.by_grade, share.introductions) == (18, {"A": 18}, 18)
    assert share.most_visits_a_day == 6


def test_work_about_somebody_elses_customer_goes_to_that_owner() -> None:
    mine, theirs, nobodys = UUID(int=1), UUID(int=2), UUID(int=3)

    assert receiver_of_work(mine, {mine: BOB}, {mine: CAT}, [ANN]) == BOB
    assert receiver_of_work(theirs, {mine: BOB}, {theirs: CAT}, [ANN]) == CAT
    assert receiver_of_work(nobodys, {mine: BOB}, {theirs: CAT}, [ANN]) == ANN


def test_holdings_count_what_there_is() -> None:
    work = {TransferredKind.CASE: {UUID(int=1): UUID(int=2)}, TransferredKind.VISIT: {}}

    assert Holdings((Held(UUID(int=2)),), work).counts == {"customer": 1, "case": 1}
    assert Holdings().counts == {}


def test_a_transfer_is_undone_once_and_for_seven_days() -> None:
    check_may_undo(NOW, None, now=NOW + UNDO_WITHIN - timedelta(seconds=1))

    with pytest.raises(TransferUndone):
        check_may_undo(NOW, NOW, now=NOW)
    with pytest.raises(TransferTooOld):
        check_may_undo(NOW, None, now=NOW + UNDO_WITHIN)
