"""Every message to a contact, in every language, as it is read by each channel."""

import pytest

from api.domain.contact_texts import MOST_PARTS, Letterhead, Written, one_line, write
from api.domain.notice_kinds import KINDS, NoticeKind
from api.domain.notice_rules import Audience
from api.domain.sms_length import parts
from api.domain.vocabulary import ContactChannel, Locale, OccasionKind

TO_CONTACTS = [kind for kind in NoticeKind if KINDS[kind].audience is Audience.CONTACT]
LONGEST = {
    "expected_at": "22:30",
    "deadline_at": "22:30",
    "number": 99_999,
    "minutes": 30,
    "occasion": OccasionKind.MID_AUTUMN,
}
URL = "https://doorstep.express-branch.example.com/l/" + "x" * 22
PREFERENCES = "https://doorstep.express-branch.example.com/l/" + "p" * 22
LONG_ZH = "上海市浦东新区张江高科技园区" + "第三营业网点" * 8
LONG_EN = "Shenzhen Nanshan Science and Technology Park branch number twelve, second floor, east wing, gate B"


def written(
    kind: NoticeKind, channel: ContactChannel, locale: Locale, branch: str, hotline: str | None = None
) -> Written:
    variables = {name: LONGEST[name] for name in KINDS[kind].variables}
    return write(kind, channel, locale, variables, Letterhead(branch, hotline, URL, PREFERENCES))


@pytest.mark.parametrize("channel", [ContactChannel.SMS, ContactChannel.CHAT])
@pytest.mark.parametrize(
    ("locale", "branch", "most"),
    [
        (Locale.ZH_CN, "城西网点", MOST_PARTS),
        (Locale.ZH_CN, LONG_ZH, MOST_PARTS),
        (Locale.ZH_CN, LONG_EN, MOST_PARTS),
        (Locale.EN, "West branch", MOST_PARTS),
        (Locale.EN, LONG_EN, MOST_PARTS),
        (Locale.EN, LONG_ZH, 3),
    ],
    ids=["zh", "zh, long", "zh, named in English", "en", "en, long", "en, named in Chinese"],
)
@pytest.mark.parametrize("kind", TO_CONTACTS)
def test_a_text_message_is_short_whatever_the_branch_is_called(
    kind: NoticeKind, locale: Locale, branch: str, most: int, channel: ContactChannel
) -> None:
    message = written(kind, channel, locale, branch)

    assert parts(message.text) <= most, f"{len(message.text)} signs: {message.text}"
    assert message.text.endswith(URL)
    assert message.text.startswith(branch[:8])


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("kind", TO_CONTACTS)
def test_a_mail_has_subject_greeting_signature_and_a_way_to_stop_it(kind: NoticeKind, locale: Locale) -> None:
    mail = written(kind, ContactChannel.EMAIL, locale, "城西网点", "0571-8888888")

    greeting, sentence, signature, stop = mail.text.split("\n\n")
    assert greeting == {Locale.ZH_CN: "您好！", Locale.EN: "Hello,"}[locale]
    assert URL in sentence
    assert signature.startswith("城西网点\n")
    assert signature.endswith("0571-8888888")
    assert PREFERENCES in stop
    assert "城西网点" in mail.subject
    assert len(mail.subject) <= 60


def test_a_branch_without_a_hotline_signs_with_its_name() -> None:
    letterhead = Letterhead("城西网点", None, URL)

    mail = write(NoticeKind.FEEDBACK_LINK, ContactChannel.EMAIL, Locale.ZH_CN, {}, letterhead)

    assert mail.text.endswith("\n\n城西网点")


def test_a_name_cannot_begin_a_header_of_its_own() -> None:
    branch = "West\r\nBcc: all@example.com\x00"

    mail = written(NoticeKind.FEEDBACK_LINK, ContactChannel.EMAIL, Locale.EN, branch)

    assert mail.subject.startswith("West Bcc: all@example.com : how was")
    assert mail.subject.isprintable()
    assert one_line("\u2028a\tb\n") == "a b"
