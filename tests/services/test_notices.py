"""Telling people: once for each key, to every live phone, in the inbox always. When: `test_held_notices`."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import queries, services
from api.domain.errors import NotFound
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.paging import PageRequest
from api.domain.principal import Principal
from api.domain.vocabulary import Channel, DeliveryState, Locale, NoticeState, Role
from api.models import Contact, Delivery, Notice, StaffMember, StaffSession
from tests.factories import make_contact, make_device, make_link, make_pickup, make_staff
from tests.fakes import NOW


def warning_for(staff: StaffMember, **changes: Any) -> Telling:
    wait_id = changes.pop("wait_id", staff.id)
    return Telling(
        NoticeKind.WAIT_WARN,
        staff.branch_id,
        f"wait_warn:{wait_id}:{staff.id}",
        staff_id=staff.id,
        wait_id=wait_id,
        variables={"deadline_at": NOW},
        **changes,
    )


def alert_for(staff: StaffMember) -> Telling:
    kind = NoticeKind.CHURN_ALERT
    return Telling(kind, staff.branch_id, f"{kind}:1:{staff.id}", staff_id=staff.id, customer_id=staff.id)


def ping_for(session: Session, contact: Contact) -> Telling:
    pickup = make_pickup(session, contact=contact)
    link = make_link(session, pickup)
    kind = NoticeKind.READINESS_PING
    return Telling(
        kind,
        contact.branch_id,
        f"{kind}:{pickup.id}:{contact.id}",
        contact_id=contact.id,
        pickup_id=pickup.id,
        link_id=link.id,
        variables={"expected_at": NOW},
    )


def told(session: Session, telling: Telling, *, now: datetime = NOW) -> Notice:
    """Tell somebody, and look at the notice that this has become."""
    decided = services.notices.tell(session, telling, now=now)
    assert decided is not None
    return session.get_one(Notice, decided.id)


def deliveries_of(session: Session, notice: Notice) -> list[Delivery]:
    return list(
        session.scalars(select(Delivery).where(Delivery.notice_id == notice.id).order_by(Delivery.id))
    )


def caller(staff: StaffMember) -> Principal:
    return Principal(staff.id, staff.branch_id, staff.role, staff.locale, None)


def test_a_notice_goes_to_every_phone_of_the_person(session: Session) -> None:
    courier = make_staff(session)
    phones = [make_device(session, courier), make_device(session, courier)]
    make_device(session, make_staff(session))

    notice = told(session, warning_for(courier))

    sent = deliveries_of(session, notice)
    assert {delivery.address_key for delivery in sent} == {str(phone.id) for phone in phones}
    assert {(delivery.channel, delivery.state) for delivery in sent} == {
        (Channel.PUSH, DeliveryState.PENDING)
    }
    assert {delivery.expires_at for delivery in sent} == {NOW + timedelta(minutes=1)}


def test_k19_the_same_key_is_told_once(session: Session) -> None:
    courier = make_staff(session)
    make_device(session, courier)
    services.notices.tell(session, warning_for(courier), now=NOW)

    again = services.notices.tell(session, warning_for(courier), now=NOW + timedelta(seconds=5))

    assert again is None
    assert len(session.scalars(select(Notice)).all()) == 1
    assert len(session.scalars(select(Delivery)).all()) == 1


def test_k13_many_are_told_at_once_and_nobody_twice(session: Session) -> None:
    couriers = [make_staff(session) for _ in range(3)]
    for courier in couriers:
        make_device(session, courier)
    services.notices.tell(session, warning_for(couriers[0]), now=NOW)

    fresh = services.notices.tell_all(
        session, [warning_for(courier) for courier in [*couriers, couriers[2]]], now=NOW
    )

    assert {notice.staff_id for notice in fresh} == {couriers[1].id, couriers[2].id}
    assert len(session.scalars(select(Delivery)).all()) == 3


def test_without_a_phone_a_notice_lives_in_the_inbox_alone(session: Session) -> None:
    rep = make_staff(session, role=Role.SALES_REP)

    notice = told(session, alert_for(rep))

    assert notice.state is NoticeState.SUPPRESSED
    inbox = queries.notices.inbox(session, by=caller(rep), locale=Locale.EN, page=PageRequest())
    assert [item.title for item in inbox.items] == ["A customer needs attention"]


@pytest.mark.parametrize("gone", ["session ended", "deactivated", "epoch raised"])
def test_a10_an_ended_session_gets_no_push(session: Session, gone: str) -> None:
    courier = make_staff(session)
    phone = make_device(session, courier)
    if gone == "session ended":
        session.get_one(StaffSession, phone.session_id).ended_at = NOW
    elif gone == "deactivated":
        courier.deactivated_at = NOW
    else:
        courier.token_epoch += 1
    session.flush()

    notice = told(session, warning_for(courier))

    assert deliveries_of(session, notice) == []


def test_a_contact_gets_one_message(session: Session) -> None:
    notice = told(session, ping_for(session, make_contact(session)))

    assert [delivery.channel for delivery in deliveries_of(session, notice)] == [Channel.SMS]
    assert notice.variables == {"expected_at": "09:30"}


@pytest.mark.parametrize("change", [{"phone": None, "email": None}, {"opted_out_at": NOW}])
def test_a_contact_who_cannot_or_will_not_be_written_to_is_left_in_peace(
    session: Session, change: dict[str, Any]
) -> None:
    contact = make_contact(session, **change)

    notice = told(session, ping_for(session, contact))

    assert notice.state is NoticeState.SUPPRESSED
    assert deliveries_of(session, notice) == []


def test_a_thread_that_is_no_longer_so_is_superseded(session: Session) -> None:
    courier = make_staff(session)
    make_device(session, courier)
    notice = told(session, warning_for(courier))
    other = told(session, warning_for(courier, wait_id=courier.branch_id))

    services.notices.supersede_thread(session, notice.thread, now=NOW)

    session.expire_all()
    assert notice.state is NoticeState.SUPERSEDED
    assert [delivery.state for delivery in deliveries_of(session, notice)] == [DeliveryState.SUPERSEDED]
    assert other.state is NoticeState.PENDING


def test_what_was_seen_need_not_be_pushed(session: Session) -> None:
    courier = make_staff(session)
    make_device(session, courier)
    notice = told(session, warning_for(courier))

    services.notices.mark_seen(session, notice_id=notice.id, by=caller(courier), now=NOW)
    services.notices.mark_seen(session, notice_id=notice.id, by=caller(courier), now=NOW + timedelta(hours=1))

    session.expire_all()
    assert notice.seen_at == NOW
    assert notice.state is NoticeState.SUPERSEDED
    assert queries.notices.unread_count(session, by=caller(courier)) == 0


def test_nobody_sees_anothers_notice(session: Session) -> None:
    courier, stranger = make_staff(session), make_staff(session)
    notice = told(session, warning_for(courier))

    with pytest.raises(NotFound):
        services.notices.mark_seen(session, notice_id=notice.id, by=caller(stranger), now=NOW)
