"""What it takes to push to a phone, and the console that pushes to nobody. FCM is in `fcm`."""

import sys
import threading
from collections import deque
from itertools import count
from typing import Protocol, TextIO

from api.domain.delivery_policy import Answer
from api.domain.outgoing import Push, SilentPush

KEPT = 200


class PushSender(Protocol):
    """Brings one message to one phone. Called from several threads at once."""

    def send(self, message: Push) -> Answer:
        """Attempt it once and say what became of it; raises nothing for what the other side did."""
        ...


class ConsolePush:
    """Prints what a phone would show, and keeps the last 200 in `sent`."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.sent: deque[Push] = deque(maxlen=KEPT)
        self._stream = stream or sys.stdout
        self._numbers = count(1)
        self._one_line_at_a_time = threading.Lock()

    def send(self, message: Push) -> Answer:
        with self._one_line_at_a_time:
            self.sent.append(message)
            shown = "silent" if isinstance(message, SilentPush) else f"{message.title} | {message.body}"
            self._stream.write(f"push {message.kind} to ...{message.address[-6:]}: {shown}\n")
            self._stream.flush()
            return Answer.accepted(f"console/{next(self._numbers)}")
