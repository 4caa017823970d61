"""The wait slip as a PDF: one calm A5 page for a wait, in Chinese or English, to be read at arm's length."""

from collections.abc import Iterator
from datetime import datetime

from api.domain.vocabulary import Locale
from api.domain.wait_slip import SlipWait, WaitSlip
from api.rendering.sheet import A5, AMBER, GREEN, GREY, INK, MARGIN, MUTED, WIDTH, Colour, Sheet
from api.rendering.wait_slip_words import UNKNOWN, WORDS, Voice

ROW = 6.4
COLUMN = WIDTH / 2
VALUES = 32.0
"""So far to the right of their labels values begin."""
FOOTER = 186.0
HASH_SHOWN = 16


def pdf(slip: WaitSlip, locale: Locale) -> bytes:
    """Return the slip as a PDF of as many pages as it has waits, with its font embedded.

    The same slip at the same instant is the same file.
    """
    voice = Voice(WORDS[locale], locale, slip.zone, slip.window_start.astimezone(slip.zone).date())
    sheet = Sheet(
        title=f"{voice.words.title} {slip.external_ref}",
        author=slip.branch_name,
        language=locale.value,
        made_at=slip.server_now,
    )
    for number, wait in enumerate(slip.waits, start=1):
        sheet.add_page()
        y = _head(sheet, slip, voice)
        _wait(sheet, wait, voice, y)
        _foot(sheet, slip, wait, voice, f"{number} / {len(slip.waits)}" if len(slip.waits) > 1 else "")
    return bytes(sheet.output())


def _head(sheet: Sheet, slip: WaitSlip, voice: Voice) -> float:
    """Write whose slip it is and what was agreed; return where the page goes on."""
    words = voice.words
    sheet.write_at(MARGIN, 13, slip.branch_name, size=9, colour=MUTED, width=COLUMN)
    sheet.write_right(MARGIN + WIDTH, 13, words.number.format(ref=slip.external_ref), size=9, colour=MUTED)
    sheet.write_at(MARGIN, 21, words.title, size=24)
    sheet.write_at(MARGIN, 34.5, voice.today(), size=10, colour=MUTED)
    sheet.rule(43.5)
    window = (
        f"{voice.clock(slip.window_start, seconds=False)} – {voice.clock(slip.window_end, seconds=False)}"
    )
    facts = [(words.customer, slip.customer_name), (words.site, slip.site_name), (words.window, window)]
    for row, (label, value) in enumerate(facts):
        y = 48 + row * ROW
        sheet.write_at(MARGIN, y, label, size=9, colour=MUTED)
        sheet.write_at(MARGIN + VALUES, y - 0.2, value, size=10, width=WIDTH - VALUES)
    sheet.rule(48 + len(facts) * ROW + 2.5)
    return 48 + len(facts) * ROW + 8


def _wait(sheet: Sheet, wait: SlipWait, voice: Voice, y: float) -> None:
    words = voice.words
    heading = words.wait.format(attempt=wait.attempt, courier=wait.courier_name)
    sheet.write_at(MARGIN, y, heading, size=9, colour=MUTED)
    avoidable = voice.duration(wait.avoidable_wait_seconds)
    sheet.write_at(MARGIN, y + 7, avoidable, size=24, colour=AMBER if wait.avoidable_wait_seconds else INK)
    sheet.write_at(MARGIN, y + 18.5, words.avoidable, size=9, colour=MUTED)
    sheet.write_at(MARGIN + COLUMN, y + 10.2, voice.duration(wait.dwell_seconds), size=15)
    sheet.write_at(MARGIN + COLUMN, y + 18.5, words.dwell, size=9, colour=MUTED)
    _course(sheet, wait, y + 26)
    _times(sheet, wait, voice, y + 33)
    _facts(sheet, wait, voice, y + 33)
    _signature(sheet, wait, voice, y + 33 + 5 * ROW + 5)


def _course(sheet: Sheet, wait: SlipWait, y: float) -> None:
    """Draw the stay as one bar: before the clock, the avoidable wait, the handover."""
    parts = list(_parts(wait))
    whole = sum(seconds for seconds, _ in parts)
    x = MARGIN
    for seconds, colour in parts:
        width = WIDTH * seconds / whole if whole else 0.0
        sheet.bar(x, y, width, colour)
        x += width


def _parts(wait: SlipWait) -> Iterator[tuple[float, Colour]]:
    """Yield the length in seconds and the colour of each part that is known and lasted."""
    ends = [wait.departed_at, wait.handover_started_at]
    last = next((end for end in ends if end is not None), None)
    if last is None:
        return
    clock = min(max(wait.clock_started_at, wait.arrived_at), last)
    handover = max(min(wait.handover_started_at or last, last), clock)
    counted = AMBER if wait.avoidable_wait_seconds else GREY
    marks = [(wait.arrived_at, clock, GREY), (clock, handover, counted), (handover, last, GREEN)]
    for since, until, colour in marks:
        if until > since:
            yield (until - since).total_seconds(), colour


def _times(sheet: Sheet, wait: SlipWait, voice: Voice, y: float) -> None:
    words = voice.words
    moments: list[tuple[str, datetime | None, Colour]] = [
        (words.arrived, wait.arrived_at, GREY),
        (words.promised, wait.promised_ready_at, GREY),
        (words.clock_started, wait.clock_started_at, AMBER),
        (words.handover, wait.handover_started_at, GREEN),
        (words.departed, wait.departed_at, INK),
    ]
    for row, (label, instant, colour) in enumerate(moments):
        sheet.dot(MARGIN + 0.9, y + row * ROW + 2.1, colour)
        sheet.write_at(MARGIN + 4, y + row * ROW, label, size=9, colour=MUTED)
        sheet.write_at(MARGIN + VALUES, y + row * ROW - 0.1, voice.clock(instant), size=9.5)


def _facts(sheet: Sheet, wait: SlipWait, voice: Voice, y: float) -> None:
    words, x = voice.words, MARGIN + COLUMN
    facts = [
        (words.outcome, words.outcomes[wait.outcome] if wait.outcome else words.going_on),
        (words.cause, words.causes[wait.cause] if wait.cause else UNKNOWN),
        (words.place, words.trusts[wait.trust]),
        (words.times, words.qualities[wait.quality]),
    ]
    for row, (label, value) in enumerate(facts):
        sheet.write_at(x, y + row * ROW, label, size=9, colour=MUTED)
        sheet.write_at(x + 18, y + row * ROW - 0.1, value, size=9.5, width=COLUMN - 18)
    if wait.protected:
        sheet.write_block(x, y + 4 * ROW, words.protected, size=8.5, colour=GREEN, width=COLUMN)


def _signature(sheet: Sheet, wait: SlipWait, voice: Voice, y: float) -> None:
    """Say who has signed, and whether anything was changed since; else leave room for a pen."""
    words, signed = voice.words, wait.acknowledgement
    sheet.rule(y)
    if signed is None:
        sheet.write_at(MARGIN, y + 12, words.sign_here, size=9, colour=MUTED)
        sheet.rule(y + 16.5, x=MARGIN + VALUES, width=WIDTH - VALUES)
        return
    at = voice.clock(signed.acknowledged_at)
    sheet.write_at(MARGIN, y + 4, words.signed.format(signer=signed.signer_name, at=at), size=10.5)
    record = words.record.format(hash=signed.slip_hash[:HASH_SHOWN])
    taken = sheet.write_at(MARGIN, y + 10, record, size=7.5, colour=MUTED)
    if signed.changed_since:
        sheet.write_at(MARGIN + taken + 4, y + 9.8, words.changed, size=8, colour=AMBER)


def _foot(sheet: Sheet, slip: WaitSlip, wait: SlipWait, voice: Voice, page: str) -> None:
    words = voice.words
    sheet.rule(FOOTER)
    sheet.write_block(MARGIN, FOOTER + 2.5, words.legend, size=7.5, colour=MUTED, width=WIDTH)
    printed = words.printed.format(at=voice.clock(slip.server_now, seconds=False), zone=slip.timezone)
    hotline = words.hotline.format(hotline=slip.hotline) if slip.hotline else ""
    sheet.write_at(
        MARGIN, A5[1] - 11, " · ".join(part for part in (printed, hotline) if part), size=7.5, colour=MUTED
    )
    sheet.write_right(MARGIN + WIDTH, A5[1] - 11, page, size=7.5, colour=MUTED)
