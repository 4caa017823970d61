"""Kinds that are pushed to nobody, as managers see them and let them go on."""

import pytest

from api import queries
from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import Role
from tests.factories import make_branch
from tests.fakes import NOW


@pytest.fixture
def manager(signed_in, hire):
    return signed_in(hire(Role.MANAGER))


@pytest.fixture
def paused(database, branch):
    """Pauses a kind in a branch, in that of everybody here if none is named."""

    def paused(kind, branch_id=branch.id):
        with database.unit_of_work() as session:
            queries.paused_kinds.add(session, branch_id, kind, reason="too many", now=NOW)

    return paused


def test_nothing_is_paused_in_a_branch_where_all_is_well(manager, branch):
    assert manager.get(f"/v1/branches/{branch.id}/paused-kinds").json == {"items": []}


def test_what_is_paused_is_shown_with_the_reason(manager, branch, paused):
    paused(NoticeKind.CHURN_ALERT)

    answer = manager.get(f"/v1/branches/{branch.id}/paused-kinds")

    assert answer.json["items"] == [
        {"kind": "churn_alert", "reason": "too many", "paused_at": NOW.isoformat()}
    ]


def test_a_kind_goes_on_and_is_listed_no_more(manager, branch, paused):
    paused(NoticeKind.CHURN_ALERT)
    path = f"/v1/branches/{branch.id}/paused-kinds"

    answers = [manager.post(f"{path}/churn_alert/resumption").status_code for _ in range(2)]

    assert answers == [204, 404]
    assert manager.get(path).json == {"items": []}


@pytest.mark.parametrize("kind", ["field_report", "nonsense"])
def test_what_is_not_paused_is_not_found(manager, branch, paused, kind):
    paused(NoticeKind.CHURN_ALERT)

    assert manager.post(f"/v1/branches/{branch.id}/paused-kinds/{kind}/resumption").status_code == 404


def test_b1_the_pauses_of_another_branch_are_not_found(manager, database, paused):
    with database.unit_of_work() as session:
        other = make_branch(session)
    paused(NoticeKind.CHURN_ALERT, other.id)
    path = f"/v1/branches/{other.id}/paused-kinds"

    assert manager.get(path).status_code == 404
    assert manager.post(f"{path}/churn_alert/resumption").status_code == 404


def test_b8_a_dispatcher_does_not_let_it_go_on(dispatcher, branch):
    assert dispatcher.post(f"/v1/branches/{branch.id}/paused-kinds/churn_alert/resumption").status_code == 403
