"""Cases whose time to answer has passed are told of by a job, once."""

from datetime import timedelta

from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import Role
from api.models import Notice
from jobs.watch_overdue_cases import watch_overdue_cases
from tests.factories import make_branch, make_case, make_customer, make_staff
from tests.fakes import NOW
from tests.rounds import rows


def test_a_case_is_told_of_when_its_time_has_passed_and_not_again(database, job_context, clock):
    with database.unit_of_work() as session:
        branch = make_branch(session)
        manager = make_staff(session, branch, role=Role.MANAGER)
        make_case(session, make_customer(session, branch), respond_by_at=NOW + timedelta(hours=1))

    early = watch_overdue_cases(job_context)
    clock.tick(hours=1)
    told = [watch_overdue_cases(job_context) for _ in range(2)]

    assert (early, told) == (0, [1, 0])
    assert [(row["kind"], row["staff_id"]) for row in rows(database, Notice)] == [
        (NoticeKind.CASE_OVERDUE, manager.id)
    ]
