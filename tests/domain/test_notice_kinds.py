"""The table of kinds is whole: every kind has its rule and its words, in every language."""

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from api.domain.notice_climbing import ClimbsTo
from api.domain.notice_kinds import KINDS, NoticeKind, Telling
from api.domain.notice_rules import ROLES, Audience, Recipients
from api.domain.notice_texts import TEXTS, needed, render, storable
from api.domain.notice_words import WORDS
from api.domain.vocabulary import Channel, ContactChannel, Locale, ReadinessAnswer
from tests.fakes import NOW
from tests.kinds import BRANCH, CLIMBING, LONGEST, SOMEBODY, SOMETHING, TO_STAFF, telling_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONGEST_COLLAPSE_ID = 64  # Bytes, as Apple allows.


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_can_be_read_in_every_language(kind: NoticeKind, locale: Locale) -> None:
    telling = telling_of(kind)
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
@pytest.mark.parametrize("kind", TO_STAFF)
def test_e6_a_push_fits_into_its_payload_at_its_longest(kind: NoticeKind, locale: Locale) -> None:
    text = render(kind, locale, storable(telling_of(kind, variables=LONGEST).variables, SHANGHAI))

    assert len(json.dumps([text.title, text.body])) < 1_000
    assert (text.title + text.body).isprintable()


@pytest.mark.parametrize("kind", NoticeKind)
def test_e6_a_thread_fits_where_phones_keep_it(kind: NoticeKind) -> None:
    assert len(telling_of(kind).thread.encode()) <= LONGEST_COLLAPSE_ID


@pytest.mark.parametrize("kind", NoticeKind)
def test_staff_are_pushed_to_and_contacts_are_written_to(kind: NoticeKind) -> None:
    rule = KINDS[kind]
    own_number = (Channel.SMS, Channel.CHAT) if rule.falls_back else ()

    assert rule.audience is Audience.CONTACT or rule.channels == (Channel.PUSH, *own_number)
    assert rule.audience is Audience.STAFF or {*rule.channels} == {*ContactChannel}
    assert timedelta(minutes=1) <= rule.useful_for <= timedelta(days=7)


@pytest.mark.parametrize("kind", NoticeKind)
def test_the_table_says_who_is_told(kind: NoticeKind) -> None:
    rule = KINDS[kind]

    assert rule.recipients
    assert bool(rule.roles) == (rule.audience is Audience.STAFF)
    assert Recipients.CONTACT not in rule.recipients or len(rule.recipients) == 1


def test_every_recipient_has_a_role_but_the_contact() -> None:
    assert {one for one in Recipients if not ROLES[one]} == {Recipients.CONTACT}


@pytest.mark.parametrize("kind", CLIMBING)
def test_what_climbs_does_so_step_by_step_and_can_be_named(kind: NoticeKind) -> None:
    steps = KINDS[kind].escalation or ()

    assert [step.after for step in steps] == sorted({step.after for step in steps})
    assert all(kind in words for words in WORDS.values())


@pytest.mark.parametrize("kind", CLIMBING)
def test_what_is_told_again_can_be_told_with_what_is_stored(kind: NoticeKind) -> None:
    # An instant is stored as a local time of day: that could not be told once more.
    again = any(step.to is ClimbsTo.AGAIN for step in KINDS[kind].escalation or ())

    assert not again or KINDS[kind].variables <= {"number"}


def test_only_what_climbs_to_somebody_climbs_no_further() -> None:
    asked = {kind for kind in NoticeKind if KINDS[kind].escalation is not None}

    assert asked - {*CLIMBING} == {NoticeKind.UNACKNOWLEDGED, NoticeKind.CHURN_OFFERED}


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if KINDS[kind].falls_back])
def test_calm_notices_fall_back_only_to_who_is_told_at_once(kind: NoticeKind) -> None:
    at_once = telling_of(kind, leaves_at=NOW)

    assert at_once.falls_back
    assert telling_of(kind).falls_back == KINDS[kind].live


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
    telling = telling_of(NoticeKind.WAIT_WARN)

    assert telling.expires_at(NOW) == NOW + timedelta(minutes=1)
    assert telling.thread == f"wait:{SOMETHING}"
