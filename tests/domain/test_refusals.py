"""How much of what somebody is refused is written down."""

from datetime import timedelta
from uuid import UUID

import pytest

from api.domain.refusals import WRITTEN_AN_HOUR, RefusalLedger, Refused
from tests.fakes import NOW

HIM, HER = UUID(int=1), UUID(int=2)


def about(number):
    return Refused("GET", "/v1/pickups/<uuid:pickup_id>", "not_found", "pickup", UUID(int=number))


@pytest.fixture
def ledger():
    return RefusalLedger()


def test_each_new_question_is_written_and_the_same_again_is_not(ledger):
    assert [ledger.note(HIM, about(number), now=NOW) for number in (1, 2, 1)] == [1, 1, None]


def test_a_flood_is_counted_and_written_ever_more_seldom(ledger):
    written = [ledger.note(HIM, about(number), now=NOW) for number in range(1_000)]

    assert written[:WRITTEN_AN_HOUR] == [1] * WRITTEN_AN_HOUR
    assert [count for count in written[WRITTEN_AN_HOUR:] if count] == [120, 240, 480, 960]


def test_the_next_hour_begins_anew(ledger):
    for number in range(100):
        ledger.note(HIM, about(number), now=NOW)

    assert ledger.note(HIM, about(1), now=NOW + timedelta(minutes=59)) is None
    assert ledger.note(HIM, about(1), now=NOW + timedelta(hours=1)) == 1


def test_one_callers_flood_hides_nobody_elses_refusal(ledger):
    for number in range(100):
        ledger.note(HIM, about(number), now=NOW)

    assert ledger.note(HER, about(1), now=NOW) == 1


def test_who_has_not_been_heard_of_for_longest_is_forgotten():
    ledger = RefusalLedger(most_callers=1)

    ledger.note(HIM, about(1), now=NOW)
    ledger.note(HER, about(1), now=NOW)

    assert ledger.note(HIM, about(1), now=NOW) == 1
