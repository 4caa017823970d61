"""Phones that were away for days, that are in a hurry, or that do not know what time it is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import process_time

import pytest

from api.models import FieldEvent, Pickup, Wait, WaitTimer
from tests import factories
from tests.fakes import NOW
from tests.phones import Phone
from tests.rounds import make_round, rows

DAYS = 3
STOPS = 500
SECONDS_BEFORE = {"departed": 60, "arrived": 100, "handover_started": 200, "collected": 100}


@pytest.fixture
def round_(database, signed_in, clock):
    return make_round(database, signed_in, clock)


def at_once(works):
    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(work) for work in works]]


def test_fault_30_three_uploads_at_once_of_three_days_offline_count_once(database, clock, signed_in, round_):
    """2,000 events at 500 stops; each upload sends the same four batches, each in another order."""
    with database.unit_of_work() as session:
        site = factories.make_site(session, factories.make_customer(session, round_.branch))
        pickups = [factories.make_pickup(session, site, courier=round_.courier) for _ in range(STOPS)]
    batches = backlog(round_.phone, pickups)
    phones = [Phone(signed_in(round_.courier), clock) for _ in range(3)]
    began = process_time()

    def upload(number: int) -> list[str]:
        turned = batches[number:] + batches[:number]
        return [result["outcome"] for batch in turned for result in phones[number].send(*batch)]

    outcomes = at_once([lambda number=number: upload(number) for number in range(3)])

    assert process_time() - began <= 10
    flat = [outcome for each in outcomes for outcome in each]
    assert (len(flat), flat.count("duplicate")) == (6_000, 4_000)
    assert len(rows(database, FieldEvent)) == 2_000
    assert {row["state"] for row in rows(database, Pickup) if row["id"] in {p.id for p in pickups}} == {
        "collected"
    }
    waits = rows(database, Wait)
    assert [row["dwell_seconds"] for row in waits] == [300] * STOPS
    assert {row["state"] for row in rows(database, WaitTimer)} <= {"cancelled"}


def backlog(phone, pickups):
    """Return the events of three days, kind by kind: no batch makes sense by itself."""
    ago = timedelta(days=DAYS)
    by_kind = {kind: [] for kind in SECONDS_BEFORE}
    for pickup in pickups:
        for kind, seconds in SECONDS_BEFORE.items():
            ago -= timedelta(seconds=seconds)
            by_kind[kind].append(phone.event(pickup, kind, ago=ago))
    return list(by_kind.values())


@pytest.mark.parametrize("skew", [timedelta(days=2), timedelta(days=-2)])
@pytest.mark.parametrize("boot_id", ["boot-1", None])
def test_fault_31_a_phone_that_is_two_days_wrong_is_corrected(database, clock, round_, skew, boot_id):
    phone = Phone(round_.phone.client, clock, skew=skew)
    phone.boot_id = boot_id

    phone.report(round_.first, "arrived")

    (wait,) = rows(database, Wait)
    (timer,) = rows(database, WaitTimer)
    assert abs(wait["arrived_at"] - NOW) <= timedelta(seconds=2)
    assert abs(timer["due_at"] - NOW - timedelta(seconds=120)) <= timedelta(seconds=2)
    assert wait["quality"] == ("measured" if boot_id else "estimated")


@pytest.mark.parametrize(("days", "quality"), [(2, "unverified"), (-2, "unverified")])
def test_fault_31_a_phone_that_was_restarted_and_lost_its_time_is_flagged(
    database, clock, round_, days, quality
):
    event = round_.phone.event(round_.first, "arrived")
    event |= {"boot_id": "boot-0", "occurred_at": (NOW + timedelta(days=days)).isoformat()}

    round_.phone.send(event)

    (wait,) = rows(database, Wait)
    (timer,) = rows(database, WaitTimer)
    assert wait["quality"] == quality
    assert timer["due_at"] <= NOW + timedelta(seconds=60 + 120)
