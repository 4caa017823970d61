"""The words of every notice in every language, and how they are filled in.

Push texts stay thin: no names, phones, addresses or scores, since lock screens show them. Which kinds
there are is in `notice_kinds`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from string import Formatter
from zoneinfo import ZoneInfo

from api.domain.notice_kinds import KINDS, NoticeKind, Variable
from api.domain.notice_rules import Audience
from api.domain.notice_words import WORDS
from api.domain.vocabulary import Locale

# Known only when a message leaves: the URL is never stored, and the branch may have been renamed.
FILLED_AT_SENDING = frozenset({"branch", "url"})


@dataclass(frozen=True, slots=True)
class Text:
    """What is read: title and body of a push; subject and body of a message to a contact."""

    title: str
    body: str

    def placeholders(self) -> set[str]:
        """Return the names that must be filled in."""
        return {name for _, name, _, _ in Formatter().parse(self.title + self.body) if name}


_ZH: Mapping[NoticeKind, Text] = {
    NoticeKind.READINESS_PING: Text(
        "{branch}：快递员预计 {expected_at} 到达",
        "{branch}：快递员预计 {expected_at} 到您处取件。货物和单据备好了吗？请点开回复：{url}",
    ),
    NoticeKind.READINESS_REMINDER: Text(
        "{branch}：快递员即将到达", "{branch}：快递员即将到达，预计 {expected_at}。烦请告知备货情况：{url}"
    ),
    NoticeKind.WAIT_NUDGE: Text(
        "{branch}：快递员已到您处",
        "{branch}：快递员已到您处，可以等到 {deadline_at}。如需多一点时间，请点开：{url}",
    ),
    NoticeKind.WAIT_LEFT: Text(
        "{branch}：很抱歉这次没能取件",
        "{branch}：很抱歉这次没能取到您的货件，快递员需赶往下一位客户。您可以另选时间：{url}",
    ),
    NoticeKind.NEW_TIME: Text(
        "{branch}：快递员预计 {expected_at} 到达",
        "{branch}：很抱歉，快递员比约定的时间晚一些，预计 {expected_at} 到您处。如有变化请点开：{url}",
    ),
    NoticeKind.FEEDBACK_LINK: Text(
        "{branch}：今天的取件服务如何？", "{branch}：感谢您的托付。今天的取件服务如何？欢迎评价：{url}"
    ),
    NoticeKind.WAIT_WARN: Text("等待时限将至", "本次等待的时限是 {deadline_at}，请留意交接进度。"),
    NoticeKind.WAIT_EXPIRED: Text("等待时限已到", "请选择下一步：已取件、延长一次，或按规定离开。"),
    NoticeKind.WAIT_UNDECIDED: Text(
        "等待超时，尚未决定", "有一次等待已超时，快递员还没有选择下一步，请协助处理。"
    ),
    NoticeKind.WAIT_LOADING: Text("交接时间较长", "有一次交接迟迟没有完成，请确认是否需要帮忙。"),
    NoticeKind.EXTENSION_REQUESTED: Text(
        "申请延长等待", "有一次取件申请多等 {minutes} 分钟，请在一分钟内答复；不答复视为不同意。"
    ),
    NoticeKind.EXTENSION_DECIDED: Text("延长等待有结果", "延长等待的申请：{decision}。"),
    NoticeKind.EARLY_LEAVE: Text("快递员提前离开", "有一次取件未到时限就离开了，请查看原因。"),
    NoticeKind.PROTECTED_LEAVE: Text("取件未完成", "快递员等满时限后离开，请尽快联系客户，另约时间。"),
    NoticeKind.PICKUP_ASSIGNED: Text("新的取件", "取件时间 {window_start} 至 {window_end}，请查看详情。"),
    NoticeKind.PICKUP_REASSIGNED: Text("取件已改派", "有一次取件已转给其他同事，您不必再去。"),
    NoticeKind.PICKUP_RESCHEDULED: Text(
        "取件已改时间", "新的取件时间 {window_start} 至 {window_end}，请查看详情。"
    ),
    NoticeKind.PICKUP_CANCELLED: Text("取件已取消", "有一次取件已取消，您不必再去。"),
    NoticeKind.READINESS_ANSWERED: Text("客户已回复备货情况", "客户回复：{answer}。"),
    NoticeKind.LATE_READY: Text("备货会晚一些", "客户还需 {minutes} 分钟备货，建议先去其他地址。"),
    NoticeKind.REBOOKING_PROPOSED: Text(
        "建议改约取件时间", "客户还需 {minutes} 分钟备货，快递员等不到，建议改约时间，请确认。"
    ),
    NoticeKind.STOPS_PROPOSED: Text("建议调整取件顺序", "先去另一个地址更顺路省时，请查看并确认是否采用。"),
    NoticeKind.PROPOSAL_DECIDED: Text("取件顺序有结果", "调整取件顺序的建议：{decision}。"),
    NoticeKind.COURIER_LATE: Text(
        "快递员可能迟到", "有一次取件约定 {window_end} 前到达，快递员还没有到，请联系处理。"
    ),
    NoticeKind.PICKUP_MISSED: Text(
        "有一次取件错过了", "约定 {window_end} 前到达的取件一直没有人去，请尽快联系客户致歉并另约时间。"
    ),
    NoticeKind.ANOTHER_TIME: Text("客户想改时间", "客户希望换个时间取件，请安排。"),
    NoticeKind.SLOT_CHOSEN: Text(
        "客户选好了新时间", "客户选择 {month} 月 {day} 日 {window_start} 至 {window_end} 取件，请安排收派员。"
    ),
    NoticeKind.NOTHING_TODAY: Text("客户今天没有货", "客户表示今天没有货，建议取消这次取件，请确认。"),
    NoticeKind.LOW_FEEDBACK: Text("有评价需要跟进", "收到一条需要尽快跟进的评价，请查看。"),
    NoticeKind.CALL_ME_BACK: Text("客户请您回电", "有客户希望接到您的电话，请尽快联系。"),
    NoticeKind.FEEDBACK_REVIEW: Text("有评价需要复核", "请查看这条评价是否计入平均分。"),
    NoticeKind.FEEDBACK_REVIEWED: Text("评价复核有结果", "您的一条评价：{decision}。"),
    NoticeKind.CASE_OPENED: Text("新工单 {number}", "有客户需要答复，请尽快查看。"),
    NoticeKind.CASE_ASSIGNED: Text("工单 {number} 由您跟进", "请在时限前答复客户。"),
    NoticeKind.CASE_REPLIED: Text("工单 {number} 有新留言", "客户又留了言，请查看并答复。"),
    NoticeKind.CASE_OVERDUE: Text("工单 {number} 已过时限", "客户还在等待答复，请马上处理。"),
    NoticeKind.CASE_ANSWERED: Text(
        "{branch}：您的工单 {number} 已有答复", "{branch}：您的工单 {number} 已有答复，请点开查看：{url}"
    ),
    NoticeKind.CASE_CLOSED: Text(
        "{branch}：您的工单 {number} 已处理完毕",
        "{branch}：您的工单 {number} 已处理完毕，感谢您的耐心。结果：{url}",
    ),
    NoticeKind.COMPLAINT_FLOOD: Text("留言过于频繁", "有一个链接当天留言次数过多，已暂停接收，请核实。"),
    NoticeKind.FIELD_REPORT: Text("有客户的情况需要了解", "收到一条关于您客户的异常反馈，请查看并确认。"),
    NoticeKind.FIELD_REPORT_OUTCOME: Text("您反馈的情况有结果了", "处理结果：{outcome}。谢谢您的留意。"),
    NoticeKind.CHURN_ALERT: Text("有客户需要关心", "有一位客户发货比平常少了，请查看原因并尽快联系。"),
    NoticeKind.CHURN_OFFERED: Text(
        "有客户等人跟进", "有一位客户好几天无人跟进。如果您愿意接手，请联系经理；如已有人跟进，请确认即可。"
    ),
    NoticeKind.UNACKNOWLEDGED: Text("有通知无人确认", "{about}：已有 {waited} {unit}无人确认，请协助处理。"),
    NoticeKind.CHURN_DIGEST: Text(
        "本周值得关心的客户", "有 {count} 位客户发货放缓，列表按价值排列，请从前五位开始。"
    ),
    NoticeKind.VISIT_REMINDER: Text("今日走访", "今天有 {count} 位客户该走访了，请查看安排。"),
    NoticeKind.VISITS_TOMORROW: Text("明日走访", "明天有 {count} 位客户要走访，请查看安排。"),
    NoticeKind.VISIT_SOON: Text("走访即将开始", "{minutes} 分钟后有一次约好时间的走访，请查看要点。"),
    NoticeKind.VISITS_OVERDUE: Text("走访逾期未办", "有 {count} 次走访已逾期三个工作日，请了解原因。"),
    NoticeKind.OCCASIONS_TODAY: Text(
        "今天有值得问候的客户", "今天有 {count} 位联系人过节或庆生，请查看并问候。"
    ),
    NoticeKind.GREETING: Text(
        "{branch}：{occasion}", "{branch}：{occasion}感谢您的信任。不想再收到问候，请点开：{url}"
    ),
    NoticeKind.CUSTOMERS_RECEIVED: Text(
        "有客户交接给您", "{count} 位客户由您负责了，请查看情况和首次走访安排。"
    ),
    NoticeKind.PUSH_ADDRESS_MOVED: Text(
        "手机通知已转到其他账号",
        "您的一部手机已由其他账号登录，不再接收您的通知。若非您所知，请马上联系管理员。",
    ),
    NoticeKind.TEST_NOTICE: Text("测试通知", "这是一条测试通知，收到说明这部手机的通知正常。"),
    NoticeKind.DIGEST: Text("有 {count} 条新通知", "请点开通知列表查看。"),
    NoticeKind.KIND_PAUSED: Text(
        "有一类通知已暂停推送", "同事在一小时内收到太多同类通知，现在只进通知列表。请查看原因，再恢复推送。"
    ),
    NoticeKind.DATA_EXPORTED: Text("有数据被导出", "有同事导出了 {count} 行数据，请确认是否工作所需。"),
}

_EN: Mapping[NoticeKind, Text] = {
    NoticeKind.READINESS_PING: Text(
        "{branch}: courier expected at {expected_at}",
        "{branch}: our courier expects to reach you at {expected_at}. Are goods and papers ready? Tell us: {url}",
    ),
    NoticeKind.READINESS_REMINDER: Text(
        "{branch}: our courier is close",
        "{branch}: our courier is close, expected at {expected_at}. Please tell us if you are ready: {url}",
    ),
    NoticeKind.WAIT_NUDGE: Text(
        "{branch}: our courier is at your door",
        "{branch}: our courier is at your door and can wait until {deadline_at}. Need more time? {url}",
    ),
    NoticeKind.WAIT_LEFT: Text(
        "{branch}: we could not collect this time",
        "{branch}: sorry, we could not collect this time, our courier had to go on. Choose another time: {url}",
    ),
    NoticeKind.NEW_TIME: Text(
        "{branch}: courier now expected at {expected_at}",
        "{branch}: sorry, our courier is running late and now expects to reach you at {expected_at}. "
        "Does that still suit you? {url}",
    ),
    NoticeKind.FEEDBACK_LINK: Text(
        "{branch}: how was today's pickup?",
        "{branch}: thank you for shipping with us. How was today's pickup? {url}",
    ),
    NoticeKind.WAIT_WARN: Text(
        "The wait is nearly over", "Its time runs out at {deadline_at}. Please keep an eye on it."
    ),
    NoticeKind.WAIT_EXPIRED: Text("The wait has run out", "What next: collected, one extension, or leave?"),
    NoticeKind.WAIT_UNDECIDED: Text(
        "A wait needs a decision", "It ran out and the courier has not decided yet. Please help."
    ),
    NoticeKind.WAIT_LOADING: Text(
        "A handover is taking long", "It is still not finished. Please see if help is needed."
    ),
    NoticeKind.EXTENSION_REQUESTED: Text(
        "More time is asked for",
        "{minutes} more minutes at the door? Please answer within a minute; silence means no.",
    ),
    NoticeKind.EXTENSION_DECIDED: Text("Answer about more time", "More time at the door: {decision}."),
    NoticeKind.EARLY_LEAVE: Text(
        "Left before the time was up", "A courier left a pickup early. Please see why."
    ),
    NoticeKind.PROTECTED_LEAVE: Text(
        "A pickup did not happen",
        "The courier waited the full time and left. Please call and agree on another time.",
    ),
    NoticeKind.PICKUP_ASSIGNED: Text(
        "New pickup", "Between {window_start} and {window_end}. Open it for details."
    ),
    NoticeKind.PICKUP_REASSIGNED: Text(
        "Pickup passed on", "A colleague takes over one of your pickups. No need to go."
    ),
    NoticeKind.PICKUP_RESCHEDULED: Text("Pickup moved", "Now between {window_start} and {window_end}."),
    NoticeKind.PICKUP_CANCELLED: Text("Pickup cancelled", "One of your pickups is cancelled. No need to go."),
    NoticeKind.READINESS_ANSWERED: Text("The customer has answered", "The answer: {answer}."),
    NoticeKind.LATE_READY: Text(
        "Ready later than planned", "The customer needs {minutes} more minutes. Consider another stop first."
    ),
    NoticeKind.REBOOKING_PROPOSED: Text(
        "Book another time?",
        "A customer needs {minutes} more minutes, longer than our courier can wait. Move the pickup?",
    ),
    NoticeKind.STOPS_PROPOSED: Text(
        "Another stop first?", "A different order of the next stops saves waiting. Please look and decide."
    ),
    NoticeKind.PROPOSAL_DECIDED: Text("Order of stops", "The proposed order of stops: {decision}."),
    NoticeKind.COURIER_LATE: Text(
        "A courier is late", "He was due by {window_end} and has not arrived. Please look into it."
    ),
    NoticeKind.PICKUP_MISSED: Text(
        "A pickup was missed",
        "Nobody came by {window_end}. Please call to apologise and agree on another time.",
    ),
    NoticeKind.ANOTHER_TIME: Text(
        "Another time wanted", "A customer would like a different time. Please arrange it."
    ),
    NoticeKind.SLOT_CHOSEN: Text(
        "A customer chose another time",
        "It is now {window_start} to {window_end} on {day}/{month}. Please see that a courier comes.",
    ),
    NoticeKind.NOTHING_TODAY: Text(
        "Nothing to collect today", "A customer has nothing today. Cancel the pickup?"
    ),
    NoticeKind.LOW_FEEDBACK: Text("A rating needs you", "A customer was not happy. Please look at it soon."),
    NoticeKind.CALL_ME_BACK: Text("Please call back", "A customer would like to hear from you soon."),
    NoticeKind.FEEDBACK_REVIEW: Text("A rating to review", "Please decide whether it counts."),
    NoticeKind.FEEDBACK_REVIEWED: Text("A rating was reviewed", "One of your ratings: {decision}."),
    NoticeKind.CASE_OPENED: Text("New case {number}", "A customer needs an answer. Please look at it soon."),
    NoticeKind.CASE_ASSIGNED: Text("Case {number} is yours", "Please answer the customer in time."),
    NoticeKind.CASE_REPLIED: Text("Case {number}: a reply", "The customer has written again. Please answer."),
    NoticeKind.CASE_OVERDUE: Text(
        "Case {number} is overdue", "The customer still waits. Please see to it now."
    ),
    NoticeKind.CASE_ANSWERED: Text(
        "{branch}: your case {number} has an answer",
        "{branch}: we have answered your case {number}. Please read: {url}",
    ),
    NoticeKind.CASE_CLOSED: Text(
        "{branch}: your case {number} is settled",
        "{branch}: your case {number} is settled, thank you for your patience. The outcome: {url}",
    ),
    NoticeKind.COMPLAINT_FLOOD: Text(
        "Many messages from one link", "It was stopped for today. Please see what is behind it."
    ),
    NoticeKind.FIELD_REPORT: Text(
        "A report about a customer",
        "Something was noticed at one of your customers. Please look and confirm.",
    ),
    NoticeKind.FIELD_REPORT_OUTCOME: Text(
        "What became of your report", "The outcome: {outcome}. Thank you for telling us."
    ),
    NoticeKind.CHURN_ALERT: Text(
        "A customer needs attention", "One of your customers ships less than usual. See why and get in touch."
    ),
    NoticeKind.CHURN_OFFERED: Text(
        "A customer looks for a rep",
        "Nobody has looked after one of our customers for days. If you can, please tell your manager.",
    ),
    NoticeKind.UNACKNOWLEDGED: Text(
        "Nobody has confirmed this", "{about}: not confirmed for {waited} {unit}. Please step in."
    ),
    NoticeKind.CHURN_DIGEST: Text(
        "Customers to look after this week",
        "Customers who ship less than usual: {count}. The list begins with the five that matter most.",
    ),
    NoticeKind.VISIT_REMINDER: Text("Visits today", "Customers to visit today: {count}. Open the list."),
    NoticeKind.VISITS_TOMORROW: Text(
        "Visits tomorrow", "Customers to visit tomorrow: {count}. Open the list."
    ),
    NoticeKind.VISIT_SOON: Text(
        "A visit begins soon", "In {minutes} minutes, at a fixed time. Read the brief."
    ),
    NoticeKind.VISITS_OVERDUE: Text(
        "Visits are overdue", "Visits of a rep not made for three working days: {count}. Please ask why."
    ),
    NoticeKind.OCCASIONS_TODAY: Text(
        "A day to congratulate",
        "Contacts with an occasion today: {count}. Open the list and send a greeting.",
    ),
    NoticeKind.GREETING: Text(
        "{branch}: {occasion}", "{branch}: {occasion} Thank you for your trust. To stop such greetings: {url}"
    ),
    NoticeKind.CUSTOMERS_RECEIVED: Text(
        "Customers handed over to you",
        "They are yours now: {count}. Read about them and see when to introduce yourself.",
    ),
    NoticeKind.PUSH_ADDRESS_MOVED: Text(
        "A phone changed hands",
        "Another account signed in on one of your phones; it gets your notices no more. "
        "If this surprises you, tell your administrator at once.",
    ),
    NoticeKind.TEST_NOTICE: Text(
        "A test", "This is a test. Whoever reads it gets his notices on this phone."
    ),
    NoticeKind.DIGEST: Text("New notices: {count}", "Open your list to read them."),
    NoticeKind.KIND_PAUSED: Text(
        "One kind of notice is paused",
        "It came too often within an hour and now goes to the list only. Please see why, then let it go on.",
    ),
    NoticeKind.DATA_EXPORTED: Text(
        "Data was taken away", "A colleague has exported {count} rows. Please see that it was for work."
    ),
}

TEXTS: Mapping[Locale, Mapping[NoticeKind, Text]] = {Locale.ZH_CN: _ZH, Locale.EN: _EN}


def storable(variables: Mapping[str, Variable], zone: ZoneInfo) -> dict[str, int | str]:
    """Turn variables into JSON values: numbers stay, instants become local times of day, enums their value.

    Raises ValueError for a word that has no translation, a naive instant, or anything else.
    """
    stored: dict[str, int | str] = {}
    for name, value in variables.items():
        if isinstance(value, datetime) and value.tzinfo is not None:
            local = value.astimezone(zone)
            stored[name] = f"{local.hour:02}:{local.minute:02}"
        elif isinstance(value, StrEnum) and all(value in words for words in WORDS.values()):
            stored[name] = value.value
        elif isinstance(value, int):
            stored[name] = value
        else:
            raise ValueError(f"variable {name!r} is no number, instant or word with a translation")
    return stored


def render(kind: NoticeKind, locale: Locale, variables: Mapping[str, int | str]) -> Text:
    """Fill in the text of a kind from `storable` variables; messages to contacts also need `branch` and `url`.

    Raises KeyError when a name is missing: a text with a hole in it must never leave.
    """
    text = TEXTS[locale][kind]
    words = {name: WORDS[locale].get(str(variables[name]), variables[name]) for name in KINDS[kind].variables}
    filled = {**variables, **words}
    return Text(title=text.title.format_map(filled), body=text.body.format_map(filled))


def needed(kind: NoticeKind) -> frozenset[str]:
    """Return every name that `render` needs for this kind."""
    rule = KINDS[kind]
    return rule.variables | FILLED_AT_SENDING if rule.audience is Audience.CONTACT else rule.variables
