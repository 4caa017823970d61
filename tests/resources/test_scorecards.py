"""GET /v1/me/scorecard and /v1/staff/{id}/scorecard: a courier's figures, for him and his manager."""

from datetime import timedelta

import pytest

from api.domain.vocabulary import Role, Screening, WaitOutcome, WaitState
from api.models import Feedback
from tests import factories
from tests.fakes import NOW
from tests.statements import counted, short

TODAY = "from=2026-11-18&to=2026-11-18"
MINE = f"/v1/me/scorecard?{TODAY}"


@pytest.fixture
def stood_at(database, pickup_of):
    """Adds a wait of the courier's that lasted 100 s."""

    def stood_at(courier, **columns):
        pickup = pickup_of(courier)
        ended = {
            "state": WaitState.CLOSED,
            "outcome": WaitOutcome.COLLECTED,
            "departed_at": NOW + timedelta(seconds=100),
            "dwell_seconds": 100,
            "avoidable_wait_seconds": 40,
        }
        with database.unit_of_work() as session:
            factories.make_wait(session, pickup, **(ended | columns))

    return stood_at


@pytest.fixture
def rated(database, pickup_of):
    """Adds a rating of one of the courier's pickups."""

    def rated(courier, score, **columns):
        pickup = pickup_of(courier)
        with database.unit_of_work() as session:
            plain = {
                "branch_id": pickup.branch_id,
                "pickup_id": pickup.id,
                "customer_id": pickup.customer_id,
                "contact_id": pickup.contact_id,
                "courier_id": courier.id,
                "link_id": factories.make_link(session, pickup).id,
                "score": score,
                "reasons": [],
                "given_at": NOW,
                "changed_at": NOW,
            }
            session.add(Feedback(**(plain | columns)))

    return rated


@pytest.fixture
def me(signed_in, courier):
    return signed_in(courier)


class TestOwn:
    def test_it_needs_a_sign_in(self, client):
        assert client.get(MINE).status_code == 401

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.COURIER])
    def test_only_couriers_have_one(self, signed_in, hire, role):
        assert signed_in(hire(role)).get(MINE).status_code == 403

    def test_b2_it_is_about_nobody_else(self, me, hire, stood_at, rated):
        another = hire(Role.COURIER)
        stood_at(another)
        for _ in range(10):
            rated(another, 5)

        card = me.get(MINE).json

        assert (card["waits"], card["rating"]) == ([], {"ratings": 0, "average": None})

    def test_it_shows_his_waits_by_quality(self, me, courier, stood_at):
        stood_at(courier)
        stood_at(courier, outcome=WaitOutcome.LEFT, protected=True, avoidable_wait_seconds=100)

        card = me.get(MINE).json

        (waits,) = card["waits"]
        assert (waits["quality"], waits["count"]) == ("measured", 2)
        assert (waits["collected"], waits["left"], waits["protected_leaves"]) == (1, 1, 1)
        assert waits["avoidable_wait"]["p90_seconds"] == 100
        assert waits["punctuality"]["share"] == 1.0
        assert (card["from"], card["to"]) == ("2026-11-18", "2026-11-18")

    @pytest.mark.parametrize(("ratings", "average"), [(9, None), (10, 4.1)])
    def test_an_average_is_shown_from_ten_ratings_on(self, me, courier, rated, ratings, average):
        for score in [5, *[4] * 9][:ratings]:
            rated(courier, score)

        assert me.get(MINE).json["rating"] == {"ratings": ratings, "average": average}

    def test_it_averages_over_the_last_hundred_up_to_the_end_of_the_period(self, me, courier, rated):
        for days_ago in range(9, -1, -1):
            rated(courier, 3, given_at=NOW - timedelta(days=days_ago))
        rated(courier, 5, given_at=NOW + timedelta(days=1))

        assert me.get(MINE).json["rating"] == {"ratings": 10, "average": 3.0}

    def test_a_score_that_does_not_count_is_listed_with_day_and_reason(self, me, courier, rated):
        rated(courier, 1, left_out_because=Screening.AVOIDABLE_WAIT.value)

        card = me.get(MINE, headers={"Accept-Language": "en"}).json

        text = "the customer kept the courier waiting for over 120 s"
        assert card["rating"]["ratings"] == 0
        assert card["scores_left_out"] == [{"given_on": "2026-11-18", "why": "avoidable_wait", "text": text}]
        assert card["left_out"] == [{"what": "scores", "why": "avoidable_wait", "count": 1, "text": text}]

    def test_waits_that_do_not_count_are_told(self, me, courier, stood_at):
        stood_at(courier, outcome=WaitOutcome.UNDONE, dwell_seconds=None)

        listed = me.get(MINE).json["left_out"]

        assert listed == [{"what": "waits", "why": "undone", "count": 1, "text": "到达已被撤回"}]

    @pytest.mark.parametrize("query", ["", "from=2026-01-01&to=2026-04-03", f"{TODAY}&courier_id=1"])
    def test_g3_what_is_too_wide_or_unknown_is_refused(self, me, query):
        assert me.get(f"/v1/me/scorecard?{query}").status_code == 422

    def test_it_asks_the_database_a_fixed_number_of_times(self, database, me, courier, stood_at, rated):
        for _ in range(3):
            stood_at(courier)
            rated(courier, 5)

        with counted(database) as statements:
            me.get(MINE)

        assert len(statements) == 6, short(statements)


class TestOfAnother:
    @pytest.fixture
    def manager(self, signed_in, hire):
        return signed_in(hire(Role.MANAGER))

    def test_a_manager_sees_what_the_courier_sees(self, manager, me, courier, stood_at, rated):
        stood_at(courier)
        rated(courier, 1, left_out_because=Screening.PROTECTED_LEAVE.value)

        seen = manager.get(f"/v1/staff/{courier.id}/scorecard?{TODAY}")

        assert seen.json == me.get(MINE).json

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.MANAGER])
    def test_b7_nobody_else_does(self, signed_in, hire, courier, role):
        assert signed_in(hire(role)).get(f"/v1/staff/{courier.id}/scorecard?{TODAY}").status_code == 403

    def test_b4_a_courier_of_another_branch_is_not_found(self, database, manager):
        with database.unit_of_work() as session:
            stranger = factories.make_staff(session)

        assert manager.get(f"/v1/staff/{stranger.id}/scorecard?{TODAY}").status_code == 404

    def test_who_is_no_courier_has_none(self, manager, hire):
        assert manager.get(f"/v1/staff/{hire(Role.DISPATCHER).id}/scorecard?{TODAY}").status_code == 404
