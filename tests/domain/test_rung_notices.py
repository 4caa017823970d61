"""The ids by which a phone without a signal and the server name the same alarm."""

from uuid import uuid4

import pytest

from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.rung_notices import TOLD_AS, courier_notice_id, dedupe_key
from api.domain.vocabulary import TimerKind
from tests.fakes import NOW

WAIT, COURIER, BRANCH = uuid4(), uuid4(), uuid4()


def test_the_id_is_the_one_that_the_notice_will_have():
    key = dedupe_key(NoticeKind.WAIT_WARN, wait_id=WAIT, generation=2, staff_id=COURIER)
    telling = Telling(
        NoticeKind.WAIT_WARN, BRANCH, key, staff_id=COURIER, wait_id=WAIT, variables={"deadline_at": NOW}
    )

    announced = courier_notice_id(TimerKind.WARN, wait_id=WAIT, generation=2, courier_id=COURIER)

    assert announced == telling.id


def test_every_rung_generation_and_courier_has_an_id_of_its_own():
    ids = {
        courier_notice_id(rung, wait_id=WAIT, generation=generation, courier_id=courier)
        for rung in (TimerKind.WARN, TimerKind.EXPIRE, TimerKind.LOADING)
        for generation in (1, 2)
        for courier in (COURIER, uuid4())
    }

    assert len(ids) == 12


@pytest.mark.parametrize("rung", [TimerKind.NUDGE, TimerKind.UNDECIDED, TimerKind.ABANDON])
def test_a_rung_that_the_courier_is_not_told_has_none(rung):
    assert courier_notice_id(rung, wait_id=WAIT, generation=1, courier_id=COURIER) is None


def test_contacts_and_nobody_are_told_by_other_means():
    assert set(TimerKind) - set(TOLD_AS) == {TimerKind.NUDGE, TimerKind.ABANDON}
