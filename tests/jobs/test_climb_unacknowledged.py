"""The job that lets climb what nobody acknowledges, and what reaches the managers' phones of it."""

from datetime import timedelta

from api import services
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.vocabulary import Role
from jobs.climb_unacknowledged import climb_unacknowledged
from jobs.deliver_notices import deliver_notices
from tests.factories import make_branch, make_device, make_staff
from tests.fakes import NOW


def test_a_manager_is_pushed_to_when_nobody_has_acknowledged_it(database, job_context, clock, push):
    with database.unit_of_work() as session:
        branch = make_branch(session)
        make_device(session, make_staff(session, branch, role=Role.MANAGER))
        rep = make_staff(session, branch, role=Role.SALES_REP)
        kind = NoticeKind.CALL_ME_BACK
        telling = Telling(kind, branch.id, f"{kind}:1:{rep.id}", staff_id=rep.id, pickup_id=rep.id)
        services.notices.tell(session, telling, now=NOW)

    climbed = []
    for hours in (0, 1, 1, 1):
        clock.tick(hours=hours)
        climbed.append(climb_unacknowledged(job_context))
        deliver_notices(job_context)

    assert climbed == [0, 1, 1, 0]
    assert [(sent.kind, sent.thread) for sent in push.sent] == [("unacknowledged", telling.thread)]
    assert push.sent[0].body == "客户请求回电：已有 2 小时无人确认，请协助处理。"
    assert push.sent[0].time_to_live == timedelta(hours=24)
