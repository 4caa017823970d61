"""The words of every notice in English. How thin they must be, and how they are filled in: `notice_texts`."""

from collections.abc import Mapping

from api.domain.notice_kinds import NoticeKind
from api.domain.notice_texts.text import Text

ENGLISH: Mapping[NoticeKind, Text] = {
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
