"""Many at once: a notice is decided once, a delivery is claimed by one, an address ends with one owner."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from sqlalchemy import select

from api import services
from api.db import Database
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.principal import Principal
from api.domain.vocabulary import AddressKind, Channel, Platform
from api.models import Delivery, Device, Notice, StaffSession
from tests.factories import make_device, make_staff
from tests.fakes import NOW

THREADS = 20


def warning(branch_id: UUID, staff_id: UUID, number: int) -> Telling:
    return Telling(
        NoticeKind.WAIT_WARN,
        branch_id,
        f"wait_warn:{number}:{staff_id}",
        staff_id=staff_id,
        wait_id=staff_id,
        variables={"deadline_at": NOW},
    )


def test_k19_twenty_threads_decide_one_notice(database: Database) -> None:
    with database.unit_of_work() as session:
        courier = make_staff(session)
        make_device(session, courier)
        branch_id, staff_id = courier.branch_id, courier.id

    def tell(_: int) -> bool:
        with database.unit_of_work() as session:
            return services.notices.tell(session, warning(branch_id, staff_id, 1), now=NOW) is not None

    with ThreadPoolExecutor(THREADS) as pool:
        told = list(pool.map(tell, range(THREADS)))

    with database.unit_of_work() as session:
        assert sum(told) == 1
        assert len(session.scalars(select(Notice)).all()) == 1
        assert len(session.scalars(select(Delivery)).all()) == 1


def test_fault_9_four_workers_share_the_outbox_and_none_takes_what_another_has(database: Database) -> None:
    with database.unit_of_work() as session:
        courier = make_staff(session)
        make_device(session, courier)
        tellings = [warning(courier.branch_id, courier.id, number) for number in range(200)]
        services.notices.tell_all(session, tellings, now=NOW)

    def claim_all(_: int) -> list[UUID]:
        mine: list[UUID] = []
        while True:
            with database.unit_of_work() as session:
                taken = services.deliveries.take_due(session, Channel.PUSH, limit=7, now=NOW)
            if not taken:
                return mine
            mine += [outgoing.claim.delivery_id for outgoing in taken]

    with ThreadPoolExecutor(4) as pool:
        claimed = [delivery_id for mine in pool.map(claim_all, range(4)) for delivery_id in mine]

    assert len(claimed) == 200
    assert len(set(claimed)) == 200


def test_e1_accounts_that_register_one_address_at_once_leave_one_owner(database: Database) -> None:
    callers: list[tuple[Principal, str]] = []
    with database.unit_of_work() as session:
        for number in range(8):
            staff = make_staff(session)
            opened = StaffSession(
                staff_id=staff.id,
                installation_id=f"installation-{number}",
                token_epoch=staff.token_epoch,
                created_at=NOW,
                refreshed_at=NOW,
            )
            session.add(opened)
            session.flush()
            by = Principal(staff.id, staff.branch_id, staff.role, staff.locale, opened.id)
            callers.append((by, opened.installation_id))

    def register(caller: tuple[Principal, str]) -> None:
        by, installation = caller
        with database.unit_of_work() as session:
            services.devices.register(
                session,
                installation_id=installation,
                push_address="one-phone",
                address_kind=AddressKind.TOKEN,
                platform=Platform.ANDROID,
                app_version="1",
                by=by,
                now=NOW,
            )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(register, callers))

    with database.unit_of_work() as session:
        assert len(session.scalars(select(Device)).all()) == 1
