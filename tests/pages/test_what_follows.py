"""Another time, complaints and cases, wishes about our messages, and the branch's own look, as pages."""

from datetime import time, timedelta

import pytest
from sqlalchemy import select

from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import CaseState, ContactChannel, LinkPurpose, PickupState, Role
from api.models import Branch, Case, CaseMessage, Contact, CourierPosition, Notice, Pickup, Shift
from tests.factories import make_staff
from tests.fakes import NOW
from tests.pages.test_safety import PERSONAL

NEAR = {"latitude": 31.2335, "longitude": 121.4925}
"""1.2 km west of the site."""


@pytest.fixture
def read(database):
    """Reads the only row of a model."""

    def read(model):
        with database.unit_of_work(read_only=True) as session:
            return session.scalars(select(model)).one()

    return read


@pytest.fixture
def rows_of(database):
    def rows_of(model):
        with database.unit_of_work(read_only=True) as session:
            return session.scalars(select(model)).all()

    return rows_of


@pytest.fixture
def under_way(database, branch, pickup, stand):
    """The courier is on shift and on his way, 1.2 km off."""

    def under_way(**seen):
        stand(state=PickupState.EN_ROUTE)
        with database.unit_of_work() as session:
            session.add(Shift(branch_id=branch.id, staff_id=pickup.courier_id, started_at=NOW))
            position = {"taken_at": NOW, "received_at": NOW, "mock": False, **NEAR, **seen}
            session.add(CourierPosition(staff_id=pickup.courier_id, **position))

    return under_way


def free_slot(contact):
    """The first time that the page offers."""
    return contact.page.text.partition('name="slot_start"')[2].partition('value="')[2].partition('"')[0]


class TestWhereTheCourierIs:
    def test_the_contact_sees_roughly_how_far_the_courier_is(self, visit, link, under_way):
        under_way()

        contact = visit(link())

        assert contact.reads("our courier is about 1.2 km away")
        assert not contact.reads(str(NEAR["longitude"]))

    @pytest.mark.parametrize("seen", [{"mock": True}, {"taken_at": NOW - timedelta(minutes=6)}])
    def test_d6_what_does_not_tell_where_he_is_is_not_shown(self, visit, link, under_way, seen):
        under_way(**seen)

        assert not visit(link()).reads("next stop")

    def test_d6_nobody_is_shown_while_another_stop_comes_first(self, visit, link, under_way, stand, pickup):
        under_way()
        stand(state=PickupState.ASSIGNED, courier_id=None)

        assert not visit(link()).reads("next stop")

    def test_d6_nobody_is_shown_after_his_shift(self, visit, link, under_way, database):
        under_way()
        with database.unit_of_work() as session:
            session.scalars(select(Shift)).one().ended_at = NOW

        assert not visit(link()).reads("next stop")


class TestAnotherTime:
    def test_a_contact_who_cannot_today_chooses_a_free_time(self, visit, link, read):
        contact = visit(link()).send("readiness", answer="another_time")
        assert contact.reads("When would suit you?")

        contact.send("rescheduling", slot_start=free_slot(contact))

        assert contact.reads("Agreed, thank you")
        assert contact.reads("Today 11:00–12:00")
        assert read(Pickup).readiness_answer is None

    def test_after_a_visit_that_did_not_work_out_another_pickup_is_booked(self, visit, link, stand, rows_of):
        stand(state=PickupState.LEFT)
        contact = visit(link(LinkPurpose.RESCHEDULE))

        contact.send("rescheduling", slot_start=free_slot(contact))

        assert contact.reads("Agreed, thank you")
        assert len(rows_of(Pickup)) == 2

    @pytest.mark.parametrize(
        ("chosen", "status", "sentence"),
        [
            ({}, 422, "Please choose one of the times."),
            ({"slot_start": "soon"}, 422, "Please choose one of the times."),
            ({"slot_start": "2026-11-18T02:30:00+00:00"}, 409, "These are free now:"),
        ],
    )
    def test_what_is_not_free_is_not_agreed_on(self, visit, link, stand, rows_of, chosen, status, sentence):
        stand(state=PickupState.LEFT)

        contact = visit(link(LinkPurpose.RESCHEDULE)).send("rescheduling", **chosen)

        assert contact.page.status_code == status
        assert contact.reads(sentence)
        assert len(rows_of(Pickup)) == 1

    def test_d11_a_choice_is_taken_once(self, visit, link):
        contact = visit(link()).send("readiness", answer="another_time")
        to, hidden = contact.form("rescheduling")
        chosen = {**hidden, "slot_start": free_slot(contact)}
        contact.send("rescheduling", slot_start=chosen["slot_start"])

        assert contact.client.post(to, data=chosen).status_code == 409


class TestComplaints:
    @pytest.fixture
    def complained(self, visit, link, stand):
        stand(state=PickupState.COLLECTED)
        contact = visit(f"{link(LinkPurpose.FEEDBACK)}?show=complaint")
        return contact.send("complaint", category="damaged", text="外箱破了")

    def test_a_complaint_opens_a_case_and_tells_by_when_it_is_answered(self, complained, read):
        assert complained.reads("Your words have reached us")
        assert complained.reads("Case 1")
        assert complained.reads("We answer by 13:30")
        assert read(Case).state is CaseState.OPEN

    def test_the_case_is_followed_and_answered_through_its_own_link(
        self, complained, visit, database, clock, rows_of
    ):
        path = complained.page.text.partition('class="button" href="https://doorstep.test')[2].partition("?")[
            0
        ]

        case = visit(path)
        assert case.reads("外箱破了")
        case.send("case-answer", text="少了两个零件")

        assert case.reads("少了两个零件")
        assert len(rows_of(CaseMessage)) == 2

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            ({"text": "破了"}, "Please choose what it is about."),
            ({"category": "damaged"}, "Please tell us in a few words what happened."),
            ({"category": "damaged", "text": " \u202e "}, "Please tell us in a few words what happened."),
        ],
    )
    def test_what_is_missing_is_said_and_no_case_opens(self, visit, link, rows_of, said, sentence):
        contact = visit(f"{link()}?show=complaint").send("complaint", **said)

        assert contact.page.status_code == 422
        assert contact.reads(sentence)
        assert rows_of(Case) == []

    def test_d9_a_complaint_is_shown_as_text_and_reads_in_one_direction(self, visit, link):
        contact = visit(f"{link(LinkPurpose.FEEDBACK)}?show=complaint")

        contact.send("complaint", category="other", text="<script>alert(1)</script>\u202egnp.exe")
        path = contact.page.text.partition('class="button" href="https://doorstep.test')[2].partition("?")[0]
        case = visit(path)

        assert case.reads("&lt;script&gt;alert(1)&lt;/script&gt;gnp.exe")
        assert not case.reads("<script>alert")
        assert not case.reads("\u202e")

    def test_d10_the_fourth_complaint_of_a_day_is_turned_away_and_leaves_its_alert(
        self, visit, link, database, branch, rows_of
    ):
        with database.unit_of_work() as session:
            make_staff(session, branch, role=Role.MANAGER)
        contact = visit(f"{link()}?show=complaint")
        for _ in range(3):
            contact.send("complaint", category="late", text="又迟到了")

        contact.send("complaint", category="late", text="又迟到了")

        assert contact.page.status_code == 429
        assert contact.reads("You have written to us several times today.")
        assert len(rows_of(CaseMessage)) == 3
        assert NoticeKind.COMPLAINT_FLOOD in [notice.kind for notice in rows_of(Notice)]

    def test_d4_a_reschedule_link_cannot_complain(self, visit, link, stand, rows_of):
        stand(state=PickupState.LEFT)
        contact = visit(f"{link(LinkPurpose.RESCHEDULE)}?show=complaint")
        assert contact.reads("Shall we come another time?")
        to, hidden = contact.form("another-time")

        answer = contact.client.post(
            to.replace("another-time", "complaint"), data={**hidden, "category": "late", "text": "x"}
        )

        assert answer.status_code == 404
        assert rows_of(Case) == []

    def test_d5_a_case_whose_link_has_ended_shows_nothing_of_it(self, complained, visit, clock):
        path = complained.page.text.partition('class="button" href="https://doorstep.test')[2].partition("?")[
            0
        ]
        clock.tick(days=366)

        ended = visit(path)

        assert ended.page.status_code == 410
        assert not [word for word in (*PERSONAL, "外箱", "Case 1") if ended.reads(word)]


class TestWishes:
    @pytest.fixture
    def wishes(self, visit, link):
        return visit(link(LinkPurpose.PREFERENCES, pickup_id=None))

    def test_a_contact_says_how_and_when_he_is_written_to(self, wishes, read):
        wishes.send("preferences", messages="wanted", channel="chat", hours_start="09:00", hours_end="17:30")

        assert wishes.reads("Saved.")
        contact = read(Contact)
        assert contact.preferred_channel is ContactChannel.CHAT
        assert (contact.hours_start, contact.hours_end) == (time(9), time(17, 30))

    def test_a_contact_opts_out_and_comes_back(self, wishes, read):
        wishes.send("preferences", messages="none")
        assert read(Contact).opted_out_at is not None

        wishes.send("preferences", messages="wanted")
        assert read(Contact).opted_out_at is None

    @pytest.mark.parametrize(
        ("wished", "sentence"),
        [
            ({"messages": "wanted", "hours_start": "09:00"}, "Please give both times"),
            ({"messages": "wanted", "hours_start": "x", "hours_end": "y"}, "Please give both times"),
            ({"messages": "wanted", "channel": "email"}, "We have no address"),
            ({}, "That could not be saved."),
        ],
    )
    def test_what_cannot_be_is_said_and_nothing_changes(self, wishes, read, wished, sentence):
        before = read(Contact).version

        wishes.send("preferences", **wished)

        assert wishes.page.status_code == 422
        assert wishes.reads(sentence)
        assert read(Contact).version == before

    def test_d6_the_page_of_wishes_names_nobody(self, wishes):
        assert wishes.page.status_code == 200
        assert not [word for word in PERSONAL if wishes.reads(word)]

    def test_d1_looking_at_the_wishes_changes_none(self, wishes, read):
        before = read(Contact).version

        for _ in range(5):
            wishes.open(wishes.path)

        assert read(Contact).version == before


class TestTheBranchsLook:
    @pytest.fixture
    def dressed(self, database, branch):
        with database.unit_of_work() as session:
            row = session.get_one(Branch, branch.id)
            row.accent_colour, row.logo_sha256 = "#6b2fa0", "0" * 64

    def test_a_page_wears_the_branchs_colour_and_logo(self, visit, link, dressed):
        contact = visit(link())

        assert contact.reads("--accent: #6b2fa0")
        assert contact.reads(f'src="/logos/{"0" * 64}"')

    def test_d7_the_policy_lets_in_this_sheet_only(self, visit, link, dressed):
        mine = visit(link()).page.headers["Content-Security-Policy"]
        house = visit("/l/nothing").page.headers["Content-Security-Policy"]

        assert mine != house
        assert "unsafe" not in mine + house

    def test_d5_a_page_that_has_ended_wears_them_too(self, visit, link, dressed):
        assert visit(link(revoked_at=NOW)).reads("--accent: #6b2fa0")

    def test_d12_the_side_of_a_page_is_none_but_ours(self, visit, link):
        contact = visit(f'{link()}?show=https://evil.example/"><script>')

        assert contact.page.status_code == 200
        assert not contact.reads("evil.example")
