"""`flask backup`, `restore`, `backup-info`: what is made is whole, sealed and tried, the rest is refused.

What does not depend on the engine is shown on SQLite, which is the quicker.
"""

import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url, select, text

from api import queries, security, server_lock
from api.backups.contents import engine_of
from api.backups.making import House
from api.backups.postgres import PostgresCopier
from api.backups.restoring import restore
from api.backups.sqlite import SqliteCopier
from api.models import Contact, EventRecord, Restoration, SenderState
from api.services.outbox import RESTORED
from migrations import runner
from tests.backing_up import Operator, empty_url, operator_elsewhere, operator_of, with_tools
from tests.databases import only_postgres, only_sqlite
from tests.factories import make_contact
from tests.pictures import hash_of, picture
from tests.rounds import rows

PICTURE = picture()


@pytest.fixture
def settings(settings):
    return with_tools(settings)


@pytest.fixture
def operator(app):
    return Operator(app)


@pytest.fixture
def elsewhere(settings, tmp_path, clock):
    with operator_elsewhere(settings, tmp_path, clock) as operator:
        yield operator


@pytest.fixture
def contact(database, proofs):
    """A contact, and a picture that lies sealed in the folder of proofs."""
    proofs.draft(PICTURE).keep(hash_of(PICTURE))
    with database.unit_of_work() as session:
        return make_contact(session, name="李芳", phone="+8613800138000")


@pytest.fixture
def made(operator, contact, tmp_path):
    return operator.back_up(tmp_path / "today.backup", "--no-check")


class TestBackup:
    def test_what_is_restored_is_what_was_backed_up(self, made, elsewhere, contact):
        elsewhere.restore(made)

        with elsewhere.database.unit_of_work(read_only=True) as session:
            restored = session.get_one(Contact, contact.id)
            assert (restored.name, restored.phone) == ("李芳", "+8613800138000")
            assert queries.health.schema(session).revision == runner.head()
        assert elsewhere.app.proofs.read(hash_of(PICTURE)) == PICTURE

    @only_sqlite
    def test_it_is_one_file_for_its_owner_alone(self, made):
        assert stat.S_IMODE(made.stat().st_mode) == 0o600
        assert [path.name for path in made.parent.glob("*backup*")] == ["today.backup"]

    def test_f5_nothing_in_it_can_be_read_without_the_key(self, made):
        stored = made.read_bytes()

        assert not any(word in stored for word in (b"SQLite", b"PGDMP", b"alembic", b"contacts", b"revision"))

    def test_it_says_that_it_was_tried_and_what_it_takes_to_open_it(self, operator, contact, tmp_path):
        said = operator.run("backup", tmp_path / "today.backup").output

        assert "Checked: it was restored" in said
        assert "1 proofs" in said
        assert f"Needs data key {security.key_id(b'd' * 32)}." in said

    @only_sqlite
    def test_one_that_was_not_tried_says_so(self, operator, contact, tmp_path):
        assert "NOT CHECKED" in operator.run("backup", tmp_path / "today.backup", "--no-check").output

    @only_sqlite
    def test_in_a_folder_it_is_named_by_the_moment(self, operator, contact, tmp_path, clock):
        operator.back_up(tmp_path, "--no-check")

        assert (tmp_path / f"doorstep-{clock.now():%Y%m%dT%H%M%SZ}.backup").is_file()

    @only_sqlite
    def test_no_file_is_ever_overwritten(self, operator, made):
        again = operator.run("backup", made)

        assert (again.exit_code, "never overwritten" in again.output) == (1, True)

    @only_sqlite
    def test_a_folder_that_is_not_there_is_named(self, operator, tmp_path):
        refused = operator.run("backup", tmp_path / "nowhere" / "x.backup")

        assert (refused.exit_code, str(tmp_path / "nowhere") in refused.output) == (1, True)

    @only_sqlite
    def test_a_database_without_tables_is_not_backed_up(self, elsewhere, tmp_path):
        refused = elsewhere.run("backup", tmp_path / "none.backup")

        assert (refused.exit_code, "never migrated" in refused.output) == (1, True)
        assert not list(tmp_path.glob("*backup*"))

    @only_sqlite
    def test_a_database_that_is_not_sound_gets_no_backup(self, operator, database, contact, tmp_path):
        path = make_url(str(database.engine.url)).database
        with closing(sqlite3.connect(path, isolation_level=None)) as raw:
            raw.execute("PRAGMA foreign_keys=OFF")
            raw.execute("DELETE FROM customers")

        refused = operator.run("backup", tmp_path / "today.backup")

        assert (refused.exit_code, "not sound" in refused.output) == (1, True)
        assert not list(tmp_path.glob("*backup*"))

    @only_postgres
    def test_tools_older_than_the_server_are_refused(self, settings, app, proofs, clock, tmp_path):
        old = tmp_path / "pg_dump"
        old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
        old.chmod(0o755)

        with operator_of(replace(settings, pg_bin=tmp_path), proofs, clock) as operator:
            refused = operator.run("backup", tmp_path / "today.backup")

        assert refused.exit_code == 1
        assert "pg_dump is of version 9, the server of" in refused.output
        assert "DOORSTEP_PG_BIN" in refused.output

    @only_postgres
    def test_tools_that_are_nowhere_are_asked_for(self, settings, proofs, clock, tmp_path):
        with operator_of(replace(settings, pg_bin=tmp_path), proofs, clock) as operator:
            refused = operator.run("backup", tmp_path / "today.backup")

        assert (refused.exit_code, "pg_dump is not in" in refused.output) == (1, True)


class TestBackupInfo:
    @only_sqlite
    def test_it_tells_what_is_in_a_whole_file(self, operator, made):
        said = operator.run("backup-info", made, "--rows").output

        assert "The file is whole." in said
        assert f"at revision {runner.head()}" in said
        assert "1  contacts" in said

    @only_sqlite
    def test_a_file_that_is_missing_foreign_cut_or_altered_is_told(self, operator, made, tmp_path):
        whole = made.read_bytes()
        altered = bytearray(whole)
        altered[len(whole) // 2] ^= 1
        for content, sentence in (
            (None, "other: No such file"),
            (b"PGDMP and so on", "no backup of Doorstep"),
            (whole[:-100], "altered or cut off"),
            (bytes(altered), "altered or cut off"),
        ):
            file = tmp_path / "other"
            file.unlink(missing_ok=True)
            if content is not None:
                file.write_bytes(content)

            told = operator.run("backup-info", file)

            assert (told.exit_code, sentence in told.output) == (1, True), told.output

    @only_sqlite
    def test_one_of_another_key_names_the_key(self, settings, proofs, clock, made):
        foreign = replace(settings, data_keys=(b"n" * 32,))

        with operator_of(foreign, proofs, clock) as operator:
            told = operator.run("backup-info", made)

        assert told.exit_code == 1
        assert f"sealed with data key {security.key_id(b'd' * 32)}, which is not configured" in told.output

    @only_sqlite
    def test_a_rotated_key_still_opens_it_from_behind(self, settings, proofs, clock, made):
        rotated = replace(settings, data_keys=(b"n" * 32, b"d" * 32))

        with operator_of(rotated, proofs, clock) as operator:
            assert operator.run("backup-info", made).exit_code == 0


class TestRestore:
    def test_it_is_marked_every_sender_rests_and_what_is_next_is_said(self, made, elsewhere, clock):
        said = elsewhere.restore(made)

        assert {row["reason"] for row in rows(elsewhere.database, SenderState)} == {RESTORED}
        assert [row["restored_at"] for row in rows(elsewhere.database, Restoration)] == [clock.now()]
        assert [row["name"] for row in rows(elsewhere.database, EventRecord)][-1] == "database.restored"
        assert "notices resume --all" in said

    def test_a_database_with_tables_is_left_alone(self, operator, made, database, contact):
        refused = operator.run("restore", made)

        assert (refused.exit_code, "is not empty" in refused.output) == (1, True)
        with database.unit_of_work(read_only=True) as session:
            assert session.scalars(select(Contact.id)).all() == [contact.id]

    @only_sqlite
    def test_nothing_is_restored_of_a_file_that_is_not_whole(self, made, elsewhere):
        made.write_bytes(made.read_bytes()[:-1])

        refused = elsewhere.run("restore", made)

        assert (refused.exit_code, "altered or cut off" in refused.output) == (1, True)
        assert is_empty(elsewhere)
        assert elsewhere.app.proofs.read(hash_of(PICTURE)) is None

    def test_what_cannot_be_brought_up_leaves_the_database_empty(self, made, elsewhere):
        settings = elsewhere.app.config["SETTINGS"]
        copier = PostgresCopier(settings.database_url, settings.pg_bin)
        if settings.is_sqlite:
            copier = SqliteCopier(Path(elsewhere.database.engine.url.database))
        house = House(copier, elsewhere.app.proofs, settings.vault().files, settings.data_keys)

        with pytest.raises(ZeroDivisionError):
            restore(house, made, revisions=runner.revisions(), bring_up=lambda url: 1 / 0)

        assert is_empty(elsewhere)
        assert "Restored" in elsewhere.restore(made)

    @only_sqlite
    def test_one_of_a_version_to_come_is_refused(self, operator, database, elsewhere, tmp_path):
        with database.unit_of_work() as session:
            session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        try:
            newer = operator.back_up(tmp_path / "newer.backup")
        finally:
            with database.unit_of_work() as session:
                session.execute(
                    text("UPDATE alembic_version SET version_num = :head"), {"head": runner.head()}
                )

        refused = elsewhere.run("restore", newer)

        assert (refused.exit_code, "revision 9999, which this version does not know" in refused.output) == (
            1,
            True,
        )
        assert is_empty(elsewhere)

    @only_sqlite
    def test_one_of_an_earlier_version_is_brought_up(
        self, settings, proofs, clock, elsewhere, tmp_path, tmp_path_factory
    ):
        with empty_url(settings, tmp_path_factory.mktemp("before")) as url:
            runner.upgrade(url)
            runner.downgrade(url, "0006")
            with operator_of(replace(settings, database_url=url), proofs, clock) as before:
                made = before.back_up(tmp_path / "earlier.backup", "--no-check")

        elsewhere.restore(made)

        with elsewhere.database.unit_of_work(read_only=True) as session:
            assert queries.health.schema(session).revision == runner.head()

    @only_postgres
    def test_one_of_the_other_engine_is_refused(self, settings, made, proofs, clock, tmp_path):
        other = replace(settings, database_url=f"sqlite:///{tmp_path}/new.db")

        with operator_of(other, proofs, clock) as operator:
            refused = operator.run("restore", made)

        assert (refused.exit_code, "not changed into each other" in refused.output) == (1, True)

    @only_sqlite
    def test_a_file_that_is_served_is_left_alone(self, made, elsewhere):
        with server_lock.held(str(elsewhere.database.engine.url)):
            refused = elsewhere.run("restore", made)

        assert (refused.exit_code, "Stop it first" in refused.output) == (1, True)
        assert is_empty(elsewhere)

    @only_postgres
    def test_a_database_that_others_are_connected_to_is_left_alone(self, made, elsewhere):
        with engine_of(elsewhere.app.config["SETTINGS"].database_url).connect():
            refused = elsewhere.run("restore", made)

        assert (refused.exit_code, "others are connected" in refused.output) == (1, True)
        assert is_empty(elsewhere)


def is_empty(operator):
    with operator.database.unit_of_work(read_only=True) as session:
        return queries.health.schema(session).revision is None
