"""Stand-ins for the outside world, handed to `create_app` and `JobContext`: clock, push, messenger."""

import logging
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from api.domain.delivery_policy import Answer
from api.domain.outgoing import ContactMessage, PushMessage
from api.settings import Settings

NOW = datetime(2026, 11, 18, 1, 30, tzinfo=UTC)
"""A Wednesday, 09:30 in Shanghai: the branch is open and nobody sleeps."""

Message = TypeVar("Message")


class FrozenClock:
    """Stands still until it is told how much time has passed."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def tick(self, **passed: float) -> datetime:
        """Let time pass, e.g. `tick(minutes=5)`, and return the new instant."""
        self._now += timedelta(**passed)
        return self._now


class Recorder(Generic[Message]):
    """Keeps messages in `sent`; answers what stands in `answers`, in turn, and "accepted" after that."""

    def __init__(self, *answers: Answer) -> None:
        self.sent: list[Message] = []
        self.answers = deque(answers)

    def send(self, message: Message) -> Answer:
        self.sent.append(message)
        return self.answers.popleft() if self.answers else Answer.accepted(f"recorded/{len(self.sent)}")


class RecordingPush(Recorder[PushMessage]):
    """A push service that reaches no phone."""


class RecordingMessenger(Recorder[ContactMessage]):
    """A gateway that reaches no contact."""


class Listener(logging.Handler):
    """Keeps what is logged while it listens."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def settings_for(database_url: str) -> Settings:
    """Settings with keys that only tests know."""
    return Settings(
        database_url=database_url,
        secret_key=b"s" * 32,
        data_keys=(b"d" * 32,),
        index_key=b"i" * 32,
        link_keys=(b"l" * 32,),
        public_url="https://doorstep.test",
    )
