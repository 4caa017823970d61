"""What figures leave out, and why, in words for those whom the figures are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.domain.vocabulary import Locale


class Omitted(StrEnum):
    """The kind of thing that was not counted."""

    WAITS = "waits"
    SCORES = "scores"


class Why(StrEnum):
    """Why it was not counted."""

    RUNNING = "running"
    UNDONE = "undone"
    ABANDONED = "abandoned"
    CANCELLED = "cancelled"
    AVOIDABLE_WAIT = "avoidable_wait"
    PROTECTED_LEAVE = "protected_leave"
    REVIEWED = "reviewed"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """So many of these were left out for this reason; `text` says it in the reader's language."""

    what: Omitted
    why: Why
    count: int
    text: str


_SENTENCES = {
    Why.RUNNING: ("等待尚未结束", "the wait is not over yet"),
    Why.UNDONE: ("到达已被撤回", "the arrival was undone"),
    Why.ABANDONED: ("无人结束该次等待，离开时间不明", "nobody ended the wait, so its length is not known"),
    Why.CANCELLED: (
        "等待期间取件被取消或改派",
        "the pickup was called off or given to somebody else during the wait",
    ),
    Why.AVOIDABLE_WAIT: (
        "客户让快递员等待超过 120 秒，评分不计入",
        "the customer kept the courier waiting for over 120 s",
    ),
    Why.PROTECTED_LEAVE: ("快递员按规定离开，评分不计入", "the courier left as the rules allow"),
    Why.REVIEWED: ("经复核不计入", "a person looked at it and decided that it does not count"),
}


def left_out(what: Omitted, counts: Mapping[Why, int], locale: Locale) -> tuple[LeftOut, ...]:
    """Word the counts that are not zero, in the order of the reasons."""
    return tuple(LeftOut(what, why, counts[why], sentence(why, locale)) for why in Why if counts.get(why))


def sentence(why: Why, locale: Locale) -> str:
    """Say why in the reader's language."""
    chinese, english = _SENTENCES[why]
    return chinese if locale is Locale.ZH_CN else english
