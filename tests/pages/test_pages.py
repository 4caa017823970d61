"""The pages as a contact meets them: before the courier comes, at the door, and afterwards."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import LinkPurpose, PickupState, ReadinessAnswer
from api.models import Feedback, Notice, Pickup, Wait

MINUTE = timedelta(minutes=1)


@pytest.fixture
def now_of(database, pickup):
    """Reads the pickup as it stands."""

    def read():
        with database.unit_of_work(read_only=True) as session:
            return session.get_one(Pickup, pickup.id)

    return read


class TestBeforeTheCourierComes:
    def test_the_page_asks_and_shows_the_answer(self, visit, link, now_of):
        contact = visit(link())
        assert contact.reads("Is your shipment ready?")
        assert contact.reads("between 09:50 and 10:50")

        contact.send("readiness", answer="in_minutes", minutes="10")

        assert contact.reads("Ready at 09:40")
        assert now_of().readiness_answer is ReadinessAnswer.IN_MINUTES

    def test_an_answer_can_be_changed(self, visit, link, now_of):
        contact = visit(link()).send("readiness", answer="nothing_today")

        contact.send("readiness", answer="ready", goods_packed="yes", papers_printed="yes", parcels="3")

        assert contact.reads("Everything is ready")
        assert contact.reads("3 parcels")
        assert now_of().readiness_answer is ReadinessAnswer.READY

    def test_an_open_tick_is_an_answer_too(self, visit, link, now_of):
        visit(link()).send("readiness", answer="ready", goods_packed="yes")

        assert (now_of().goods_packed, now_of().papers_printed) == (True, False)

    @pytest.mark.parametrize(
        ("choices", "sentence"),
        [
            ({}, "Please choose one of the answers."),
            ({"answer": "in_minutes"}, "Please choose how many minutes you need."),
            ({"answer": "in_minutes", "minutes": "7"}, "Please choose how many minutes you need."),
            ({"answer": "ready", "parcels": "many"}, "Please check what you entered"),
        ],
    )
    def test_what_is_missing_is_said_and_nothing_is_kept(self, visit, link, now_of, choices, sentence):
        contact = visit(link()).send("readiness", **choices)

        assert contact.page.status_code == 422
        assert contact.reads(sentence)
        assert now_of().readiness_answer is None

    def test_the_form_keeps_what_was_chosen(self, visit, link):
        contact = visit(link()).send("readiness", answer="in_minutes")

        assert contact.reads('value="in_minutes" required checked')

    def test_the_page_speaks_chinese_too(self, visit, link):
        path = link()

        assert visit(path, language="zh-CN,zh;q=0.9").reads("您的货件备好了吗？")
        assert visit(f"{path}?lang=en", language="zh-CN").reads("Is your shipment ready?")


class TestAtTheDoor:
    def test_contact_and_courier_see_the_same_clock(self, visit, link, arrive, clock, database):
        arrive()
        clock.tick(minutes=1)

        contact = visit(link())

        with database.unit_of_work(read_only=True) as session:
            deadline = session.scalars(select(Wait.deadline_at)).one()
        assert contact.reads(f'data-deadline="{deadline.isoformat()}"')
        assert contact.reads(f'data-server-now="{clock.now().isoformat()}"')
        assert contact.reads('dur="240.0s"')

    @pytest.mark.parametrize(("minutes", "colour"), [(1, "green"), (4, "amber"), (5, "expired")])
    def test_the_clock_takes_the_colours_of_the_wait(self, visit, link, arrive, clock, minutes, colour):
        arrive()
        clock.tick(minutes=minutes)

        assert visit(link()).reads(f'class="card clock {colour}"')

    def test_more_time_is_asked_for_by_one_button(self, visit, link, arrive):
        arrive()

        contact = visit(link()).send("extension", minutes="5")

        assert contact.reads("You have 5 more minutes.")
        assert not contact.reads("A little more time?")

    def test_no_more_time_is_offered_than_the_policy_allowed_when_the_wait_began(self, visit, link, arrive):
        arrive(extension_max_minutes=3)

        contact = visit(link())

        assert contact.reads("3 min more")
        assert not contact.reads("5 min more")

    def test_ready_calls_in_a_courier_who_is_early(self, visit, link, arrive):
        arrive(early=20 * MINUTE)
        contact = visit(link())
        assert contact.reads("a little early")

        contact.send("readiness", answer="ready")

        assert contact.reads("Our courier is at your door")

    def test_a_change_of_mind_at_the_door_leads_to_more_time(self, visit, link, arrive):
        contact = visit(link())
        arrive()

        contact.send("readiness", answer="in_minutes", minutes="10")

        assert contact.page.status_code == 409
        assert contact.reads("You can ask for a little more time here.")
        assert contact.reads("5 min more")


class TestAfterwards:
    def test_the_link_ends_with_the_visit_and_leads_to_the_rating(self, visit, link, stand):
        path = link()
        link(LinkPurpose.FEEDBACK)
        stand(state=PickupState.COLLECTED)

        contact = visit(path)

        assert contact.page.status_code == 410
        assert contact.reads("The pickup is done. Thank you!")
        assert contact.reads("Rate this pickup")

    def test_a_rating_is_given_thanked_for_and_changed(self, visit, link, stand, database):
        stand(state=PickupState.COLLECTED)
        contact = visit(link(LinkPurpose.FEEDBACK))

        contact.send("feedback", score="2", reasons=["papers", "friendly"], comment="没带单据")
        assert contact.reads("Thank you for taking the time")
        assert contact.reads("Trouble with papers")

        contact.open(f"{contact.path.split('?')[0]}?edit=1").send("feedback", score="4")
        with database.unit_of_work(read_only=True) as session:
            rating = session.scalars(select(Feedback)).one()
        assert (rating.score, rating.version) == (4, 2)

    def test_reasons_of_another_face_are_left_out(self, visit, link, database):
        visit(link(LinkPurpose.FEEDBACK)).send("feedback", score="5", reasons=["late", "friendly"])

        with database.unit_of_work(read_only=True) as session:
            assert session.scalars(select(Feedback.reasons)).one() == ["friendly"]

    def test_a_score_in_the_address_is_only_preselected(self, visit, link, database):
        contact = visit(f"{link(LinkPurpose.FEEDBACK)}?score=4")

        assert contact.reads('value="4" required checked')
        with database.unit_of_work(read_only=True) as session:
            assert session.scalars(select(Feedback)).all() == []

    def test_after_a_day_the_rating_can_only_be_read(self, visit, link, clock):
        path = link(LinkPurpose.FEEDBACK, expires_at=clock.now() + timedelta(days=7))
        visit(path).send("feedback", score="4")
        clock.tick(hours=24)

        contact = visit(f"{path}?edit=1")

        assert contact.reads("Thank you for taking the time")
        assert not contact.reads("Change my rating")

    def test_another_time_is_a_wish_for_the_dispatcher(self, visit, link, stand, dispatcher, database):
        stand(state=PickupState.LEFT)

        contact = visit(link(LinkPurpose.RESCHEDULE)).send("another-time")

        assert contact.reads("We will find another time")
        with database.unit_of_work(read_only=True) as session:
            told = session.execute(select(Notice.kind, Notice.staff_id)).all()
        assert told == [(NoticeKind.ANOTHER_TIME, dispatcher.id)]
