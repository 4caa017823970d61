"""Another time through the JSON twins: what is free, choosing it, and losing the last place to somebody."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from api import security
from api.domain.branch_policy import BranchPolicy
from api.domain.vocabulary import LinkPurpose, PickupState, Role
from api.models import BranchPolicyVersion, EventRecord, Link, Notice, Pickup, ReadinessRecord
from tests.factories import make_customer, make_link, make_pickup, make_site
from tests.fakes import NOW
from tests.statements import counted, short

HOUR = timedelta(hours=1)
ELEVEN, NOON, ONE, TWO = (NOW + timedelta(hours=1.5 + n) for n in range(4))


@pytest.fixture
def courier(hire):
    return hire(Role.COURIER)


@pytest.fixture
def dispatcher(hire):
    return hire(Role.DISPATCHER)


@pytest.fixture
def site(database, branch):
    with database.unit_of_work() as session:
        return make_site(session, make_customer(session, branch), name="二号仓库")


@pytest.fixture
def pickup(database, site, courier):
    with database.unit_of_work() as session:
        return make_pickup(session, site, courier=courier)


@pytest.fixture
def link(database, pickup):
    """Makes a link of the pickup and returns the path of its twin."""

    def make(purpose=LinkPurpose.PICKUP, *, of=None, **details):
        with database.unit_of_work() as session:
            made = make_link(session, of or pickup, purpose=purpose, **details)
            return f"/v1/links/{security.vault_of(session).links.token(made.id, made.key_id)}"

    return make


@pytest.fixture
def stand(database, pickup):
    """Puts the pickup into another state."""

    def put(state):
        with database.unit_of_work() as session:
            session.get_one(Pickup, pickup.id).state = state

    return put


@pytest.fixture
def one_an_hour(database, branch):
    """Lets the branch's couriers take on one pickup an hour each."""
    with database.unit_of_work() as session:
        settings = {**BranchPolicy().to_json(), "pickups_per_courier_hour": 1}
        session.add(BranchPolicyVersion(branch_id=branch.id, version=1, settings=settings, created_at=NOW))


def found(database, model, *conditions):
    with database.unit_of_work(read_only=True) as session:
        return session.scalars(select(model).where(*conditions).order_by(model.id)).all()


def starts(answer):
    return [datetime.fromisoformat(slot["start"]) for slot in answer.json["slots"]]


def choose(client, path, start):
    return client.post(f"{path}/rescheduling", json={"slot_start": start.isoformat()})


class TestListSlots:
    def test_the_next_three_free_ones_are_offered(self, client, link):
        answer = client.get(f"{link()}/slots")

        assert answer.status_code == 200
        assert starts(answer) == [ELEVEN, NOON, ONE]
        assert answer.json["server_now"]

    def test_a_slot_whose_couriers_are_busy_is_left_out(self, client, database, site, link, one_an_hour):
        with database.unit_of_work() as session:
            make_pickup(session, site, window_start=NOON, window_end=ONE)

        assert starts(client.get(f"{link()}/slots")) == [ELEVEN, ONE, TWO]

    def test_what_is_over_makes_nobody_busy(self, client, database, site, link, one_an_hour):
        with database.unit_of_work() as session:
            make_pickup(session, site, window_start=NOON, window_end=ONE, state=PickupState.CANCELLED)

        assert starts(client.get(f"{link()}/slots")) == [ELEVEN, NOON, ONE]

    def test_another_branchs_day_does_not_count(self, client, database, link, one_an_hour):
        with database.unit_of_work() as session:
            make_pickup(session, window_start=NOON, window_end=ONE)

        assert starts(client.get(f"{link()}/slots")) == [ELEVEN, NOON, ONE]

    def test_after_a_leave_there_are_other_times(self, client, link, stand):
        stand(PickupState.LEFT)

        assert starts(client.get(f"{link(LinkPurpose.RESCHEDULE)}/slots")) == [ELEVEN, NOON, ONE]

    @pytest.mark.parametrize("state", [PickupState.AT_DOOR, PickupState.COLLECTED, PickupState.CANCELLED])
    def test_there_are_none_where_it_is_too_late(self, client, link, stand, state):
        stand(state)

        assert starts(client.get(f"{link(LinkPurpose.RESCHEDULE)}/slots")) == []

    @pytest.mark.parametrize("purpose", [LinkPurpose.FEEDBACK, LinkPurpose.PREFERENCES])
    def test_d4_other_links_show_no_slots(self, client, link, purpose):
        assert client.get(f"{link(purpose)}/slots").status_code == 404

    def test_the_number_of_statements_does_not_grow_with_the_day(self, client, database, site, link):
        path = link()
        with database.unit_of_work() as session:
            for n in range(20):
                make_pickup(session, site, window_start=NOON + n * HOUR, window_end=ONE + n * HOUR)

        with counted(database) as statements:
            client.get(f"{path}/slots")

        assert len(statements) <= 8, short(statements)


class TestChooseSlot:
    def test_before_the_visit_the_pickup_moves(self, client, database, pickup, link):
        path = link()

        answer = choose(client, path, NOON)

        assert answer.status_code == 200
        assert datetime.fromisoformat(answer.json["pickup"]["window_start"]) == NOON
        [moved] = found(database, Pickup)
        assert (moved.window_start, moved.window_end) == (NOON, ONE)
        assert moved.state is PickupState.ASSIGNED

    def test_the_link_lives_as_long_as_the_new_window(self, client, database, link):
        choose(client, link(), NOON)

        [held] = found(database, Link, Link.purpose == LinkPurpose.PICKUP)
        assert held.expires_at == ONE + 2 * HOUR

    def test_after_a_leave_it_becomes_a_pickup_of_its_own(self, client, database, pickup, link, stand):
        stand(PickupState.LEFT)

        answer = choose(client, link(LinkPurpose.RESCHEDULE), NOON)

        assert answer.json["pickup"]["state"] == "left"
        assert datetime.fromisoformat(answer.json["next_pickup"]["window_start"]) == NOON
        [again] = found(database, Pickup, Pickup.id != pickup.id)
        assert again.rescheduled_from_id == pickup.id
        assert again.state is PickupState.BOOKED

    def test_choosing_again_moves_the_second_pickup(self, client, database, pickup, link, stand):
        stand(PickupState.LEFT)
        path = link(LinkPurpose.RESCHEDULE)
        choose(client, path, NOON)

        choose(client, path, TWO)

        [again] = found(database, Pickup, Pickup.id != pickup.id)
        assert again.window_start == TWO

    def test_the_same_choice_again_changes_nothing(self, client, database, link, dispatcher):
        path = link()
        choose(client, path, NOON)

        again = choose(client, path, NOON)

        assert again.status_code == 200
        assert len(found(database, ReadinessRecord)) == 1
        assert len(found(database, Notice, Notice.staff_id == dispatcher.id)) == 1

    def test_dispatcher_and_courier_are_told(self, client, database, link, dispatcher, courier):
        choose(client, link(), NOON)

        told = {notice.staff_id: notice for notice in found(database, Notice)}
        assert told[dispatcher.id].kind == "slot_chosen"
        assert told[dispatcher.id].variables == {
            "month": 11,
            "day": 18,
            "window_start": "12:00",
            "window_end": "13:00",
        }
        assert told[courier.id].kind == "pickup_rescheduled"

    def test_the_choice_is_kept_with_its_link(self, client, database, link):
        choose(client, link(), NOON)

        [held] = found(database, Link, Link.purpose == LinkPurpose.PICKUP)
        [version] = found(database, ReadinessRecord)
        facts = {fact.name: fact for fact in found(database, EventRecord)}
        assert (version.answer, version.link_id) == ("another_time", held.id)
        assert facts["pickup.rescheduled"].actor_id is None

    def test_a_slot_that_was_taken_meanwhile_is_refused_with_others(
        self, client, database, site, link, one_an_hour
    ):
        path = link()
        with database.unit_of_work() as session:
            make_pickup(session, site, window_start=NOON, window_end=ONE)

        answer = choose(client, path, NOON)

        assert (answer.status_code, answer.json["code"]) == (409, "slot_taken")
        assert starts(answer) == [ELEVEN, ONE, TWO]

    @pytest.mark.parametrize(
        "start",
        [
            NOON + timedelta(minutes=7),  # between two slots
            NOW - timedelta(minutes=30),  # past
            NOW + timedelta(minutes=30),  # within the notice
            NOW + timedelta(hours=10.5),  # 20:00, closing time
            NOW + timedelta(days=4, hours=1.5),  # a Sunday
            NOW + timedelta(days=40, hours=1.5),
        ],
    )
    def test_what_is_no_slot_is_not_free(self, client, database, pickup, link, start):
        answer = choose(client, link(), start)

        assert (answer.status_code, answer.json["code"]) == (409, "slot_taken")
        assert found(database, Pickup)[0].window_start == pickup.window_start

    @pytest.mark.parametrize("state", [PickupState.AT_DOOR, PickupState.COLLECTED, PickupState.CANCELLED])
    def test_it_is_too_late_to_choose(self, client, link, stand, state):
        stand(state)

        answer = choose(client, link(LinkPurpose.RESCHEDULE), NOON)

        assert (answer.status_code, answer.json["code"]) == (409, "pickup_state_forbids")

    def test_an_old_link_does_not_book_again_what_was_collected_at_the_second_visit(
        self, client, database, pickup, link, stand
    ):
        stand(PickupState.LEFT)
        path = link(LinkPurpose.RESCHEDULE)
        choose(client, path, NOON)
        with database.unit_of_work() as session:
            again = session.scalar(select(Pickup).where(Pickup.rescheduled_from_id == pickup.id))
            again.state = PickupState.COLLECTED

        answer = choose(client, path, TWO)

        assert (answer.status_code, answer.json["code"]) == (409, "pickup_state_forbids")
        assert len(found(database, Pickup)) == 2

    def test_what_a_dispatcher_cancelled_can_be_chosen_anew(self, client, database, pickup, link, stand):
        stand(PickupState.LEFT)
        path = link(LinkPurpose.RESCHEDULE)
        choose(client, path, NOON)
        with database.unit_of_work() as session:
            again = session.scalar(select(Pickup).where(Pickup.rescheduled_from_id == pickup.id))
            again.state = PickupState.CANCELLED

        assert choose(client, path, TWO).status_code == 200
        assert len(found(database, Pickup)) == 3

    @pytest.mark.parametrize("body", [{}, {"slot_start": "noon"}, {"slot_start": NOON.isoformat()[:19]}])
    def test_bad_input_is_refused_by_its_field(self, client, link, body):
        answer = client.post(f"{link()}/rescheduling", json=body)

        assert answer.status_code == 422
        assert "slot_start" in answer.json["errors"]

    def test_d4_a_feedback_link_moves_nothing(self, client, database, pickup, link):
        answer = choose(client, link(LinkPurpose.FEEDBACK), NOON)

        assert answer.status_code == 404
        assert found(database, Pickup)[0].window_start == pickup.window_start

    def test_d4_a_link_moves_no_other_pickup(self, client, database, site, pickup, link):
        with database.unit_of_work() as session:
            other = make_pickup(session, site)

        choose(client, link(), NOON)

        [untouched] = found(database, Pickup, Pickup.id == other.id)
        assert untouched.window_start == other.window_start
