"""The ways out to contacts that an operator opens: who brings the messages of which channel.

Read from settings; the parts that really send are in `api.integrations`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from api.domain.vocabulary import ContactChannel

CONSOLE = "console"
APPRISE = "apprise:"
BY_PHONE = (ContactChannel.SMS, ContactChannel.CHAT)

_WORD = re.compile(r"(?:(?P<channels>[a-z]+(?:\+[a-z]+)*)=)?(?P<way>(?:https?://|apprise:)\S+)")
_PORTS = {"smtp": 587, "smtps": 465}


class WaysUnclear(ValueError):
    """What is wrong, without the URL: there may be a password in it."""


def ways_of(text: str) -> Mapping[ContactChannel, str]:
    """Read which channel is served by `console`, a gateway's URL or `apprise:` and a URL of that package.

    Ways are parted by blanks; a way may begin with its channels, such as `sms+chat=`. A gateway without any
    is for SMS and chat. Raises WaysUnclear.
    """
    if text.strip() == CONSOLE:
        return dict.fromkeys(ContactChannel, CONSOLE)
    ways: dict[ContactChannel, str] = {}
    for word in text.split():
        found = _WORD.fullmatch(word)
        if found is None:
            raise WaysUnclear("is 'console', or URLs of gateways, each with its channels before it: sms=")
        for channel in _channels(found["channels"], found["way"]):
            if channel in ways:
                raise WaysUnclear(f"names two ways for {channel}")
            ways[channel] = found["way"]
    return ways


def _channels(named: str | None, way: str) -> tuple[ContactChannel, ...]:
    if named is None:
        if way.startswith(APPRISE):
            raise WaysUnclear("must say which channel an apprise URL is for: sms=apprise:...")
        return BY_PHONE
    try:
        return tuple(ContactChannel(name) for name in named.split("+"))
    except ValueError:
        raise WaysUnclear(f"knows the channels {', '.join(ContactChannel)}") from None


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. `implicit_tls` speaks TLS at once; `starttls` is demanded, not hoped for."""

    host: str
    port: int
    implicit_tls: bool
    starttls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str, *, on_this_machine: bool) -> Self:
        """Read `smtps://user:password@host:port`, or `smtp://...` for STARTTLS.

        On this machine, and with `?starttls=off`, `smtp` goes without; then there is no login either, but
        for this machine. Raises WaysUnclear.
        """
        try:
            parts = urlsplit(url)
            port, query = parts.port, parse_qs(parts.query, strict_parsing=bool(parts.query))
        except ValueError:
            raise WaysUnclear("must be smtp://host:port or smtps://host:port") from None
        if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.fragment:
            raise WaysUnclear("must be smtp://host:port or smtps://host:port")
        if query not in ({}, {"starttls": ["off"]}):
            raise WaysUnclear("knows one option, ?starttls=off")
        implicit = parts.scheme == "smtps"
        starttls = not (implicit or on_this_machine or query)
        if parts.username and not (implicit or starttls or on_this_machine):
            raise WaysUnclear("would send its password in the clear: leave out ?starttls=off")
        return cls(parts.hostname, port or _PORTS[parts.scheme], implicit, starttls, *_login(parts))


def _login(parts: SplitResult) -> tuple[str | None, str | None]:
    return (unquote(parts.username), unquote(parts.password or "")) if parts.username else (None, None)
