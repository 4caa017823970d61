"""`flask keys`: rotating the data key while both are valid."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select, update

from api import queries, security, services
from api.app import create_app
from api.db import Database
from api.models import Contact
from api.services.keys import BATCH
from tests.factories import make_contact, make_customer, make_staff
from tests.pictures import hash_of, picture

OLD, NEW = b"d" * 32, b"n" * 32
PICTURE = picture()
OLD_ID, NEW_ID = security.key_id(OLD), security.key_id(NEW)


@pytest.fixture
def with_keys(settings, clock, tmp_path):
    """Returns an application with these data keys on the database of the test."""
    opened = []

    def with_keys(*keys, **changes):
        changed = replace(settings, data_keys=keys, proofs_dir=tmp_path / "proofs", **changes)
        database = Database.connect(changed.database_url, changed.vault())
        opened.append(database)
        return create_app(changed, clock=clock, database=database)

    yield with_keys
    for database in opened:
        database.close()


@pytest.fixture
def contact(database):
    """A contact whose every personal field the old key sealed."""
    with database.unit_of_work() as session:
        return make_contact(
            session, name="李芳", phone="+8613800138000", email="li@example.com", birthday=date(1990, 3, 14)
        )


def run(app, *arguments):
    with app.app_context():
        return app.test_cli_runner().invoke(args=["keys", *arguments])


def keys_of(database):
    """The ids of the keys that sealed anything."""
    with database.unit_of_work(read_only=True) as session:
        counted = [queries.keys.values_by_key(session, column) for column in queries.keys.sealed_columns()]
        return set().union(*counted)


class TestRekey:
    def test_every_value_is_sealed_with_the_newest_key_and_reads_the_same(self, with_keys, database, contact):
        answer = run(with_keys(NEW, OLD), "rekey")

        assert answer.exit_code == 0
        assert "4 values are sealed with the newest key now." in answer.output
        assert keys_of(database) == {NEW_ID}
        with with_keys(NEW).database.unit_of_work(read_only=True) as session:
            read = session.get_one(Contact, contact.id)
            assert (read.name, read.phone, read.email) == ("李芳", "+8613800138000", "li@example.com")
            assert read.birthday == date(1990, 3, 14)

    def test_what_is_found_by_keyed_hash_is_still_found(self, with_keys, database, contact):
        run(with_keys(NEW, OLD), "rekey")

        with with_keys(NEW).database.unit_of_work(read_only=True) as session:
            by_phone = select(Contact.id).where(Contact.phone_index == "+8613800138000")
            assert session.scalar(by_phone) == contact.id

    def test_it_can_be_repeated(self, with_keys, contact):
        app = with_keys(NEW, OLD)
        run(app, "rekey")

        answer = run(app, "rekey")

        assert answer.exit_code == 0
        assert "0 values" in answer.output

    def test_it_goes_on_where_it_was_stopped(self, with_keys, database):
        with database.unit_of_work() as session:
            customer = make_customer(session)
            for _ in range(BATCH + 1):
                make_contact(session, customer, phone=None)
        app = with_keys(NEW, OLD)
        names = next(column for column in queries.keys.sealed_columns() if column.purpose == "contacts.name")

        with app.database.unit_of_work() as session:
            first = services.keys.reseal(session, names)
        answer = run(app, "rekey")

        assert first.done == BATCH
        assert "1 values" in answer.output
        assert keys_of(database) == {NEW_ID}

    def test_versions_and_therefore_etags_stay(self, with_keys, database, contact):
        run(with_keys(NEW, OLD), "rekey")

        with with_keys(NEW).database.unit_of_work(read_only=True) as session:
            assert session.get_one(Contact, contact.id).version == contact.version

    def test_a_value_that_the_server_changes_meanwhile_is_not_overwritten(self, with_keys, database, contact):
        app = with_keys(NEW, OLD)
        names = next(column for column in queries.keys.sealed_columns() if column.purpose == "contacts.name")
        with app.database.unit_of_work() as session:
            found = queries.keys.sealed_otherwise(session, names, newest=NEW_ID, after=None, limit=1)
        with app.database.unit_of_work() as session:
            session.execute(update(Contact).values(name="王芳"))

        with app.database.unit_of_work() as session:
            queries.keys.replace(session, names, [(row_id, old, "ours") for row_id, old in found])

        with app.database.unit_of_work(read_only=True) as session:
            assert session.get_one(Contact, contact.id).name == "王芳"

    def test_what_no_key_opens_is_counted_and_left(self, with_keys, database, contact):
        answer = run(with_keys(NEW), "rekey")

        assert answer.exit_code == 1
        assert "4 values and 0 pictures open with none of DOORSTEP_DATA_KEYS" in answer.output
        assert keys_of(database) == {OLD_ID}

    def test_every_sealed_column_of_the_models_is_found(self):
        purposes = {column.purpose for column in queries.keys.sealed_columns()}

        assert {"contacts.name", "contacts.birthday", "staff.phone", "sites.address"} <= purposes
        for column in queries.keys.sealed_columns():
            assert column.purpose == str(column.values)


class TestPictures:
    """Proofs lie in files, and are sealed by the same keys."""

    def test_rekey_seals_pictures_too(self, with_keys):
        with_keys(OLD).proofs.draft(PICTURE).keep(hash_of(PICTURE))

        answer = run(with_keys(NEW, OLD), "rekey")

        assert (answer.exit_code, "1 pictures are sealed" in answer.output) == (0, True)
        assert with_keys(NEW).proofs.read(hash_of(PICTURE)) == PICTURE

    def test_rekey_tells_of_a_picture_that_no_key_opens(self, with_keys):
        with_keys(OLD).proofs.draft(PICTURE).keep(hash_of(PICTURE))

        answer = run(with_keys(NEW), "rekey")

        assert answer.exit_code == 1
        assert "0 values and 1 pictures open with none of DOORSTEP_DATA_KEYS" in answer.output

    def test_status_counts_them_and_tells_of_those_that_lie_open(self, with_keys):
        app = with_keys(OLD)
        app.proofs.draft(PICTURE).keep(hash_of(PICTURE))
        sealed = run(app, "status").output
        next(app.config["SETTINGS"].proofs_dir.rglob(hash_of(PICTURE))).write_bytes(PICTURE)

        plain = run(app, "status").output

        assert f"data key {OLD_ID}: 1 pictures, makes new ones" in sealed
        assert "1 pictures are not sealed yet: run `flask --app wsgi keys rekey`." in plain


def test_status_counts_what_each_key_protects(with_keys, database, contact):
    app = with_keys(NEW, OLD)
    with app.database.unit_of_work() as session:
        make_staff(session)

    answer = run(app, "status")

    assert answer.output.splitlines()[:2] == [
        f"data key {NEW_ID}: 2 values, makes new ones",
        f"data key {OLD_ID}: 4 values, still valid",
    ]


def test_status_warns_of_a_key_that_is_still_needed(with_keys, contact):
    assert f"data key {OLD_ID}: 4 values, NOT CONFIGURED" in run(with_keys(NEW), "status").output
