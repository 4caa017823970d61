"""The real firebase-admin against the stand-in: what arrives, and what each answer is taken for."""

import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from api.domain.delivery_policy import AnswerClass
from api.domain.outgoing import PushMessage, SilentPush
from api.domain.vocabulary import AddressKind
from api.integrations.fcm import FcmPush
from api.integrations.push import ConsolePush
from demo.fcm_stand_in import Mode, StandIn

LEAVES_AT = datetime(2026, 11, 18, 1, 30, tzinfo=UTC)
MESSAGE = PushMessage(
    notice_id=UUID(int=7),
    kind="wait_warn",
    address="device-token",
    address_kind=AddressKind.TOKEN,
    thread="wait:1",
    title="等待时限将至",
    body="本次等待的时限是 09:35。",
    ids={"wait_id": "1"},
    urgent=True,
    useful_until=LEAVES_AT + timedelta(seconds=60),
    leaves_at=LEAVES_AT,
)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory, server: StandIn) -> Path:
    return server.write_account(tmp_path_factory.mktemp("fcm") / "account.json")


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    server = StandIn()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.close()
    thread.join()


@pytest.fixture
def stand_in(server: StandIn) -> StandIn:
    server.mood.received.clear()
    server.mood.change({"mode": Mode.OK, "retry_after_seconds": None})
    return server


@pytest.fixture
def push(account: Path, stand_in: StandIn) -> Iterator[FcmPush]:
    push = FcmPush(account, endpoint=stand_in.url, workers=8)
    yield push
    push.close()


def test_what_was_put_off_says_that_it_is_to_be_shown_again(push: FcmPush, stand_in: StandIn) -> None:
    push.send(replace(MESSAGE, shown_again=2))

    assert stand_in.mood.received[-1]["message"]["data"]["shown_again"] == "2"


def test_a_message_arrives_thin_and_whole(push: FcmPush, stand_in: StandIn) -> None:
    answer = push.send(MESSAGE)

    arrived = stand_in.mood.received[-1]["message"]
    assert answer.outcome is AnswerClass.ACCEPTED
    assert answer.detail.startswith("projects/")
    assert arrived["token"] == "device-token"
    assert arrived["data"] == {"notice_id": str(UUID(int=7)), "kind": "wait_warn", "wait_id": "1"}
    assert arrived["android"]["ttl"] == "60s"
    assert arrived["android"]["priority"] == "high"
    assert arrived["android"]["notification"]["tag"] == "wait:1"
    assert arrived["android"]["notification"]["channel_id"] == "live"
    assert arrived["apns"]["headers"]["apns-collapse-id"] == "wait:1"
    assert arrived["apns"]["headers"]["apns-expiration"] == str(int(MESSAGE.useful_until.timestamp()))
    assert arrived["apns"]["payload"]["aps"]["interruption-level"] == "time-sensitive"


def test_an_installation_id_is_an_address_too(push: FcmPush, stand_in: StandIn) -> None:
    push.send(replace(MESSAGE, address="installation", address_kind=AddressKind.FID, urgent=False))

    arrived = stand_in.mood.received[-1]["message"]
    assert arrived["fid"] == "installation"
    assert "token" not in arrived
    assert arrived["android"]["priority"] == "normal"


def test_a_silent_push_shows_nothing_and_wakes_nobody(push: FcmPush, stand_in: StandIn) -> None:
    silent = SilentPush(
        device_id=UUID(int=8),
        address="device-token",
        address_kind=AddressKind.TOKEN,
        useful_until=LEAVES_AT + timedelta(minutes=5),
        leaves_at=LEAVES_AT,
    )

    answer = push.send(silent)

    arrived = stand_in.mood.received[-1]["message"]
    assert answer.outcome is AnswerClass.ACCEPTED
    assert "notification" not in arrived
    assert arrived["data"] == {"kind": "refresh"}
    assert arrived["android"] == {"collapse_key": "refresh", "priority": "normal", "ttl": "300s"}
    assert arrived["apns"]["payload"]["aps"] == {"content-available": 1}
    assert arrived["apns"]["headers"]["apns-priority"] == "5"
    assert arrived["apns"]["headers"]["apns-push-type"] == "background"
    assert arrived["apns"]["headers"]["apns-collapse-id"] == "refresh"
    assert stand_in.mood.screens.phones["device-token"].silent == 1


@pytest.mark.parametrize(
    ("mode", "taken_for"),
    [
        (Mode.UNREGISTERED, AnswerClass.ADDRESS_GONE),
        (Mode.BAD_TOKEN, AnswerClass.ADDRESS_GONE),
        (Mode.BAD_MESSAGE, AnswerClass.DEAD),
        (Mode.TOO_MANY, AnswerClass.PAUSED),
        (Mode.UNAVAILABLE, AnswerClass.RETRY),
        (Mode.FORBIDDEN, AnswerClass.REFUSED),
        (Mode.DROP, AnswerClass.RETRY),
    ],
)
def test_k20_each_answer_has_its_meaning_and_costs_one_request(
    push: FcmPush, stand_in: StandIn, mode: Mode, taken_for: AnswerClass
) -> None:
    stand_in.mood.change({"mode": mode})

    answer = push.send(MESSAGE)

    assert answer.outcome is taken_for
    assert len(stand_in.mood.received) == 1


@pytest.mark.parametrize("mode", [Mode.GARBAGE, Mode.HUGE, Mode.NAMELESS])
def test_g7_an_odd_answer_is_a_failure(push: FcmPush, stand_in: StandIn, mode: Mode) -> None:
    stand_in.mood.change({"mode": mode})

    answer = push.send(MESSAGE)

    assert answer.outcome is AnswerClass.RETRY
    assert len(stand_in.mood.received) == 1


def test_a_server_that_hangs_costs_one_time_out_and_one_request(account: Path, stand_in: StandIn) -> None:
    stand_in.mood.change({"mode": Mode.HANG})
    impatient = FcmPush(account, endpoint=stand_in.url, timeout=timedelta(seconds=0.3))

    answer = impatient.send(MESSAGE)
    impatient.close()

    assert answer.outcome is AnswerClass.RETRY
    assert len(stand_in.mood.received) == 1


def test_fault_23_a_revoked_account_is_refused_by_one_request(push: FcmPush, stand_in: StandIn) -> None:
    stand_in.mood.change({"mode": Mode.UNAUTHENTICATED})

    assert push.send(MESSAGE).outcome is AnswerClass.REFUSED
    assert len(stand_in.mood.received) == 1


def test_fault_23_a_token_that_was_good_is_replaced_before_we_count_as_refused(
    push: FcmPush, stand_in: StandIn
) -> None:
    push.send(MESSAGE)
    given = stand_in.mood.tokens_given
    stand_in.mood.change({"mode": Mode.UNAUTHENTICATED})

    once_good = push.send(MESSAGE)
    new = push.send(MESSAGE)

    assert once_good.outcome is AnswerClass.RETRY
    assert new.outcome is AnswerClass.REFUSED
    assert stand_in.mood.tokens_given == given + 1


def test_text_travels_as_it_is_and_within_four_kilobytes(push: FcmPush, stand_in: StandIn) -> None:
    push.send(replace(MESSAGE, body="时" * 800))

    arrived = stand_in.mood.received[-1]["message"]
    assert arrived["notification"]["body"] == "时" * 800


def test_the_pause_that_was_asked_for_is_passed_on_without_sleeping(push: FcmPush, stand_in: StandIn) -> None:
    stand_in.mood.change({"mode": Mode.TOO_MANY, "retry_after_seconds": 120})

    answer = push.send(MESSAGE)

    assert answer.retry_after == timedelta(seconds=120)
    assert len(stand_in.mood.received) == 1


def test_a_server_that_is_not_there_is_tried_again_later(tmp_path: Path) -> None:
    gone = StandIn()
    account = gone.write_account(tmp_path / "account.json")
    gone.server_close()
    push = FcmPush(account, endpoint=gone.url)

    answer = push.send(MESSAGE)
    push.close()

    assert answer.outcome is AnswerClass.RETRY


def test_an_unreadable_account_stops_the_sender(tmp_path: Path) -> None:
    assert FcmPush(tmp_path / "nothing.json").send(MESSAGE).outcome is AnswerClass.REFUSED


def test_many_threads_share_one_token_and_send_each_message_once(push: FcmPush, stand_in: StandIn) -> None:
    before = stand_in.mood.tokens_given

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: push.send(replace(MESSAGE, address=f"phone-{n}")), range(40)))

    arrived = [entry["message"]["token"] for entry in stand_in.mood.received]
    assert {answer.outcome for answer in answers} == {AnswerClass.ACCEPTED}
    assert sorted(arrived) == sorted(f"phone-{n}" for n in range(40))
    assert stand_in.mood.tokens_given - before == 1


def test_the_console_prints_and_keeps_what_a_phone_would_show() -> None:
    printed = io.StringIO()
    console = ConsolePush(printed)

    answer = console.send(MESSAGE)

    assert answer.outcome is AnswerClass.ACCEPTED
    assert "等待时限将至" in printed.getvalue()
    assert list(console.sent) == [MESSAGE]
