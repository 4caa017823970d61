"""When staff are told another way, by which, and what they read there."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from api.domain.fall_back import channel_of, falls_back_at, written
from api.domain.notice_kinds import KINDS, NoticeKind
from api.domain.notice_texts import storable
from api.domain.sms_length import parts
from api.domain.vocabulary import Channel, ContactChannel, Locale, StaffFallback
from tests.fakes import NOW
from tests.kinds import LONGEST, telling_of

BOTH = frozenset({ContactChannel.SMS, ContactChannel.CHAT})


def test_a_push_has_twenty_seconds_to_be_seen():
    assert falls_back_at(NOW, has_phone=True) == NOW + timedelta(seconds=20)


def test_who_has_no_phone_is_told_another_way_at_once():
    assert falls_back_at(NOW, has_phone=False) == NOW


@pytest.mark.parametrize(
    ("wish", "ways", "channel"),
    [
        (StaffFallback.SMS, BOTH, Channel.SMS),
        (StaffFallback.CHAT, BOTH, Channel.CHAT),
        (StaffFallback.OFF, BOTH, None),
        (StaffFallback.CHAT, {ContactChannel.SMS}, None),
        (StaffFallback.SMS, {ContactChannel.EMAIL}, None),
    ],
)
def test_the_branch_wishes_and_the_house_must_have_a_way(wish, ways, channel):
    assert channel_of(wish, ways) is channel


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if KINDS[kind].falls_back])
def test_e4_what_falls_back_is_as_thin_as_a_push_and_short_enough(kind, locale):
    variables = storable(telling_of(kind, variables=LONGEST).variables, ZoneInfo("Asia/Shanghai"))

    text = written(kind, locale, variables)

    assert parts(text) <= 2
    assert text.isprintable()
    assert "http" not in text
