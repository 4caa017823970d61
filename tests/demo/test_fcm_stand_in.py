"""The stand-in for Google as an app developer meets it: moods that change while it runs, and its page."""

import threading

import pytest
import requests

from demo.fcm_stand_in import PROJECT, Mode, StandIn


@pytest.fixture(scope="module")
def server():
    server = StandIn()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.close()
    thread.join()


@pytest.fixture
def stand_in(server):
    server.mood.change({"mode": Mode.OK, "retry_after_seconds": None})
    return server


def post(stand_in, notice_id="1"):
    message = {
        "token": f"phone of {notice_id}",
        "data": {"notice_id": notice_id},
        "notification": {"title": f"title {notice_id}", "body": "body"},
    }
    return requests.post(
        f"{stand_in.url}/v1/projects/{PROJECT}/messages:send",
        json={"message": message},
        headers={"Authorization": "Bearer stand-in-1"},
        timeout=5,
    )


def change(stand_in, **wanted):
    return requests.post(f"{stand_in.url}/mode", json=wanted, timeout=5)


@pytest.mark.parametrize(
    ("mode", "status"),
    [("ok", 200), ("unregistered", 404), ("429", 429), ("503", 503), ("401", 401), ("403", 403)],
)
def test_the_mood_changes_while_it_runs(stand_in, mode, status):
    assert change(stand_in, mode=mode).json() == {"mode": mode}

    assert post(stand_in).status_code == status


def test_429_says_for_how_long(stand_in):
    change(stand_in, mode="429", retry_after_seconds=60)

    assert post(stand_in).headers["Retry-After"] == "60"


def test_a_mood_that_does_not_exist_is_refused_by_name(stand_in):
    answer = change(stand_in, mode="grumpy")

    assert answer.status_code == 422
    assert "unregistered" in answer.json()["error"]


def test_a_button_of_the_page_changes_the_mood_and_leads_back(stand_in):
    answer = requests.post(f"{stand_in.url}/mode", data={"mode": "503"}, timeout=5)

    assert answer.url == f"{stand_in.url}/"
    assert "in mode <b>503</b>" in answer.text


def test_what_is_accepted_is_on_the_page_though_the_answer_gets_lost(stand_in):
    change(stand_in, mode="drop")

    with pytest.raises(requests.ConnectionError):
        post(stand_in, "lost")

    assert "title lost" in requests.get(stand_in.url, timeout=5).text


def test_what_is_refused_reaches_no_phone(stand_in):
    change(stand_in, mode="503")
    post(stand_in, "refused")

    assert "title refused" not in requests.get(stand_in.url, timeout=5).text
