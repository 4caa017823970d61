"""Who answers for whom while people are away, and which absences can be entered."""

from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.domain.absences import (
    AbsenceImpossible,
    AbsenceNotYours,
    NewAbsence,
    any_overlap,
    check_days,
    check_may_enter,
    overlap,
    present,
    stood_in_for,
)
from api.domain.principal import Principal
from api.domain.vocabulary import Locale, Role
from tests.fakes import NOW

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 18)
ANN, BOB, CAT, DAN = (UUID(int=number) for number in range(1, 5))

people = st.sampled_from([ANN, BOB, CAT, DAN])


def absence(first: date = TODAY, last: date = TODAY) -> NewAbsence:
    return NewAbsence(ANN, BOB, first, last)


def test_who_is_there_answers_for_himself() -> None:
    assert present(ANN, {}) == ANN


def test_a_stand_in_who_is_away_as_well_passes_it_on() -> None:
    running = {ANN: BOB, BOB: CAT}

    assert present(ANN, running) == present(BOB, running) == CAT
    assert stood_in_for(CAT, running) == (ANN, BOB)
    assert stood_in_for(BOB, running) == ()


def test_a_ring_ends_where_it_began() -> None:
    running = {ANN: BOB, BOB: ANN}

    assert present(ANN, running) == ANN


@settings(suppress_health_check=[HealthCheck.too_slow])  # On a busy machine the first draws take their time.
@given(running=st.dictionaries(people, people))
def test_everybodys_work_is_one_persons(running: dict[UUID, UUID]) -> None:
    everybody = [ANN, BOB, CAT, DAN]

    holders = {one: present(one, running) for one in everybody}

    for holder in everybody:
        expected = {one for one in everybody if holders[one] == holder and one in running} - {holder}
        assert set(stood_in_for(holder, running)) == expected


@settings(suppress_health_check=[HealthCheck.too_slow])  # On a busy machine the first draws take their time.
@given(running=st.dictionaries(people, people))
def test_who_is_there_is_never_replaced_and_nobody_away_is_named_but_in_a_ring(
    running: dict[UUID, UUID],
) -> None:
    for one in (ANN, BOB, CAT, DAN):
        holder = present(one, running)

        assert one in running or holder == one
        assert holder not in running or holder == one


def test_days_are_those_of_the_branch_and_both_are_included() -> None:
    begins_at, ends_at = absence(TODAY, TODAY + timedelta(days=1)).span(SHANGHAI)

    assert begins_at.astimezone(SHANGHAI).isoformat() == "2026-11-18T00:00:00+08:00"
    assert ends_at - begins_at == timedelta(days=2)


def test_a_day_on_which_the_clocks_change_is_still_one_day() -> None:
    begins_at, ends_at = absence(date(2026, 10, 25), date(2026, 10, 25)).span(BERLIN)

    assert ends_at - begins_at == timedelta(hours=25)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (TODAY, TODAY - timedelta(days=1)),
        (TODAY - timedelta(days=3), TODAY - timedelta(days=1)),
        (TODAY, TODAY + timedelta(days=367)),
    ],
    ids=["wrong order", "over", "endless"],
)
def test_days_that_cannot_be_are_refused(first: date, last: date) -> None:
    with pytest.raises(AbsenceImpossible):
        check_days(absence(first, last), zone=SHANGHAI, now=NOW)


def test_who_fell_ill_yesterday_can_still_be_entered() -> None:
    check_days(absence(TODAY - timedelta(days=1), TODAY), zone=SHANGHAI, now=NOW)


def test_a_rep_enters_his_own_absences_only() -> None:
    rep = Principal(ANN, UUID(int=9), Role.SALES_REP, Locale.EN, None)

    check_may_enter(rep, ANN)
    with pytest.raises(AbsenceNotYours):
        check_may_enter(rep, BOB)


def test_spans_that_only_touch_do_not_overlap() -> None:
    hour = timedelta(hours=1)

    assert not overlap((NOW, NOW + hour), (NOW + hour, NOW + 2 * hour))
    assert any_overlap((NOW, NOW + 2 * hour), [(NOW + hour, NOW + 3 * hour)])
