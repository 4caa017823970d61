"""The feed of changes over HTTP: the present state, what changed since, what is gone, and cursors."""

from datetime import timedelta

import pytest

from api.app import create_app
from api.domain.changes import KEPT_FOR, FeedCursor, FeedPosition
from api.domain.vocabulary import PickupState, Role
from api.web.rate_limiter import RateLimiter
from tests import factories
from tests.fakes import NOW
from tests.feeds import Reader, subjects, until_all_is_served
from tests.phones import Phone
from tests.statements import counted, short

DAY = timedelta(days=1)


@pytest.fixture
def read(signed_in, database):
    """Opens the feed of a staff member: `read(courier)`."""

    def read(staff, **options):
        return Reader(signed_in(staff), database, **options)

    return read


@pytest.fixture
def phone(signed_in, courier, clock):
    return Phone(signed_in(courier), clock)


@pytest.fixture
def desk(hire):
    return hire(Role.DISPATCHER)


def test_the_first_call_gives_the_work_of_today(read, courier, pickup_of):
    today = pickup_of(courier)
    left_over = pickup_of(courier, window_start=NOW - DAY, window_end=NOW - DAY + timedelta(hours=1))
    pickup_of(courier, window_start=NOW + DAY, window_end=NOW + DAY + timedelta(hours=1))
    pickup_of(courier, state=PickupState.COLLECTED, window_start=NOW - DAY, window_end=NOW)
    pickup_of()

    items = read(courier).catch_up()

    assert subjects(items, "pickup") == [str(left_over.id), str(today.id)]


def test_a_pickup_of_the_present_state_is_followed_by_its_newest_wait(read, courier, phone, pickup_of):
    pickup = pickup_of(courier)
    wait = phone.report(pickup, "arrived")["wait"]

    items = read(courier).catch_up()

    assert [item["kind"] for item in items] == ["pickup", "wait"]
    assert items[1]["wait"] == wait


def test_a_courier_hears_of_a_pickup_that_becomes_his(read, courier, dispatcher, pickup_of):
    reader, pickup = read(courier), pickup_of()
    assert reader.catch_up() == []

    dispatcher.post(f"/v1/pickups/{pickup.id}/assignment", json={"courier_id": str(courier.id)})
    items = reader.catch_up()

    assert [item["notice"]["kind"] for item in items if item["kind"] == "notice"] == ["pickup_assigned"]
    assert [item["pickup"]["state"] for item in items if item["kind"] == "pickup"] == ["assigned"]


def test_a_courier_is_told_that_a_pickup_is_gone(read, courier, hire, dispatcher, pickup_of):
    pickup = pickup_of(courier)
    reader = read(courier)
    reader.catch_up()

    other = hire(Role.COURIER)
    dispatcher.post(f"/v1/pickups/{pickup.id}/assignment", json={"courier_id": str(other.id)})
    (gone,) = [item for item in reader.catch_up() if item["kind"] == "pickup"]

    assert gone == {
        "kind": "pickup",
        "id": str(pickup.id),
        "gone": True,
        "pickup": None,
        "wait": None,
        "notice": None,
    }


def test_b1_a_courier_never_reads_anothers_pickup_in_the_feed(read, courier, hire, phone, pickup_of):
    others = read(hire(Role.COURIER))
    others.catch_up()

    phone.report(pickup_of(courier), "arrived")

    assert others.catch_up() == []


def test_nobody_hears_of_another_branch(read, database, signed_in, clock, courier, desk, hire):
    ours = read(desk)
    with database.unit_of_work() as session:
        stranger = factories.make_staff(session)
        branch_id = stranger.branch_id
        customer = factories.make_customer(session, branch_id=branch_id)
        pickup = factories.make_pickup(session, factories.make_site(session, customer), courier=stranger)
    ours.catch_up()

    Phone(signed_in(stranger), clock).report(pickup, "arrived")

    assert ours.catch_up() == []


def test_dispatchers_hear_of_the_whole_branch_but_read_only_their_own_notices(
    read, courier, desk, phone, clock, pickup_of
):
    reader, pickup = read(desk), pickup_of(courier)
    reader.catch_up()

    phone.report(pickup, "arrived")
    clock.tick(seconds=30)
    phone.report(pickup, "left", data={"cause": "nobody_there"})
    items = reader.catch_up()

    assert subjects(items, "pickup") == [str(pickup.id)]
    assert [item["wait"]["outcome"] for item in items if item["kind"] == "wait"] == ["left"]
    assert [item["notice"]["kind"] for item in items if item["kind"] == "notice"] == ["early_leave"]


def test_what_changed_many_times_is_shown_once_as_it_is_now(read, courier, phone, clock, pickup_of):
    reader, pickup = read(courier), pickup_of(courier)
    reader.catch_up()

    for kind in ("departed", "arrived", "handover_started", "collected"):
        phone.report(pickup, kind)
        clock.tick(seconds=10)
    items = reader.catch_up()

    assert subjects(items, "pickup") == [str(pickup.id)]
    assert items[0]["pickup"]["state"] == "collected"


def test_reading_again_without_news_gives_nothing(read, courier, pickup_of):
    pickup_of(courier)
    reader = read(courier)
    reader.catch_up()

    assert reader.catch_up() == []


def test_the_same_cursor_gives_the_same_changes_again(read, courier, phone, pickup_of):
    reader, pickup = read(courier), pickup_of(courier)
    reader.catch_up()
    before = reader.cursor
    phone.report(pickup, "departed")

    first = reader.catch_up()
    reader.cursor = before

    assert subjects(reader.catch_up(), "pickup") == subjects(first, "pickup") == [str(pickup.id)]


def test_a_cursor_survives_a_restart(
    read, settings, database, clock, push, messenger, courier, phone, pickup_of
):
    reader, pickup = read(courier), pickup_of(courier)
    reader.catch_up()
    phone.report(pickup, "departed")

    restarted = create_app(
        settings, clock=clock, push=push, messenger=messenger, database=database, limits=RateLimiter()
    )
    fresh = restarted.test_client()
    fresh.environ_base["HTTP_AUTHORIZATION"] = reader.client.environ_base["HTTP_AUTHORIZATION"]
    reader.client = fresh

    assert subjects(reader.catch_up(), "pickup") == [str(pickup.id)]


def test_present_state_and_changes_come_in_pages(read, courier, phone, pickup_of):
    pickups = [pickup_of(courier, window_start=NOW + timedelta(minutes=at)) for at in range(5)]
    expected = [str(pickup.id) for pickup in pickups]
    reader = read(courier, limit=2)

    assert subjects(reader.catch_up(), "pickup") == expected
    assert reader.pages == 3

    phone.send(*[phone.event(pickup, "departed") for pickup in pickups])

    assert subjects(reader.catch_up(), "pickup") == expected
    assert reader.pages == 6


def test_what_changes_while_the_present_state_is_read_comes_behind_it(read, courier, phone, pickup_of):
    pickups = [pickup_of(courier, window_start=NOW + timedelta(minutes=at)) for at in range(3)]
    reader = read(courier, limit=2)
    until_all_is_served(reader.database)
    assert reader.page()["has_more"]

    phone.report(pickups[0], "departed")
    items = reader.catch_up()

    assert subjects(items, "pickup") == [str(pickups[2].id)]
    assert subjects(reader.catch_up(), "pickup") == [str(pickups[0].id)]
    assert reader.copy["pickup", str(pickups[0].id)]["state"] == "en_route"


def test_a_notice_that_was_read_on_one_phone_is_read_on_the_other(
    read, courier, signed_in, dispatcher, pickup_of
):
    pickup = pickup_of()
    reader = read(courier)
    reader.catch_up()
    dispatcher.post(f"/v1/pickups/{pickup.id}/assignment", json={"courier_id": str(courier.id)})
    (notice_id,) = subjects(reader.catch_up(), "notice")

    signed_in(courier).post(f"/v1/me/notices/{notice_id}/seen")
    (item,) = reader.catch_up()

    assert item["notice"]["seen_at"] is not None


def test_a_new_address_reaches_the_couriers_on_their_way(read, courier, hire, signed_in, site, pickup_of):
    reader, pickup = read(courier), pickup_of(courier)
    pickup_of(courier, state=PickupState.COLLECTED)
    reader.catch_up()

    manager = signed_in(hire(Role.MANAGER))
    answer = manager.patch(f"/v1/sites/{site.id}", json={"address": "东门"}, headers={"If-Match": '"1"'})
    items = reader.catch_up()

    assert answer.status_code == 200
    assert subjects(items, "pickup") == [str(pickup.id)]
    assert items[0]["pickup"]["site"]["address"] == "东门"


def test_a_cursor_older_than_thirty_days_is_gone(read, courier, clock, database):
    reader = read(courier)
    reader.catch_up()
    clock.tick(days=KEPT_FOR.days, seconds=1)
    with database.unit_of_work() as session:
        token = factories.make_access_token(session, courier, expires_at=clock.now() + DAY)
    reader.client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"

    answer = reader.client.get("/v1/changes", query_string={"cursor": reader.cursor})

    assert (answer.status_code, answer.json["code"]) == (410, "cursor_too_old")


def test_a_cursor_of_somebody_else_is_gone(read, courier, hire):
    mine, others = read(courier), read(hire(Role.COURIER))
    mine.catch_up()

    answer = others.client.get("/v1/changes", query_string={"cursor": mine.cursor})

    assert (answer.status_code, answer.json["code"]) == (410, "cursor_too_old")


def test_a_cursor_from_a_future_that_was_undone_is_gone(read, courier):
    reader = read(courier)
    reader.catch_up()
    ahead = FeedCursor(f"courier:{courier.id}", FeedPosition(2**62, 1), NOW).encode()

    answer = reader.client.get("/v1/changes", query_string={"cursor": ahead})

    assert (answer.status_code, answer.json["code"]) == (410, "cursor_too_old")


@pytest.mark.parametrize("cursor", ["nonsense", "WyJhIl0", "W10"])
def test_nonsense_is_no_cursor(read, courier, cursor):
    answer = read(courier).client.get("/v1/changes", query_string={"cursor": cursor})

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_fields")


@pytest.mark.parametrize("role", [Role.SALES_REP, Role.SERVICE_AGENT, Role.ADMIN, Role.INTEGRATION])
def test_who_has_no_work_at_doors_has_no_feed(read, hire, role):
    assert read(hire(role)).client.get("/v1/changes").status_code == 403


def test_a_page_takes_few_statements_however_much_it_holds(read, database, courier, phone, clock, pickup_of):
    pickups = [pickup_of(courier, window_start=NOW + timedelta(minutes=at)) for at in range(20)]
    reader = read(courier)
    until_all_is_served(database)
    with counted(database) as present:
        reader.page()
    phone.send(*[phone.event(pickup, "arrived") for pickup in pickups])
    until_all_is_served(database)
    with counted(database) as changed:
        page = reader.page()

    assert len(page["items"]) == 40
    # Who calls; the horizon; the branch; pickups, what stands beside them, waits.
    assert len(present) == 8, short(present)
    # Who calls; the horizon; changes; pickups, what stands beside them, waits.
    assert len(changed) == 8, short(changed)
