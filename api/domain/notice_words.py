"""The words of a vocabulary as people read them inside a text. The texts are in `notice_texts`."""

from collections.abc import Mapping

from api.domain.notice_climbing import TimeUnit
from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import ExtensionState, Locale, ProposalState, ReadinessAnswer, ReviewOutcome

WORDS: Mapping[Locale, Mapping[str, str]] = {
    Locale.ZH_CN: {
        ReadinessAnswer.READY: "已备好",
        ReadinessAnswer.IN_MINUTES: "还需要一会儿",
        ReadinessAnswer.ANOTHER_TIME: "想换个时间",
        ReadinessAnswer.NOTHING_TODAY: "今天没有货",
        ExtensionState.GRANTED: "已同意",
        ExtensionState.REFUSED: "未同意",
        ProposalState.ACCEPTED: "已采用",
        ProposalState.DECLINED: "未采用",
        ReviewOutcome.COUNTS: "计入平均分",
        ReviewOutcome.LEFT_OUT: "不计入平均分",
        TimeUnit.MINUTES: "分钟",
        TimeUnit.HOURS: "小时",
        NoticeKind.WAIT_UNDECIDED: "等待超时、尚未决定",
        NoticeKind.LOW_FEEDBACK: "有评价需要跟进",
        NoticeKind.CALL_ME_BACK: "客户请求回电",
        NoticeKind.FEEDBACK_REVIEW: "有评价需要复核",
        NoticeKind.CASE_OPENED: "新工单",
        NoticeKind.CASE_ASSIGNED: "工单",
        NoticeKind.COMPLAINT_FLOOD: "留言过于频繁",
        NoticeKind.FIELD_REPORT: "客户异常反馈",
        NoticeKind.CHURN_ALERT: "客户需要关心",
    },
    Locale.EN: {
        ReadinessAnswer.READY: "ready",
        ReadinessAnswer.IN_MINUTES: "in a few minutes",
        ReadinessAnswer.ANOTHER_TIME: "another time",
        ReadinessAnswer.NOTHING_TODAY: "nothing today",
        ExtensionState.GRANTED: "granted",
        ExtensionState.REFUSED: "refused",
        ProposalState.ACCEPTED: "accepted",
        ProposalState.DECLINED: "declined",
        ReviewOutcome.COUNTS: "it counts",
        ReviewOutcome.LEFT_OUT: "it does not count",
        TimeUnit.MINUTES: "min",
        TimeUnit.HOURS: "h",
        NoticeKind.WAIT_UNDECIDED: "A wait without a decision",
        NoticeKind.LOW_FEEDBACK: "A rating that needs you",
        NoticeKind.CALL_ME_BACK: "A customer's wish to be called",
        NoticeKind.FEEDBACK_REVIEW: "A rating to review",
        NoticeKind.CASE_OPENED: "A new case",
        NoticeKind.CASE_ASSIGNED: "A case",
        NoticeKind.COMPLAINT_FLOOD: "Many messages from one link",
        NoticeKind.FIELD_REPORT: "A report about a customer",
        NoticeKind.CHURN_ALERT: "A customer who needs attention",
    },
}
