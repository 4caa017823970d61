"""The words of every notice in Chinese. How thin they must be, and how they are filled in: `notice_texts`."""

from collections.abc import Mapping

from api.domain.notice_kinds import NoticeKind
from api.domain.notice_texts.text import Text

CHINESE: Mapping[NoticeKind, Text] = {
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
