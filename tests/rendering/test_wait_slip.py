"""The wait slip as a PDF: readable pages in both languages, with the font inside."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pypdfium2 import PdfDocument

from api.domain.vocabulary import Locale, Quality, Trust, WaitCause, WaitOutcome
from api.rendering.wait_slip import pdf
from api.rendering.wait_slip_words import WORDS, Voice
from tests.fakes import NOW
from tests.slips import make_acknowledgement, make_slip, make_slip_wait

MILLIMETRE = 72 / 25.4


def pages_of(slip, locale=Locale.ZH_CN):
    return list(PdfDocument(pdf(slip, locale)))


def text_of(slip, locale=Locale.ZH_CN):
    return "\n".join(page.get_textpage().get_text_range() for page in pages_of(slip, locale))


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        (
            Locale.ZH_CN,
            [
                "等待单",
                "2026年11月18日",
                "可避免等待",
                "4 分 35 秒",
                "停留",
                "8 分 10 秒",
                "货物未备好",
                "实测",
            ],
        ),
        (
            Locale.EN,
            [
                "Wait slip",
                "November 18, 2026",
                "avoidable wait",
                "4 min 35 s",
                "8 min 10 s",
                "Goods not ready",
            ],
        ),
    ],
)
def test_it_says_in_each_language_how_long_and_why(locale, said):
    text = text_of(make_slip(), locale)

    assert [words for words in said if words not in text] == []


@pytest.mark.parametrize("locale", Locale)
def test_it_tells_names_and_times_of_the_branchs_own_clock(locale):
    text = text_of(make_slip(), locale)

    for words in [
        "浦东世纪大道网点",
        "东方贸易",
        "外高桥三号仓库",
        "王**",
        "SF-20261118-0042",
        "Asia/Shanghai",
    ]:
        assert words in text
    for time in ["09:30 – 10:30", "09:30:00", "09:32:00", "09:36:35", "09:38:10"]:
        assert time in text


@pytest.mark.parametrize("locale", Locale)
def test_each_wait_has_a_page_of_a5(locale):
    waits = [make_slip_wait(attempt=number) for number in (1, 2, 3)]

    pages = pages_of(make_slip(*waits), locale)

    sizes = {(round(page.get_width() / MILLIMETRE), round(page.get_height() / MILLIMETRE)) for page in pages}
    assert (len(pages), sizes) == (3, {(148, 210)})
    assert "2 / 3" in pages[1].get_textpage().get_text_range()


def test_its_font_travels_with_it():
    printed = pdf(make_slip(), Locale.ZH_CN)

    assert b"NotoSansSC" in printed
    assert b"/FontFile3" in printed


def test_it_stays_small_enough_for_a_phone():
    assert len(pdf(make_slip(), Locale.ZH_CN)) < 60_000


def test_the_same_slip_is_the_same_file():
    assert pdf(make_slip(), Locale.EN) == pdf(make_slip(), Locale.EN)


def test_an_unsigned_slip_leaves_room_for_a_pen():
    assert "Acknowledged by" in text_of(make_slip(), Locale.EN)


def test_a_signed_slip_names_the_signer_and_what_was_signed():
    wait = make_slip_wait()
    signed = replace(wait, acknowledgement=make_acknowledgement(wait))

    text = text_of(make_slip(signed))

    assert "李小芳 已于 09:37:00 签字确认" in text
    assert wait.slip_hash[:16] in text
    assert "签字后内容有更改" not in text


@pytest.mark.parametrize(
    ("locale", "said"), [(Locale.ZH_CN, "签字后内容有更改"), (Locale.EN, "changed after")]
)
def test_a_change_after_the_signing_shows(locale, said):
    wait = make_slip_wait()
    changed = replace(wait, acknowledgement=make_acknowledgement(wait, changed_since=True))

    assert said in text_of(make_slip(changed), locale)


def test_a_protected_leave_is_said_to_count_against_nobody():
    left = make_slip_wait(outcome=WaitOutcome.LEFT, handover_started_at=None, protected=True)

    assert "does not count against" in text_of(make_slip(left), Locale.EN)
    assert "does not count against" not in text_of(make_slip(), Locale.EN)


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize(
    "wait",
    [
        make_slip_wait(
            handover_started_at=None, departed_at=None, dwell_seconds=None, avoidable_wait_seconds=None,
            outcome=None, cause=None, promised_ready_at=None,
        ),
        make_slip_wait(departed_at=NOW, handover_started_at=NOW, clock_started_at=NOW),
        make_slip_wait(clock_started_at=NOW + timedelta(hours=9), handover_started_at=None),
        make_slip_wait(handover_started_at=NOW - timedelta(hours=1), departed_at=NOW - timedelta(hours=2)),
    ],
    ids=["going on", "no time at all", "left before the clock started", "times upside down"],
)  # fmt: skip
def test_whatever_is_known_of_a_wait_can_be_printed(locale, wait):
    assert len(pages_of(make_slip(wait), locale)) == 1


@pytest.mark.parametrize(
    "name", ["𠮷野家" * 30, "Ωmega & Söhne <b>GmbH</b>", "\u202eevil", "🙂", "长" * 200, "A" * 200]
)
def test_any_name_is_printed_within_its_place(name):
    wait = make_slip_wait()
    signed = replace(wait, acknowledgement=make_acknowledgement(wait, signer_name=name))

    slip = make_slip(signed, customer_name=name, site_name=name, branch_name=name, external_ref=name[:64])

    assert len(pages_of(slip)) == 1


@pytest.mark.parametrize("locale", Locale)
def test_every_word_of_a_wait_has_a_name(locale):
    words = WORDS[locale]

    assert words.outcomes.keys() == set(WaitOutcome)
    assert words.causes.keys() == set(WaitCause)
    assert words.qualities.keys() == set(Quality)
    assert words.trusts.keys() == set(Trust)


class TestVoice:
    @pytest.fixture
    def voice(self):
        slip = make_slip()
        return Voice(WORDS[Locale.EN], Locale.EN, slip.zone, NOW.date())

    @pytest.mark.parametrize(
        ("seconds", "written"),
        [
            (None, "—"),
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min 0 s"),
            (3599, "59 min 59 s"),
            (3725, "1 h 2 min"),
        ],
    )
    def test_a_duration_is_written_in_its_two_greatest_units(self, voice, seconds, written):
        assert voice.duration(seconds) == written

    def test_a_time_of_another_day_says_which(self, voice):
        assert voice.clock(NOW + timedelta(hours=15)) == "11-19 00:30:00"
        assert voice.clock(None) == "—"
