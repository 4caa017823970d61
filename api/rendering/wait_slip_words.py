"""The wait slip's words in Chinese and English, and how it writes times and durations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from api.domain.vocabulary import Locale, Quality, Trust, WaitCause, WaitOutcome

UNKNOWN = "—"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Everything that is printed besides names and numbers."""

    title: str
    number: str
    customer: str
    site: str
    window: str
    wait: str
    avoidable: str
    dwell: str
    arrived: str
    promised: str
    clock_started: str
    handover: str
    departed: str
    outcome: str
    cause: str
    place: str
    times: str
    protected: str
    signed: str
    record: str
    changed: str
    sign_here: str
    legend: str
    hotline: str
    printed: str
    hours: str
    minutes: str
    seconds: str
    outcomes: Mapping[WaitOutcome, str]
    going_on: str
    causes: Mapping[WaitCause, str]
    qualities: Mapping[Quality, str]
    trusts: Mapping[Trust, str]


_ZH = Words(
    title="等待单",
    number="取件编号 {ref}",
    customer="客户",
    site="取件地址",
    window="约定时段",
    wait="第 {attempt} 次等待 · 快递员 {courier}",
    avoidable="可避免等待",
    dwell="停留",
    arrived="到达",
    promised="承诺备好",
    clock_started="开始计时",
    handover="开始交接",
    departed="离开",
    outcome="结果",
    cause="原因",
    place="位置",
    times="时间",
    protected="按约等满后离开，不计入快递员",
    signed="{signer} 已于 {at} 签字确认",
    record="签字内容校验码 {hash}",
    changed="签字后内容有更改",
    sign_here="签字确认",
    legend="可避免等待：自到达、约定时段开始、承诺备好三者中最晚的一刻起，到开始交接为止。",
    hotline="客服热线 {hotline}",
    printed="{at} 制 · 时间均为 {zone}",
    hours="{hours} 小时 {minutes} 分",
    minutes="{minutes} 分 {seconds} 秒",
    seconds="{seconds} 秒",
    outcomes={
        WaitOutcome.COLLECTED: "已取件",
        WaitOutcome.LEFT: "未取件离开",
        WaitOutcome.UNDONE: "误报到达",
        WaitOutcome.ABANDONED: "未报离开",
        WaitOutcome.CANCELLED: "取件已取消",
    },
    going_on="进行中",
    causes={
        WaitCause.GOODS_NOT_READY: "货物未备好",
        WaitCause.PAPERS_MISSING: "单据不齐",
        WaitCause.NOBODY_THERE: "无人在场",
        WaitCause.CLOSED: "未营业",
        WaitCause.ACCESS: "无法进入",
        WaitCause.COURIER_EARLY: "快递员早到",
        WaitCause.OUR_DELAY: "我方原因",
    },
    qualities={
        Quality.MEASURED: "实测",
        Quality.ESTIMATED: "估算",
        Quality.UNVERIFIED: "未核实",
    },
    trusts={
        Trust.VERIFIED: "在取件地址",
        Trust.NEAR: "在附近",
        Trust.LOW: "未能证实",
        Trust.UNKNOWN: "未知",
    },
)

_EN = Words(
    title="Wait slip",
    number="Pickup {ref}",
    customer="Customer",
    site="Site",
    window="Agreed window",
    wait="Wait {attempt} · courier {courier}",
    avoidable="avoidable wait",
    dwell="at the door",
    arrived="Arrived",
    promised="Promised ready",
    clock_started="Clock started",
    handover="Handover began",
    departed="Left",
    outcome="Outcome",
    cause="Cause",
    place="Place",
    times="Times",
    protected="Waited as agreed: does not count against the courier",
    signed="Acknowledged by {signer} at {at}",
    record="Check code of what was signed {hash}",
    changed="changed after signing",
    sign_here="Acknowledged by",
    legend="Avoidable wait: from the latest of arrival, start of the window and promised time, "
    "until the handover began.",
    hotline="Hotline {hotline}",
    printed="Made {at} · all times {zone}",
    hours="{hours} h {minutes} min",
    minutes="{minutes} min {seconds} s",
    seconds="{seconds} s",
    outcomes={
        WaitOutcome.COLLECTED: "Collected",
        WaitOutcome.LEFT: "Left without goods",
        WaitOutcome.UNDONE: "Arrival undone",
        WaitOutcome.ABANDONED: "Departure not reported",
        WaitOutcome.CANCELLED: "Pickup cancelled",
    },
    going_on="Going on",
    causes={
        WaitCause.GOODS_NOT_READY: "Goods not ready",
        WaitCause.PAPERS_MISSING: "Papers missing",
        WaitCause.NOBODY_THERE: "Nobody there",
        WaitCause.CLOSED: "Closed",
        WaitCause.ACCESS: "No access",
        WaitCause.COURIER_EARLY: "Courier early",
        WaitCause.OUR_DELAY: "Our delay",
    },
    qualities={
        Quality.MEASURED: "Measured",
        Quality.ESTIMATED: "Estimated",
        Quality.UNVERIFIED: "Unverified",
    },
    trusts={
        Trust.VERIFIED: "At the site",
        Trust.NEAR: "Near the site",
        Trust.LOW: "Not proven",
        Trust.UNKNOWN: "Unknown",
    },
)

WORDS: Mapping[Locale, Words] = {Locale.ZH_CN: _ZH, Locale.EN: _EN}


@dataclass(frozen=True, slots=True)
class Voice:
    """One language at one place on one day: what is on another day says so."""

    words: Words
    locale: Locale
    zone: ZoneInfo
    day: date

    def today(self) -> str:
        return format_date(self.day, "full", locale=self.locale.replace("-", "_"))

    def clock(self, instant: datetime | None, *, seconds: bool = True) -> str:
        """Write a time of day, with its date unless that is the slip's own."""
        if instant is None:
            return UNKNOWN
        local = instant.astimezone(self.zone)
        day = "" if local.date() == self.day else f"{local:%m-%d} "
        return f"{day}{local:%H:%M:%S}" if seconds else f"{day}{local:%H:%M}"

    def duration(self, seconds: int | None) -> str:
        """Write a duration in its two greatest units; seconds are dropped from an hour on."""
        if seconds is None:
            return UNKNOWN
        minutes, rest = divmod(seconds, 60)
        if minutes >= 60:
            return self.words.hours.format(hours=minutes // 60, minutes=minutes % 60)
        return (self.words.minutes if minutes else self.words.seconds).format(minutes=minutes, seconds=rest)
