"""The calendar feed: a link of one's own, read by a calendar's own client, shut when it is revoked."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from ical.calendar_stream import IcsCalendarStream

from api.domain.vocabulary import Locale, Role, VisitState
from api.models import CalendarLink, StaffMember
from tests.factories import make_branch, make_customer, make_staff, make_visit
from tests.fakes import NOW
from tests.shipping import TODAY

A_DAY = timedelta(days=1)


@pytest.fixture
def calendar(signed_in, client):
    """Subscribes to the calendar of a rep: `calendar(rep).events`."""

    def calendar(rep):
        answer = client.get(address(signed_in(rep)))
        assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
        return IcsCalendarStream.calendar_from_ics(answer.text)

    return calendar


@pytest.fixture
def visit(database, branch, rep):
    """Adds a visit to a customer of his own: `visit(name="Alpha", planned_on=TODAY)`."""

    def visit(name="东方贸易", **columns):
        with database.unit_of_work() as session:
            customer = make_customer(session, branch, owner_id=rep.id, name=name)
            return make_visit(session, customer, rep=rep, **{"planned_on": TODAY, **columns})

    return visit


def address(client):
    url = client.post("/v1/me/calendar").json["url"]
    return url.removeprefix("https://doorstep.test")


def rings(event):
    return [alarm.trigger for alarm in event.alarm]


class TestFeed:
    def test_a_visit_of_the_day_is_there_with_its_alarms(self, calendar, visit, rep):
        planned = visit(planned_on=TODAY + A_DAY)

        [event] = calendar(rep).events

        assert event.uid == f"{planned.id}@doorstep"
        assert (event.summary, event.status) == ("走访：东方贸易", "CONFIRMED")
        assert (event.dtstart, event.dtend) == (TODAY + A_DAY, TODAY + 2 * A_DAY)
        assert rings(event) == [
            datetime(2026, 11, 18, 10, 0, tzinfo=UTC),
            datetime(2026, 11, 19, 0, 30, tzinfo=UTC),
        ]

    def test_a_fixed_time_is_an_instant_and_rings_an_hour_before(self, calendar, visit, rep):
        at = NOW + timedelta(hours=5)
        visit(starts_at=at)

        [event] = calendar(rep).events

        assert (event.dtstart, event.dtend) == (at, at + timedelta(minutes=45))
        assert rings(event) == [at - timedelta(hours=1)]

    def test_a_proposal_is_tentative_and_silent(self, calendar, visit, rep):
        visit(state=VisitState.PROPOSED, planned_on=TODAY + A_DAY)

        [event] = calendar(rep).events

        assert (event.status, event.alarm) == ("TENTATIVE", [])

    def test_a_visit_that_was_moved_is_the_same_event_anew(self, calendar, visit, rep, signed_in):
        planned = visit()
        [before] = calendar(rep).events
        moved = {"planned_on": str(TODAY + 2 * A_DAY)}
        signed_in(rep).post(f"/v1/visits/{planned.id}/rescheduling", json=moved)

        [after] = calendar(rep).events

        assert after.uid == before.uid
        assert after.sequence > before.sequence
        assert after.dtstart == TODAY + 2 * A_DAY

    @pytest.mark.parametrize("state", [VisitState.CANCELLED, VisitState.SKIPPED, VisitState.MISSED])
    def test_what_was_called_off_disappears(self, calendar, visit, rep, state):
        visit(state=state)

        assert calendar(rep).events == []

    def test_names_with_signs_of_the_format_and_long_ones_survive(self, calendar, visit, rep):
        name = "甲乙；丙,丁\\戊 & Söhne; " + "很长的名字" * 20
        visit(name)

        [event] = calendar(rep).events

        assert event.summary == f"走访：{name}"

    def test_there_is_nothing_about_a_person_in_it(self, client, signed_in, visit, rep, database):
        visit(findings="李芳的手机 13800000001", purpose="见李芳")

        text = client.get(address(signed_in(rep))).text

        assert "李芳" not in text
        assert "1380" not in text
        assert rep.name not in text

    def test_every_line_is_folded_and_ended_as_the_standard_wants(self, client, signed_in, visit, rep):
        visit("很长的名字" * 30)

        data = client.get(address(signed_in(rep))).data

        lines = data.split(b"\r\n")
        assert b"\n" not in b"".join(lines)
        assert all(len(line) <= 75 for line in lines)

    def test_it_speaks_the_language_of_its_holder(self, calendar, visit, rep, database):
        visit("Alpha")
        with database.unit_of_work() as session:
            session.get_one(StaffMember, rep.id).locale = Locale.EN

        assert [event.summary for event in calendar(rep).events] == ["Visit: Alpha"]

    def test_alarms_keep_their_local_time_on_the_day_the_clocks_change(self, database, calendar):
        with database.unit_of_work() as session:
            berlin = make_branch(session, timezone="Europe/Berlin")
            rep = make_staff(session, berlin, role=Role.SALES_REP)
            for day in (date(2027, 3, 27), date(2027, 3, 28), date(2027, 3, 29)):
                customer = make_customer(session, berlin, owner_id=rep.id)
                make_visit(session, customer, rep=rep, planned_on=day)
        events = calendar(rep).events

        zone = ZoneInfo("Europe/Berlin")
        local = [[at.astimezone(zone).strftime("%d %H:%M") for at in rings(event)] for event in events]
        assert local == [["26 18:00", "27 08:30"], ["27 18:00", "28 08:30"], ["28 18:00", "29 08:30"]]


class TestLink:
    def test_the_link_in_use_is_handed_out_again(self, signed_in, rep):
        client = signed_in(rep)

        first = client.post("/v1/me/calendar")

        assert first.status_code == 201
        assert client.post("/v1/me/calendar").json == client.get("/v1/me/calendar").json == first.json

    def test_a_revoked_link_opens_nothing_and_the_next_is_another(self, signed_in, client, rep):
        mine = signed_in(rep)
        old = address(mine)

        assert mine.delete("/v1/me/calendar").status_code == 204
        assert mine.delete("/v1/me/calendar").status_code == 204
        assert mine.get("/v1/me/calendar").status_code == 404
        assert client.get(old).status_code == 404
        assert address(mine) != old

    def test_who_has_left_has_no_calendar(self, signed_in, client, rep, database):
        url = address(signed_in(rep))
        with database.unit_of_work() as session:
            session.get_one(StaffMember, rep.id).deactivated_at = NOW

        assert client.get(url).status_code == 404

    def test_b4_a_link_shows_one_reps_visits_only(self, calendar, visit, hire):
        visit()

        assert calendar(hire(Role.SALES_REP)).events == []

    def test_the_token_is_stored_nowhere(self, signed_in, rep, database):
        token = address(signed_in(rep)).rpartition("/")[2].removesuffix(".ics")

        with database.unit_of_work(read_only=True) as session:
            link = session.query(CalendarLink).one()
            assert token not in {link.key_id, link.token_sha256, str(link.id)}

    @pytest.mark.parametrize("token", ["", "x", "A" * 22, "%00", "..%2f..", "A" * 500])
    def test_a_guess_opens_nothing(self, client, token):
        assert client.get(f"/v1/calendars/{token}.ics").status_code == 404

    def test_a_contacts_link_is_no_calendar_and_a_calendar_no_link(self, signed_in, client, rep):
        token = address(signed_in(rep)).rpartition("/")[2].removesuffix(".ics")

        assert client.get(f"/v1/links/{token}").status_code == 404

    @pytest.mark.parametrize("role", [Role.COURIER, Role.MANAGER])
    def test_it_is_the_reps(self, signed_in, hire, role):
        assert signed_in(hire(role)).post("/v1/me/calendar").status_code == 403

    def test_looking_changes_nothing_and_asks_for_no_sign_in(self, signed_in, client, visit, rep):
        visit()
        url = address(signed_in(rep))

        first, second = client.get(url), client.get(url)

        assert first.data == second.data
        assert client.head(url).status_code == 200
        assert "noindex" in first.headers["X-Robots-Tag"]
