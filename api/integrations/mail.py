"""E-mail over SMTP, with TLS from the first byte (`smtps`) or by STARTTLS (`smtp`).

What the mail says is made in `mail_body`; what follows from an answer is decided in `domain.delivery_policy`.
"""

import contextlib
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from api.domain.delivery_policy import SEND_TIMEOUT, Answer
from api.domain.outgoing import ContactMessage
from api.domain.ways import MailServer
from api.integrations.mail_body import AddressImpossible, mail_of

_NO_SUCH_MAILBOX = re.compile(r"5\.1\.([1-46]|10)\b|5\.2\.1\b")
"""RFC 3463, 7505: the address does not exist, has moved or takes no mail; others are about us or the mail."""

_ENHANCED = re.compile(r"^[245]\.\d{1,3}\.\d{1,3}\b")
_REFUSING = frozenset({530, 534, 535, 538})
_MAILBOX_CODES = frozenset({550, 551, 553})


class MailMessenger:
    """Hands in one mail per connection, within the time that the lease of a delivery leaves."""

    def __init__(self, server: MailServer, sender: str, *, trust: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._sender = sender
        self._trust = trust or ssl.create_default_context()

    def send(self, message: ContactMessage) -> Answer:
        try:
            mail = mail_of(message, self._sender)
        except AddressImpossible:
            return Answer.address_gone("no mail can be sent to this address")
        try:
            with self._connected() as smtp:
                smtp.send_message(mail, self._sender, [mail["To"].addresses[0].addr_spec])
        except (smtplib.SMTPException, OSError) as failure:
            return _understood(failure)
        return Answer.accepted(_name_of(mail))

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        server, seconds = self._server, SEND_TIMEOUT.total_seconds()
        # A server that trickles its answers keeps every single read short: the whole must end, too.
        with self._open(seconds) as smtp, _cut_off(smtp, seconds):
            if server.starttls:
                smtp.starttls(context=self._trust)
            if server.user is not None:
                smtp.login(server.user, server.password or "")
            yield smtp

    def _open(self, seconds: float) -> smtplib.SMTP:
        host, port = self._server.host, self._server.port
        if self._server.implicit_tls:
            return smtplib.SMTP_SSL(host, port, timeout=seconds, context=self._trust)
        return smtplib.SMTP(host, port, timeout=seconds)


@contextmanager
def _cut_off(smtp: smtplib.SMTP, seconds: float) -> Iterator[None]:
    def cut() -> None:
        if (connection := smtp.sock) is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _name_of(mail: EmailMessage) -> str:
    return str(mail["Message-ID"])[:200]


def _understood(failure: smtplib.SMTPException | OSError) -> Answer:
    """Say what a failure means. The server's own words are not kept: they like to name the address."""
    match failure:
        case smtplib.SMTPRecipientsRefused(recipients=recipients):
            code, words = next(iter(recipients.values()))
            return _about_recipient(code, words)
        case smtplib.SMTPNotSupportedError():
            # It does not do STARTTLS or log-ins, or cannot take an address in Chinese.
            return Answer.refused("mail server lacks what is asked of it")
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=words):
            return _about_mail(failure, code, words)
        case ssl.SSLError():
            return Answer.refused("mail server's certificate or TLS was not accepted")
        case _:
            return Answer.retry(type(failure).__name__)


def _about_recipient(code: int, words: bytes | str) -> Answer:
    reason, enhanced = _reason(code, words)
    if code in _REFUSING:
        return Answer.refused(reason)
    if code < 500:
        return Answer.retry(reason)
    gone = _NO_SUCH_MAILBOX.match(enhanced) if enhanced else code in _MAILBOX_CODES
    return Answer.address_gone(reason) if gone else Answer.dead(reason)


def _about_mail(failure: smtplib.SMTPException, code: int, words: bytes | str) -> Answer:
    reason, _ = _reason(code, words)
    of_ours = isinstance(failure, smtplib.SMTPAuthenticationError | smtplib.SMTPSenderRefused)
    if code in _REFUSING or (of_ours and code >= 500):
        return Answer.refused(reason)
    # While saying hello, 5xx is about us as well, but a server may also be just closing.
    if code < 500 or isinstance(failure, smtplib.SMTPConnectError | smtplib.SMTPHeloError):
        return Answer.retry(reason)
    return Answer.dead(reason)


def _reason(code: int, words: bytes | str) -> tuple[str, str]:
    text = words.decode("ascii", "replace") if isinstance(words, bytes) else words
    enhanced = found.group() if (found := _ENHANCED.match(text.strip())) else ""
    return f"mail server answered {code} {enhanced}".rstrip(), enhanced
