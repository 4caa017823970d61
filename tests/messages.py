"""Messages to contacts, ready to leave, as the tests of those who bring them want them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from api.domain.outgoing import ContactMessage
from api.domain.vocabulary import ContactChannel, Locale

NOTICE = UUID(int=9)
URL = "https://doorstep.test/l/abc"
PREFERENCES_URL = "https://doorstep.test/l/preferences"


def message(**changes: Any) -> ContactMessage:
    """A text message, unless it is told to be something else."""
    # Who takes a message compares its time with the real clock.
    now = datetime.now(UTC)
    facts: dict[str, Any] = {
        "notice_id": NOTICE,
        "kind": "readiness_ping",
        "channel": ContactChannel.SMS,
        "address": "+8613800138000",
        "locale": Locale.ZH_CN,
        "sender": "城西网点",
        "subject": "城西网点：快递员即将到达",
        "text": f"城西网点：快递员即将到达。{URL}",
        "url": URL,
        "preferences_url": PREFERENCES_URL,
        "useful_until": now + timedelta(minutes=30),
        "leaves_at": now,
    }
    return ContactMessage(**facts | changes)


def mail(**changes: Any) -> ContactMessage:
    text = f"您好！\n\n城西网点：快递员即将到达。{URL}\n\n城西网点\n\n不想再收到：{PREFERENCES_URL}"
    return message(**{"channel": ContactChannel.EMAIL, "address": "li@example.com", "text": text} | changes)
