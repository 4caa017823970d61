"""Ended links, plain facts and the texts of closed cases go after their time; what belongs to them stays."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api.db import Database
from api.domain.vocabulary import CaseSaying, CaseState, LinkPurpose, ReadinessAnswer
from api.models import (
    Branch,
    CaseMessage,
    Customer,
    EventRecord,
    Feedback,
    Link,
    ReadinessRecord,
)
from api.queries.finished import first_id_of
from jobs.context import JobContext
from jobs.purge import purge
from tests.factories import make_case, make_link, make_pickup
from tests.fakes import NOW, FrozenClock
from tests.rounds import rows
from tests.rows import add


class TestLinks:
    """Kept for 90 days after their end: until then who opens one is told that it has ended."""

    @pytest.fixture
    def answered(self, database: Database) -> Link:
        """A link by which the pickup was rated and something said; it has expired now."""
        with database.unit_of_work() as session:
            pickup = make_pickup(session)
            link = make_link(session, pickup, purpose=LinkPurpose.FEEDBACK, expires_at=NOW)
            columns = {"link_id": link.id, "pickup_id": pickup.id}
            add(session, ReadinessRecord, columns, answer=ReadinessAnswer.READY, answered_at=NOW)
            rating = {"branch_id": pickup.branch_id, "customer_id": pickup.customer_id, "score": 4}
            person = {"contact_id": pickup.contact_id, "given_at": NOW, "changed_at": NOW}
            add(session, Feedback, columns, **rating, **person, reasons=[])
            case = make_case(session, session.get_one(Customer, pickup.customer_id))
            said = {"saying": CaseSaying.OPENING, "text": "谢谢", "said_at": NOW}
            add(session, CaseMessage, {"link_id": link.id}, case_id=case.id, **said)
            return link

    def test_an_ended_link_goes_and_what_was_said_through_it_stays(
        self, job_context: JobContext, database: Database, clock: FrozenClock, answered: Link
    ) -> None:
        clock.tick(days=90, seconds=1)

        assert purge(job_context) == 1

        assert rows(database, Link) == []
        for said in (ReadinessRecord, Feedback, CaseMessage):
            assert [row["link_id"] for row in rows(database, said)] == [None]

    @pytest.mark.parametrize(
        ("expires", "revoked", "left"),
        [(-90, None, 1), (-91, None, 0), (9, -90, 1), (9, -91, 0), (9, None, 1)],
    )
    def test_its_time_counts_from_its_end(
        self, job_context: JobContext, database: Database, expires: int, revoked: int | None, left: int
    ) -> None:
        with database.unit_of_work() as session:
            revoked_at = None if revoked is None else NOW + timedelta(days=revoked)
            make_link(session, expires_at=NOW + timedelta(days=expires), revoked_at=revoked_at)

        purge(job_context)

        assert len(rows(database, Link)) == left


class TestFacts:
    """Plain ones are kept for two years, those of the audit trail are no business of this job."""

    @pytest.mark.parametrize(
        ("name", "days", "left"),
        [
            ("readiness.answered", 731, []),
            ("readiness.answered", 729, ["readiness.answered"]),
            ("contact.unmasked", 4_000, ["contact.unmasked"]),
            ("nobody.knows", 4_000, ["nobody.knows"]),
        ],
    )
    def test_only_old_and_plain_ones_go(
        self,
        job_context: JobContext,
        database: Database,
        branch: Branch,
        name: str,
        days: int,
        left: list[str],
    ) -> None:
        at = NOW - timedelta(days=days)
        of = {"branch_id": branch.id, "subject_type": "pickup", "subject_id": branch.id}
        with database.unit_of_work() as session:
            add(session, EventRecord, {}, id=first_id_of(at), name=name, **of, data={}, occurred_at=at)

        purge(job_context)

        assert [row["name"] for row in rows(database, EventRecord)] == left


class TestCaseTexts:
    @pytest.mark.parametrize(
        ("state", "closed", "text"),
        [
            (CaseState.CLOSED, 731, None),
            (CaseState.CLOSED, 729, "坏了"),
            (CaseState.OPEN, None, "坏了"),
        ],
    )
    def test_what_was_said_goes_two_years_after_the_closing(
        self,
        job_context: JobContext,
        database: Database,
        state: CaseState,
        closed: int | None,
        text: str | None,
    ) -> None:
        said_at = NOW - timedelta(days=800)
        closed_at = None if closed is None else NOW - timedelta(days=closed)
        with database.unit_of_work() as session:
            case = make_case(session, state=state, closed_at=closed_at)
            said = {"saying": CaseSaying.OPENING, "text": "坏了", "said_at": said_at}
            add(session, CaseMessage, {}, id=first_id_of(said_at), case_id=case.id, **said)

        purge(job_context)

        with database.unit_of_work(read_only=True) as session:
            left = session.scalars(select(CaseMessage)).one()
            assert (left.text, left.said_at) == (text, said_at)
