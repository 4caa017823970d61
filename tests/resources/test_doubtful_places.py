"""Places that cannot be believed: the courier is asked why and works on; nothing follows for the customer."""

from datetime import timedelta

import pytest

from api.models import FieldEvent
from tests import factories
from tests.phones import AT_THE_DOOR, FAR_AWAY, Phone
from tests.rounds import Round, make_round, rows

ACROSS_THE_TOWN = {"latitude": 31.0, "longitude": 121.2, "accuracy_m": 10.0}


@pytest.fixture
def round_(database, signed_in, clock) -> Round:
    return make_round(database, signed_in, clock)


def test_c5_whoever_came_impossibly_fast_is_trusted_little(round_, clock):
    round_.phone.report(round_.first, "departed", position=ACROSS_THE_TOWN)
    clock.tick(minutes=2)

    arrived = round_.phone.report(round_.first, "arrived", position=AT_THE_DOOR)

    assert (arrived["outcome"], arrived["wait"]["trust"]) == ("applied", "low")
    assert arrived["needs_override_reason"] is True


def test_c5_the_same_journey_within_one_batch_is_impossible_too(round_, clock):
    setting_out = round_.phone.event(round_.first, "departed", position=ACROSS_THE_TOWN)
    clock.tick(minutes=1)

    _, arrived = round_.phone.send(setting_out, round_.phone.event(round_.first, "arrived"))

    assert arrived["wait"]["trust"] == "low"


def test_a_journey_that_takes_its_time_is_believed(round_, clock):
    round_.phone.report(round_.first, "departed", position=ACROSS_THE_TOWN)
    clock.tick(minutes=40)

    arrived = round_.phone.report(round_.first, "arrived")

    assert arrived["wait"]["trust"] == "verified"
    assert "needs_override_reason" not in arrived


def test_another_couriers_place_says_nothing_about_this_one(database, round_, signed_in, clock):

    with database.unit_of_work() as session:
        other = factories.make_staff(session, round_.branch)
        site = factories.make_site(session, factories.make_customer(session, round_.branch))
        pickup = factories.make_pickup(session, site, courier=other)
    Phone(signed_in(other), clock).report(pickup, "departed", position=ACROSS_THE_TOWN)

    assert round_.phone.report(round_.first, "arrived")["wait"]["trust"] == "verified"


@pytest.mark.parametrize(
    ("kind", "said", "asked"),
    [
        ("arrived", {"position": FAR_AWAY}, True),
        ("arrived", {"position": AT_THE_DOOR | {"mock": True}}, True),
        ("arrived", {"position": AT_THE_DOOR}, False),
        ("arrived", {"position": None}, False),
        ("arrived", {"position": FAR_AWAY, "data": {"override_reason": "gate_moved"}}, False),
        ("departed", {"position": FAR_AWAY}, False),
    ],
)
def test_a_reason_is_asked_for_where_the_place_is_doubtful(round_, kind, said, asked):
    result = round_.phone.report(round_.first, kind, **said)

    assert result.get("needs_override_reason", False) is asked


def test_the_reason_is_kept_with_a_second_arrival_that_moves_no_clock(database, round_, clock):
    first = round_.phone.report(round_.first, "arrived", position=FAR_AWAY)["wait"]
    clock.tick(seconds=10)

    again = round_.phone.report(
        round_.first, "arrived", position=FAR_AWAY, data={"override_reason": "gate_moved"}
    )

    assert again["wait"]["deadline_at"] == first["deadline_at"]
    said = [row["data"] for row in rows(database, FieldEvent)]
    assert {"override_reason": "gate_moved"} in said


def test_a_place_that_was_replayed_from_offline_accuses_nobody(round_):
    """What a phone tells hours later is no evidence, neither for nor against."""
    setting_out = round_.phone.event(
        round_.first, "departed", ago=timedelta(hours=2), position=ACROSS_THE_TOWN
    )
    arriving = round_.phone.event(round_.first, "arrived", ago=timedelta(hours=2) - timedelta(minutes=1))

    _, arrived = round_.phone.send(setting_out, arriving)

    assert arrived["wait"]["trust"] == "unknown"
