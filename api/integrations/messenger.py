"""How a contact is written to: what a messenger is, the console, and the choice of one by channel.

The real ones: `gateway` (signed JSON in front of SMS and chat), `mail` (SMTP), `apprise_service` (an extra).
"""

import sys
import threading
from collections import deque
from collections.abc import Mapping
from itertools import count
from typing import Protocol, TextIO

from api.domain.contact_channels import masked_address
from api.domain.delivery_policy import Answer
from api.domain.outgoing import ContactMessage
from api.domain.vocabulary import ContactChannel

KEPT = 200


class Messenger(Protocol):
    """Brings one message to one contact. Called from several threads at once."""

    def send(self, message: ContactMessage) -> Answer:
        """Attempt it once and say what became of it; raises nothing for what the other side did."""
        ...


class ConsoleMessenger:
    """Prints what a contact would read, and keeps the last 200 in `sent`."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.sent: deque[ContactMessage] = deque(maxlen=KEPT)
        self._stream = stream or sys.stdout
        self._numbers = count(1)
        self._one_line_at_a_time = threading.Lock()

    def send(self, message: ContactMessage) -> Answer:
        address = masked_address(message.channel, phone=message.phone, email=message.email)
        with self._one_line_at_a_time:
            self.sent.append(message)
            self._stream.write(f"{message.channel} {message.kind} to {address}: {message.text}\n")
            self._stream.flush()
            return Answer.accepted(f"console/{next(self._numbers)}")


class RoutingMessenger:
    """Hands each message to whoever brings messages of its channel."""

    def __init__(self, by_channel: Mapping[ContactChannel, Messenger]) -> None:
        self._by_channel = dict(by_channel)

    @property
    def channels(self) -> frozenset[ContactChannel]:
        """The channels that somebody is there for."""
        return frozenset(self._by_channel)

    def send(self, message: ContactMessage) -> Answer:
        messenger = self._by_channel.get(message.channel)
        if messenger is None:
            # Decided before the settings changed.
            return Answer.dead(f"nobody brings messages by {message.channel}")
        return messenger.send(message)
