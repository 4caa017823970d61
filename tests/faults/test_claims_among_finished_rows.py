"""Fault 38: with 20,000 finished rows behind it a claim still goes by the index of what is open."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from api import queries, services
from api.domain.vocabulary import (
    Channel,
    DeliveryState,
    NoticeState,
    TimerKind,
    TimerState,
)
from api.models import Branch, Delivery, Notice, StaffMember, WaitTimer
from api.queries.insertion import insert_rows
from tests import factories
from tests.fakes import NOW
from tests.faults.test_finished_rows import asked, plan

FINISHED = 20_000
DUE = 5
AGO = timedelta(days=1)

CLAIMS: dict[str, Callable[[Session], object]] = {
    "ix_deliveries_due": lambda session: services.deliveries.take_due(
        session, Channel.PUSH, limit=64, now=NOW
    ),
    "ix_deliveries_lease": lambda session: queries.deliveries.channels_with_work(session, now=NOW),
    "ix_wait_timers_due": lambda session: queries.wait_timers.claim_due(session, limit=1_000, now=NOW),
}
"""By the index that each must use. The databases may choose any: nothing is forbidden to them."""

READ_WHOLE = re.compile(r"(Seq Scan on|SCAN) (deliveries|notices|wait_timers)\b(?! USING)")


@pytest.fixture
def history(session: Session) -> Session:
    """A house after a day's work: nearly all is finished, a handful is due."""
    wait = factories.make_wait(session)
    staff = factories.make_staff(session, session.get_one(Branch, wait.branch_id))
    phone = factories.make_device(session, staff)
    insert_rows(session, Notice, [_notice(number, staff) for number in range(FINISHED + DUE)])
    ids = [_id(number) for number in range(FINISHED + DUE)]
    insert_rows(session, Delivery, [_delivery(n, notice_id, phone.id) for n, notice_id in enumerate(ids)])
    insert_rows(session, WaitTimer, [_timer(number, wait.id) for number in range(FINISHED + DUE)])
    session.connection().exec_driver_sql("ANALYZE")
    return session


def _id(number: int) -> UUID:
    return UUID(int=2**100 + number)


def _is_due(number: int) -> bool:
    return number >= FINISHED


def _notice(number: int, staff: StaffMember) -> dict[str, object]:
    due = _is_due(number)
    return {
        "id": _id(number),
        "branch_id": staff.branch_id,
        "kind": "wait_loading",
        "dedupe_key": f"wait_loading:{number}:{staff.id}",
        "thread": f"wait:{number}",
        "staff_id": staff.id,
        "variables": {},
        "state": NoticeState.PENDING if due else NoticeState.ACCEPTED,
        "decided_at": NOW - AGO,
        "useful_until": NOW + AGO,
        "settled_at": None if due else NOW - AGO,
    }


def _delivery(number: int, notice_id: UUID, phone_id: UUID) -> dict[str, object]:
    due = _is_due(number)
    return {
        "notice_id": notice_id,
        "channel": Channel.PUSH,
        "address_key": str(phone_id),
        "state": DeliveryState.PENDING if due else DeliveryState.ACCEPTED,
        "next_at": NOW - AGO,
        "expires_at": NOW + AGO,
        "settled_at": None if due else NOW - AGO,
    }


def _timer(number: int, wait_id: UUID) -> dict[str, object]:
    due = _is_due(number)
    return {
        "wait_id": wait_id,
        "kind": TimerKind.WARN,
        "generation": number,
        "due_at": NOW - AGO,
        "expires_at": NOW + AGO,
        "state": TimerState.ARMED if due else TimerState.FIRED,
        "fired_at": None if due else NOW - AGO,
    }


def test_fault_38_claims_among_finished_rows_read_what_is_open_only(history: Session) -> None:
    plans = {index: plans_of(history, claim) for index, claim in CLAIMS.items()}

    for index, chosen in plans.items():
        assert index in chosen
        assert not READ_WHOLE.search(chosen)


def plans_of(session: Session, claim: Callable[[Session], object]) -> str:
    with asked(session) as statements:
        claim(session)
    return "\n".join(plan(session, *statement, all_ways=True) for statement in statements)
