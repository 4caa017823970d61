"""The table of kinds is whole: every kind has its rule and its words, in every language."""

import json
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from api.domain.notice_kinds import KINDS, Audience, NoticeKind, Telling, Variable
from api.domain.notice_texts import TEXTS, needed, render, storable
from api.domain.vocabulary import (
    Channel,
    ContactChannel,
    ExtensionState,
    FieldReportOutcome,
    Locale,
    OccasionKind,
    ReadinessAnswer,
)
from tests.fakes import NOW

SHANGHAI = ZoneInfo("Asia/Shanghai")
SOMEBODY, SOMETHING, BRANCH = UUID(int=1), UUID(int=2), UUID(int=3)

EXAMPLES: dict[str, Variable] = {
    "expected_at": NOW,
    "deadline_at": NOW,
    "window_start": NOW,
    "window_end": NOW,
    "minutes": 5,
    "month": 11,
    "day": 23,
    "count": 3,
    "number": 118,
    "decision": ExtensionState.GRANTED,
    "answer": ReadinessAnswer.READY,
    "outcome": FieldReportOutcome.SETTLED,
    "occasion": OccasionKind.BIRTHDAY,
}


def example_of(kind: NoticeKind) -> Telling:
    to_staff = KINDS[kind].audience is Audience.STAFF
    return Telling(
        kind,
        BRANCH,
        f"{kind}:{SOMETHING}:{SOMEBODY}",
        staff_id=SOMEBODY if to_staff else None,
        contact_id=None if to_staff else SOMEBODY,
        pickup_id=SOMETHING,
        wait_id=SOMETHING,
        customer_id=SOMETHING,
        case_id=SOMETHING,
        link_id=None if to_staff else SOMETHING,
        variables={name: EXAMPLES[name] for name in KINDS[kind].variables},
    )


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_can_be_read_in_every_language(kind: NoticeKind, locale: Locale) -> None:
    telling = example_of(kind)
    at_sending = {"branch": "城西网点", "url": "https://doorstep.test/l/abc"}

    text = render(kind, locale, {**storable(telling.variables, SHANGHAI), **at_sending})

    assert text.body
    assert "{" not in text.title + text.body
    assert text.title


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("kind", NoticeKind)
def test_a_text_uses_exactly_the_variables_of_its_kind(kind: NoticeKind, locale: Locale) -> None:
    assert TEXTS[locale][kind].placeholders() == needed(kind)


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if KINDS[kind].audience is Audience.STAFF])
def test_e6_a_push_fits_into_its_payload(kind: NoticeKind, locale: Locale) -> None:
    text = render(kind, locale, storable(example_of(kind).variables, SHANGHAI))

    assert len(json.dumps([text.title, text.body])) < 1_000
    assert (text.title + text.body).isprintable()


@pytest.mark.parametrize("kind", NoticeKind)
def test_staff_are_pushed_to_and_contacts_are_written_to(kind: NoticeKind) -> None:
    rule = KINDS[kind]

    assert (rule.channels == (Channel.PUSH,)) == (rule.audience is Audience.STAFF)
    assert rule.audience is Audience.STAFF or {*rule.channels} == {*ContactChannel}
    assert timedelta(minutes=1) <= rule.useful_for <= timedelta(days=7)


def test_an_instant_is_read_as_local_time_of_day() -> None:
    stored = storable({"deadline_at": NOW}, SHANGHAI)

    assert stored == {"deadline_at": "09:30"}


def test_a_word_of_a_vocabulary_is_translated() -> None:
    stored = storable({"answer": ReadinessAnswer.ANOTHER_TIME}, SHANGHAI)

    assert "想换个时间" in render(NoticeKind.READINESS_ANSWERED, Locale.ZH_CN, stored).body
    assert "another time" in render(NoticeKind.READINESS_ANSWERED, Locale.EN, stored).body


@pytest.mark.parametrize("value", ["Wang Fang", "+8613800138000", NOW.replace(tzinfo=None), Locale.EN, None])
def test_e4_what_is_no_number_instant_or_known_word_never_reaches_a_text(value: object) -> None:
    with pytest.raises(ValueError, match="answer"):
        storable({"answer": value}, SHANGHAI)  # type: ignore[dict-item]


def test_a_text_with_a_hole_never_leaves() -> None:
    with pytest.raises(KeyError):
        render(NoticeKind.WAIT_WARN, Locale.EN, {})


@pytest.mark.parametrize(
    "change",
    [
        {"staff_id": None},
        {"contact_id": SOMEBODY},
        {"dedupe_key": f"wait_expired:{SOMETHING}:{SOMEBODY}"},
        {"dedupe_key": "wait_warn:" + "x" * 200},
        {"variables": {}},
        {"variables": {"deadline_at": NOW, "minutes": 1}},
        {"wait_id": None},
    ],
    ids=["nobody", "two people", "another kind's key", "endless key", "too few", "too many", "no thread"],
)
def test_a_telling_that_does_not_fit_its_kind_is_refused(change: dict[str, object]) -> None:
    fitting: dict[str, object] = {
        "kind": NoticeKind.WAIT_WARN,
        "branch_id": BRANCH,
        "dedupe_key": f"wait_warn:{SOMETHING}:{SOMEBODY}",
        "staff_id": SOMEBODY,
        "wait_id": SOMETHING,
        "variables": {"deadline_at": NOW},
    }

    with pytest.raises(ValueError, match="wait_warn"):
        Telling(**{**fitting, **change})  # type: ignore[arg-type]


def test_a_notice_is_of_use_for_as_long_as_its_kind_says_or_as_it_was_told() -> None:
    telling = example_of(NoticeKind.WAIT_WARN)

    assert telling.expires_at(NOW) == NOW + timedelta(minutes=1)
    assert telling.thread == f"wait:{SOMETHING}"
