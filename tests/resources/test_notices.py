"""The inbox over HTTP: my own notices, newest first, in my language, with how many are unread."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from api import services
from api.db import Database
from api.domain.notice_kinds import NoticeKind, Telling
from api.models import Notice, StaffMember
from tests.factories import make_staff
from tests.fakes import NOW

SignIn = Callable[[StaffMember], FlaskClient]


@pytest.fixture
def courier(database: Database) -> StaffMember:
    with database.unit_of_work() as session:
        return make_staff(session)


def tell(database: Database, staff: StaffMember, *, times: int = 1) -> list[UUID]:
    """Warn about so many waits, a second apart; returns the notices' ids in that order."""
    told = []
    with database.unit_of_work() as session:
        for number in range(times):
            wait_id = uuid4()
            telling = Telling(
                NoticeKind.WAIT_WARN,
                staff.branch_id,
                f"wait_warn:{wait_id}:{staff.id}",
                staff_id=staff.id,
                wait_id=wait_id,
                variables={"deadline_at": NOW},
            )
            notice = services.notices.tell(session, telling, now=NOW + timedelta(seconds=number))
            assert notice is not None
            told.append(notice.id)
    return told


class TestListMyNotices:
    def test_somebody_who_has_not_signed_in_is_refused(self, client: FlaskClient) -> None:
        assert client.get("/v1/me/notices").status_code == 401

    def test_b1_notices_of_others_are_not_shown(
        self, database: Database, courier: StaffMember, signed_in: SignIn
    ) -> None:
        with database.unit_of_work() as session:
            stranger = make_staff(session)
        tell(database, courier)

        answer = signed_in(stranger).get("/v1/me/notices").json

        assert answer == {"items": [], "next": None, "unread": 0}

    def test_the_newest_comes_first_and_the_cursor_leads_on(
        self, database: Database, courier: StaffMember, signed_in: SignIn
    ) -> None:
        told = tell(database, courier, times=3)
        client = signed_in(courier)

        first = client.get("/v1/me/notices?limit=2").json
        second = client.get(first["next"]).json

        assert [UUID(item["id"]) for item in first["items"] + second["items"]] == told[::-1]
        assert second["next"] is None
        assert first["unread"] == 3

    @pytest.mark.parametrize(
        ("language", "title"), [("zh-CN", "等待时限将至"), ("en", "The wait is nearly over")]
    )
    def test_texts_follow_accept_language(
        self, database: Database, courier: StaffMember, signed_in: SignIn, language: str, title: str
    ) -> None:
        tell(database, courier)

        answer = signed_in(courier).get("/v1/me/notices", headers={"Accept-Language": language}).json

        assert answer["items"][0]["title"] == title
        assert "09:30" in answer["items"][0]["body"]

    @pytest.mark.parametrize("query", ["cursor=nonsense", "limit=0", "limit=1000", "state=pending"])
    def test_a_query_that_is_not_understood_is_refused(
        self, courier: StaffMember, signed_in: SignIn, query: str
    ) -> None:
        assert signed_in(courier).get(f"/v1/me/notices?{query}").status_code == 422


class TestMarkNoticeSeen:
    def test_b1_a_notice_of_somebody_else_is_not_found(
        self, database: Database, courier: StaffMember, signed_in: SignIn
    ) -> None:
        with database.unit_of_work() as session:
            stranger = make_staff(session)
        notice_id = tell(database, courier)[0]

        answer = signed_in(stranger).post(f"/v1/me/notices/{notice_id}/seen")

        assert answer.status_code == 404

    def test_it_is_counted_as_read_and_saying_it_again_changes_nothing(
        self, database: Database, courier: StaffMember, signed_in: SignIn
    ) -> None:
        notice_id = tell(database, courier, times=2)[0]
        client = signed_in(courier)

        answers = [client.post(f"/v1/me/notices/{notice_id}/seen").status_code for _ in range(2)]

        assert answers == [204, 204]
        assert client.get("/v1/me/notices").json["unread"] == 1
        with database.unit_of_work() as session:
            assert session.scalars(select(Notice.seen_at).where(Notice.id == notice_id)).one() == NOW


def told_of_a_customer(database: Database, staff: StaffMember) -> UUID:
    """Somebody was told what he should acknowledge; returns the notice's id."""
    with database.unit_of_work() as session:
        kind = NoticeKind.CHURN_ALERT
        key = f"{kind}:1:{staff.id}"
        telling = Telling(kind, staff.branch_id, key, staff_id=staff.id, customer_id=staff.id)
        services.notices.tell(session, telling, now=NOW)
        return telling.id


class TestOnlyUnreadNotices:
    def test_what_was_seen_is_left_out_and_the_next_page_too(
        self, database: Database, courier: StaffMember, signed_in: SignIn
    ) -> None:
        told = tell(database, courier, times=4)
        client = signed_in(courier)
        client.post(f"/v1/me/notices/{told[2]}/seen")

        first = client.get("/v1/me/notices?unread=true&limit=2").json
        second = client.get(first["next"]).json

        assert [UUID(one["id"]) for one in first["items"] + second["items"]] == [told[3], told[1], told[0]]
        assert first["unread"] == 3


class TestAcknowledgeNotice:
    def test_b1_a_notice_of_somebody_else_is_not_found(
        self, database: Database, courier: StaffMember, signed_in: SignIn
    ) -> None:
        with database.unit_of_work() as session:
            stranger = make_staff(session)
        notice_id = told_of_a_customer(database, courier)

        answer = signed_in(stranger).post(f"/v1/me/notices/{notice_id}/acknowledgement")

        assert answer.status_code == 404

    def test_it_is_read_and_nobody_is_waited_for_any_longer(
        self, database: Database, courier: StaffMember, signed_in: SignIn
    ) -> None:
        notice_id = told_of_a_customer(database, courier)
        client = signed_in(courier)
        before = client.get("/v1/me/notices").json["items"][0]

        answers = [client.post(f"/v1/me/notices/{notice_id}/acknowledgement").status_code for _ in range(2)]

        after = client.get("/v1/me/notices").json["items"][0]
        assert answers == [204, 204]
        assert (before["needs_acknowledgement"], before["acknowledged_at"]) == (True, None)
        assert (after["needs_acknowledgement"], after["acknowledged_at"]) == (
            False,
            "2026-11-18T01:30:00+00:00",
        )
        assert after["seen_at"] == after["acknowledged_at"]

    def test_most_notices_need_none(
        self, database: Database, courier: StaffMember, signed_in: SignIn
    ) -> None:
        tell(database, courier)

        item = signed_in(courier).get("/v1/me/notices").json["items"][0]

        assert item["needs_acknowledgement"] is False
