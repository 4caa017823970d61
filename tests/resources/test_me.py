"""The caller himself over HTTP: his profile and what he may change of it."""

import pytest

from api.domain.vocabulary import Role


@pytest.fixture
def courier(hire):
    return hire(Role.COURIER)


def change(client, changes, version=1):
    return client.patch("/v1/me", json=changes, headers={"If-Match": f'"{version}"'})


def test_everybody_can_see_himself(signed_in, hire):
    for role in Role:
        assert signed_in(hire(role)).get("/v1/me").json["role"] == role


def test_name_and_language_can_be_changed(signed_in, courier):
    answer = change(signed_in(courier), {"name": "王大明", "locale": "en"})

    assert answer.status_code == 200
    assert (answer.json["name"], answer.json["locale"]) == ("王大明", "en")
    assert answer.headers["ETag"] == '"2"'


@pytest.mark.parametrize("fixed", ["role", "phone", "branch_id", "deactivated_at", "version", "token_epoch"])
def test_b6_nothing_that_decides_what_one_may_do_can_be_changed(signed_in, courier, fixed):
    answer = change(signed_in(courier), {fixed: "admin"})

    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [fixed]


def test_b11_a_change_of_another_version_is_refused(signed_in, courier):
    client = signed_in(courier)
    change(client, {"name": "王大明"})

    assert change(client, {"name": "王小明"}).status_code == 412


def test_a_machine_account_changes_nothing_of_itself(signed_in, hire):
    assert change(signed_in(hire(Role.INTEGRATION)), {"name": "x"}).status_code == 403


def test_sessions_are_listed_newest_first_without_their_tokens(signed_in, courier):
    signed_in(courier)
    listed = signed_in(courier).get("/v1/me/sessions").json["items"]

    assert len(listed) == 2
    assert listed[0]["id"] > listed[1]["id"]
    assert listed[0].keys() == {"id", "installation_id", "created_at", "refreshed_at"}
