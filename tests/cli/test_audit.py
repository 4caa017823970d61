"""`flask audit`: what an operator is told of the trail, and what the command's exit code tells a script."""

from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from api.domain.audit import Via
from jobs.tend_audit_trail import tend_audit_trail
from tests.auditing import chained, record, tamper, trail
from tests.fakes import NOW


@pytest.fixture
def run(app):
    def run(*arguments):
        with app.app_context():
            return app.test_cli_runner().invoke(args=["audit", *arguments])

    return run


def test_what_an_operator_does_is_told_from_what_people_and_jobs_do(app, database):
    contact_id = str(uuid7())
    with app.app_context():
        app.test_cli_runner().invoke(args=["links", "revoke", "--contact", contact_id, "--yes"])

    [(fact, entry)] = trail(database)
    assert (fact.name, str(fact.subject_id), fact.data["links"]) == ("links.revoked", contact_id, 0)
    assert (entry.via, entry.actor_id, entry.address) == (Via.CLI, None, None)


def test_d13_a_leaked_key_whose_links_were_voided_is_named(app, database):
    with app.app_context():
        app.test_cli_runner().invoke(args=["links", "revoke-key", "0a1b2c3d", "--yes"])

    [(fact, _)] = trail(database)
    assert (fact.subject_type, fact.data) == ("link_key", {"key_id": "0a1b2c3d", "links": 0})


class TestVerify:
    def test_a_whole_trail_is_told_with_its_end_to_write_down(self, run, job_context):
        chained(job_context, 3)

        answer = run("verify")

        assert answer.exit_code == 0
        assert answer.output.startswith("Whole: 3 entries, up to position 3, hash ")

    def test_what_has_no_place_yet_is_said(self, run, database):
        with database.unit_of_work() as session:
            record(session)

        answer = run("verify")

        assert "1 more wait for their place" in answer.output

    @pytest.mark.parametrize(
        ("statements", "finding"),
        [
            (["UPDATE audit_entries SET via = 'cli' WHERE position = 2"], "(changed): entry 2 is not as"),
            (["DELETE FROM audit_entries WHERE position = 2"], "(deleted): entry 2 is missing"),
            (
                [
                    "UPDATE audit_entries SET position = -1 WHERE position = 1",
                    "UPDATE audit_entries SET position = 1 WHERE position = 3",
                    "UPDATE audit_entries SET position = 3 WHERE position = -1",
                ],
                "(re-ordered): entry 1 stands in another's place",
            ),
            (["DELETE FROM audit_entries WHERE position = 3"], "(cut off at the end): entry 3 and all after"),
            (["UPDATE audit_checkpoints SET position = 2"], "(checkpoint forged): the checkpoint at entry 2"),
        ],
    )
    def test_f6_the_first_thing_that_is_wrong_ends_it_with_exit_code_1(
        self, run, database, job_context, statements, finding
    ):
        chained(job_context, 3)
        tend_audit_trail(job_context)
        tamper(database, *statements)

        answer = run("verify")

        assert answer.exit_code == 1
        assert finding in answer.output


class TestShow:
    def test_the_trail_is_shown_newest_first(self, run, database):
        with database.unit_of_work() as session:
            older = record(session, reason="called back")
            newer = record(session, "customer.changed", data={"fields": ["grade"]})

        lines = run("show").output.splitlines()

        assert [str(newer) in lines[0], str(older) in lines[1]] == [True, True]
        assert lines[0].endswith("by nobody (job)  fields=['grade']")
        assert lines[1].endswith("reason: called back")

    def test_it_is_narrowed_by_whom_it_is_about_and_who_did_it(self, run, database):
        with database.unit_of_work() as session:
            actor = record(session)
            about = record(session, actor_id=actor)

        assert len(run("show", "--about", str(about)).output.splitlines()) == 1
        assert str(about) in run("show", "--by", str(actor)).output

    def test_it_is_narrowed_by_time_and_number(self, run, database):
        with database.unit_of_work() as session:
            for day in range(4):
                record(session, now=NOW + timedelta(days=day))

        assert len(run("show", "--since", "2026-11-20").output.splitlines()) == 2
        assert len(run("show", "--limit", "3").output.splitlines()) == 3
