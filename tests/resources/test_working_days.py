"""A branch's working days over HTTP: looked at by everybody, set by its managers."""

import pytest

from api.domain.vocabulary import Role

FESTIVAL, MADE_UP, SUNDAY = "2026-10-01", "2026-10-10", "2026-10-11"


@pytest.fixture
def path(branch):
    return f"/v1/branches/{branch.id}/working-days"


@pytest.fixture
def manager(signed_in, hire):
    return signed_in(hire(Role.MANAGER))


def looked_up(client, path, day):
    return client.get(f"{path}?from={day}&to={day}").json["items"][0]


@pytest.mark.parametrize(
    ("day", "is_worked", "kind"),
    [
        (FESTIVAL, False, "holiday"),
        (MADE_UP, True, "made_up"),
        (SUNDAY, False, "usual"),
        ("2026-10-12", True, "usual"),
    ],
)
def test_each_day_says_whether_it_is_worked_and_why(manager, path, day, is_worked, kind):
    answer = manager.get(f"{path}?from={day}&to={day}")

    assert answer.status_code == 200
    assert answer.json == {
        "region": "CN",
        "items": [{"day_on": day, "is_worked": is_worked, "kind": kind, "note": None}],
    }


def test_a_manager_sets_a_day_and_takes_it_back(manager, path):
    body = {"day_on": SUNDAY, "is_worked": True, "note": "双十一备货"}

    assert manager.put(path, json=body).status_code == 204
    assert manager.put(path, json=body).status_code == 204
    assert looked_up(manager, path, SUNDAY) == {**body, "kind": "by_branch"}
    assert manager.put(path, json={"day_on": SUNDAY, "is_worked": None}).status_code == 204
    assert looked_up(manager, path, SUNDAY)["kind"] == "usual"


def test_a_courier_may_look_but_not_set(signed_in, hire, path):
    courier = signed_in(hire(Role.COURIER))

    assert courier.get(f"{path}?from={SUNDAY}&to={SUNDAY}").status_code == 200
    assert courier.put(path, json={"day_on": SUNDAY, "is_worked": True}).status_code == 403


def test_b5_another_branchs_days_are_not_found(manager):
    elsewhere = "/v1/branches/01a20000-0000-7000-8000-000000000000/working-days"

    assert manager.get(f"{elsewhere}?from={SUNDAY}&to={SUNDAY}").status_code == 404
    assert manager.put(elsewhere, json={"day_on": SUNDAY, "is_worked": True}).status_code == 404


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (f"from={SUNDAY}", "invalid_fields"),
        (f"from={SUNDAY}&to={FESTIVAL}", "period_not_allowed"),
        ("from=2026-01-01&to=2026-12-31", "period_not_allowed"),
        ("from=1900-01-01&to=1900-01-02&x=1", "invalid_fields"),
    ],
)
def test_a_period_that_cannot_be_is_refused(manager, path, query, code):
    answer = manager.get(f"{path}?{query}")

    assert (answer.status_code, answer.json["code"]) == (422, code)


@pytest.mark.parametrize("day", ["1900-01-01", "2199-12-31"])
def test_the_ends_of_the_calendar_are_answered(manager, path, day):
    assert manager.get(f"{path}?from={day}&to={day}").status_code == 200


def test_a_branch_may_keep_the_holidays_of_another_region(manager, branch, path):
    address = f"/v1/branches/{branch.id}"
    tag = manager.get(address).headers["ETag"]

    refused = manager.patch(address, json={"holiday_region": "XX"}, headers={"If-Match": tag})
    taken = manager.patch(address, json={"holiday_region": "DE-BY"}, headers={"If-Match": tag})

    assert (refused.status_code, set(refused.json["errors"])) == (422, {"holiday_region"})
    assert (taken.status_code, taken.json["holiday_region"]) == (200, "DE-BY")
    assert looked_up(manager, path, "2026-01-06")["kind"] == "holiday"
