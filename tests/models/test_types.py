"""What house types store: personal text as ciphertext, instants in UTC, hashes that find and tell nothing."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError

from api.models import Base, Branch, Contact, StaffMember
from api.models.types import Hashed, KeyedHash, Sealed, SealedDate
from api.security import UnreadableField
from tests.databases import only_sqlite
from tests.factories import make_branch, make_contact, make_site, make_staff

PHONE = "+8613800138000"
PERSONAL = {"name": "欧阳修", "phone": PHONE, "email": "ouyang@example.com", "birthday": date(1990, 3, 14)}
# What says something about a person, wherever it stands. Customers' business names are plain on purpose.
TELLING = ("phone", "email", "birthday", "address", "comment", "note", "findings", "signer", "street")


@pytest.fixture
def contact(database):
    with database.unit_of_work() as session:
        return make_contact(session, **PERSONAL)


@only_sqlite
def test_f5_the_file_holds_no_personal_text(database, contact):
    with database.unit_of_work() as session:
        make_staff(session, name="司马光", phone="+8613900139000")
        make_site(session, address="浦东新区世纪大道 100 号")
    file = Path(database.engine.url.database)

    written = b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))
    assert contact.id.hex.encode() in written
    for secret in (
        "欧阳修",
        "13800138000",
        "ouyang",
        "1990-03-14",
        "03-14",
        "司马光",
        "13900139000",
        "世纪大道",
    ):
        assert secret.encode() not in written


def test_f5_what_tells_of_a_person_is_sealed_or_hashed():
    plain = [
        str(column)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(word in column.name for word in TELLING)
        and not isinstance(column.type, Sealed | SealedDate | KeyedHash)
        and str(column) not in NOT_OF_A_PERSON
    ]

    assert not plain, f"Seal it: Mapped[str] = mapped_column(Sealed('table.column')): {plain}"


NOT_OF_A_PERSON = {
    "devices.push_address",  # of a phone: it changes hands, and is looked up whole
    "devices.address_kind",
    "deliveries.address_key",  # the id of a device
    "contacts.email_failed_at",  # an instant, not the address
    "calendar_days.note",  # of a day: why the branch is closed
}


def test_f5_a_value_that_is_copied_into_another_column_does_not_open(database, contact):
    with database.unit_of_work() as session:
        session.execute(text("UPDATE contacts SET email = name"))

    with pytest.raises(UnreadableField), database.unit_of_work(read_only=True) as session:
        session.scalars(select(Contact)).all()


def test_sealed_values_read_as_they_were_written(database, contact):
    with database.unit_of_work(read_only=True) as session:
        read = session.get_one(Contact, contact.id)

    assert {name: getattr(read, name) for name in PERSONAL} == PERSONAL


class TestKeyedHash:
    def test_plain_text_is_found_by_its_hash(self, database, contact):
        with database.unit_of_work(read_only=True) as session:
            found = session.scalar(select(Contact).where(Contact.phone_index == PHONE))

        assert found.id == contact.id
        assert isinstance(found.phone_index, Hashed)

    def test_the_hash_that_was_read_finds_and_is_written_back_as_it_is(self, database, contact):
        with database.unit_of_work() as session:
            read = session.get_one(Contact, contact.id)
            other = make_contact(session, phone=None)
            other.phone_index = read.phone_index

        with database.unit_of_work(read_only=True) as session:
            found = session.scalars(select(Contact.id).where(Contact.phone_index == PHONE)).all()
        assert set(found) == {contact.id, other.id}

    def test_staff_and_contacts_with_one_number_have_different_hashes(self, database, contact):
        with database.unit_of_work() as session:
            make_staff(session, phone=PHONE)

        with database.unit_of_work(read_only=True) as session:
            assert session.scalar(select(StaffMember.phone_index)) != session.scalar(
                select(Contact.phone_index)
            )


class TestInstants:
    def test_an_instant_comes_back_in_utc_whatever_offset_it_had(self, database):
        in_shanghai = datetime(2026, 11, 18, 9, 30, 0, 123456, timezone(timedelta(hours=8)))
        with database.unit_of_work() as session:
            branch = make_branch(session, created_at=in_shanghai)

        with database.unit_of_work(read_only=True) as session:
            read = session.get_one(Branch, branch.id).created_at
        assert read == in_shanghai
        assert read.tzinfo is UTC

    def test_a_naive_one_is_refused(self, database):
        with pytest.raises(StatementError, match="time zone"), database.unit_of_work() as session:
            make_branch(session).created_at = datetime(2026, 11, 18, 9, 30)  # noqa: DTZ001
