"""One address belongs to one session: registering, taking over, forgetting."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import queries, services
from api.domain.delivery_policy import ADDRESS_LIFE
from api.domain.devices import MOVES_PER_DAY, TooManyMoves
from api.domain.errors import NotFound
from api.domain.principal import Principal
from api.domain.vocabulary import AddressKind, Platform
from api.models import Delivery, Device, EventRecord, Notice, StaffMember, StaffSession
from tests.factories import make_device, make_staff
from tests.fakes import NOW


def signed_in(session: Session, staff: StaffMember) -> tuple[Principal, str]:
    installation = str(uuid4())
    opened = StaffSession(
        staff_id=staff.id,
        installation_id=installation,
        token_epoch=staff.token_epoch,
        created_at=NOW,
        refreshed_at=NOW,
    )
    session.add(opened)
    session.flush()
    return Principal(staff.id, staff.branch_id, staff.role, staff.locale, opened.id), installation


def register(session: Session, by: Principal, installation: str, address: str, **changes: Any) -> Device:
    values = {
        "installation_id": installation,
        "push_address": address,
        "address_kind": AddressKind.TOKEN,
        "platform": Platform.ANDROID,
        "app_version": "1.2.3",
        "now": NOW,
        **changes,
    }
    return services.devices.register(session, by=by, **values)


def test_a_phone_registers_again_with_a_new_address(session: Session) -> None:
    by, installation = signed_in(session, make_staff(session))
    register(session, by, installation, "first-address")

    later = NOW + timedelta(days=1)
    register(session, by, installation, "second-address", app_version="1.3.0", now=later)

    devices = session.scalars(select(Device)).all()
    assert [(one.push_address, one.app_version, one.seen_at) for one in devices] == [
        ("second-address", "1.3.0", later)
    ]
    assert devices[0].created_at == NOW


def test_e1_a_second_account_on_the_phone_takes_the_address_over(session: Session) -> None:
    first, second = make_staff(session), make_staff(session)
    old = make_device(session, first, push_address="shared-phone")
    by, installation = signed_in(session, second)

    device = register(session, by, installation, "shared-phone")

    assert device.staff_id == second.id
    assert device.session_id == by.session_id
    assert [one.id for one in session.scalars(select(Device))] == [device.id]
    assert old.id != device.id


def test_e2_the_former_owner_is_told_on_his_other_phones(session: Session) -> None:
    first, second = make_staff(session), make_staff(session)
    make_device(session, first, push_address="shared-phone")
    other_phone = make_device(session, first)
    by, installation = signed_in(session, second)

    register(session, by, installation, "shared-phone")

    notice = session.scalars(select(Notice)).one()
    assert (notice.kind, notice.staff_id) == ("push_address_moved", first.id)
    assert session.scalars(select(Delivery.address_key)).all() == [str(other_phone.id)]
    assert session.scalars(select(EventRecord.name)).all() == ["device.moved"]


def test_e2_an_installation_of_somebody_else_is_not_found(session: Session) -> None:
    by, _ = signed_in(session, make_staff(session))

    with pytest.raises(NotFound):
        register(session, by, "another-installation", "some-address")


def test_e2_nobody_collects_addresses(session: Session) -> None:
    by, installation = signed_in(session, make_staff(session))
    for number in range(MOVES_PER_DAY):
        make_device(session, make_staff(session), push_address=f"victim-{number}")
        register(session, by, installation, f"victim-{number}")
    make_device(session, make_staff(session), push_address="one-more")

    with pytest.raises(TooManyMoves):
        register(session, by, installation, "one-more")


def test_ones_own_second_installation_takes_the_address_without_alarm(session: Session) -> None:
    courier = make_staff(session)
    make_device(session, courier, push_address="same-phone")
    by, installation = signed_in(session, courier)

    register(session, by, installation, "same-phone")

    assert len(session.scalars(select(Device)).all()) == 1
    assert session.scalars(select(Notice)).all() == []


def test_e3_a_phone_is_forgotten_at_log_out(session: Session) -> None:
    by, installation = signed_in(session, make_staff(session))
    register(session, by, installation, "some-address")

    services.sign_in.sign_out(session, by=by, now=NOW)

    assert session.scalars(select(Device)).all() == []


def test_a_phone_can_be_forgotten_once(session: Session) -> None:
    by, installation = signed_in(session, make_staff(session))
    register(session, by, installation, "some-address")

    services.devices.forget(session, installation_id=installation, by=by)

    with pytest.raises(NotFound):
        services.devices.forget(session, installation_id=installation, by=by)


def test_e3_phones_unseen_for_sixty_days_are_dropped(session: Session) -> None:
    courier = make_staff(session)
    make_device(session, courier, seen_at=NOW - timedelta(days=61))
    kept = make_device(session, courier, seen_at=NOW - timedelta(days=59))

    dropped = queries.devices.drop_unseen(session, before=NOW - ADDRESS_LIFE, limit=10)

    assert dropped == 1
    assert [one.id for one in session.scalars(select(Device))] == [kept.id]
