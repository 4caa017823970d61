"""Why a visit is proposed, and why somebody stands in no plan: codes and numbers, worded when read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from api.domain.vocabulary import LeftOutReason, Locale, ProposalReason


@dataclass(frozen=True, slots=True)
class Because:
    """One reason for a proposal, and the numbers in it."""

    code: ProposalReason
    numbers: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the stored form; `from_json` reads it back."""
        return {"code": self.code.value, "numbers": dict(self.numbers)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Because:
        """Read the stored form."""
        return cls(ProposalReason(stored["code"]), stored["numbers"])


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A customer who ought to be visited, and why no visit is proposed."""

    customer_id: UUID
    reason: LeftOutReason

    def to_json(self) -> dict[str, Any]:
        """Return the stored form; `from_json` reads it back."""
        return {"customer_id": str(self.customer_id), "reason": self.reason.value}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> LeftOut:
        """Read the stored form."""
        return cls(UUID(stored["customer_id"]), LeftOutReason(stored["reason"]))


_PROPOSED = {
    ProposalReason.RED_ALERT: (
        "流失预警（高），{by_on} 前上门",
        "high churn risk: visit by {by_on}",
    ),
    ProposalReason.OVERDUE: ("走访已超期 {days} 天", "visit overdue by {days} days"),
    ProposalReason.DUE: ("{due_on} 到期该走访", "visit due on {due_on}"),
    ProposalReason.NEVER_VISITED: ("从未走访，已合作 {days} 天", "never visited, known for {days} days"),
    ProposalReason.NEAR_ANOTHER: ("离当天另一位客户 {metres} 米", "{metres} m from another visit of the day"),
}

_JOINED_BY = {Locale.ZH_CN: "；", Locale.EN: "; "}

_LEFT_OUT = {
    LeftOutReason.NO_ROOM: ("本周已排满", "the week is full"),
    LeftOutReason.SKIPPED: ("本周已跳过", "skipped this week"),
    LeftOutReason.CALLED_OFF: ("本周的走访已取消或未成", "this week's visit was called off or missed"),
    LeftOutReason.VISIT_STILL_OPEN: ("已有走访尚未完成", "an earlier visit is still open"),
    LeftOutReason.CLOSED_DAYS: ("本周没有工作日", "no working day in this week"),
}


def proposal_sentence(because: Because, locale: Locale) -> str:
    """Word a reason in the reader's language."""
    return _PROPOSED[because.code][locale is Locale.EN].format(**because.numbers)


def explanation(reasons: Sequence[Because], locale: Locale) -> str:
    """Word all reasons of a proposal as one line, empty without any."""
    return _JOINED_BY[locale].join(proposal_sentence(one, locale) for one in reasons)


def left_out_sentence(reason: LeftOutReason, locale: Locale) -> str:
    """Word it in the reader's language."""
    return _LEFT_OUT[reason][locale is Locale.EN]
