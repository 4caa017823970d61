"""Mail over SMTP against the stand-in: what arrives, how it is secured, and what each answer is taken for."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from api.domain.delivery_policy import LEASE, AnswerClass
from api.domain.ways import MailServer
from api.integrations.mail import MailMessenger
from demo.mail_stand_in import MailStandIn
from tests.messages import NOTICE, PREFERENCES_URL, URL, mail

SENDER = "branch@doorstep.test"
Starting = Callable[..., MailStandIn]


@pytest.fixture
def start() -> Iterator[Starting]:
    """Starts a stand-in: `start(login=("user", "password"))`."""
    with ExitStack() as endings:

        def start(**options: object) -> MailStandIn:
            server = MailStandIn(**options)  # type: ignore[arg-type]
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            endings.callback(thread.join)
            endings.callback(server.close)
            return server

        yield start


def server_at(mails: MailStandIn, **how: object) -> MailServer:
    facts = {"host": "127.0.0.1", "port": mails.port, "implicit_tls": False, "starttls": False}
    return MailServer(**{**facts, **how})  # type: ignore[arg-type]


def sent_by(mails: MailStandIn, **how: object) -> AnswerClass:
    return MailMessenger(server_at(mails, **how), SENDER).send(mail()).outcome


def test_a_mail_arrives_with_text_and_html_and_a_way_to_stop_it(start: Starting) -> None:
    mails = start()

    answer = MailMessenger(server_at(mails), SENDER).send(mail())

    (arrived,) = mails.received
    headers = arrived["headers"]
    assert answer.outcome is AnswerClass.ACCEPTED
    assert answer.detail == headers["message-id"] == f"<{NOTICE}@doorstep.test>"
    assert arrived["recipients"] == ["li@example.com"]
    assert headers["subject"] == "城西网点：快递员即将到达"
    assert headers["from"] == "城西网点 <branch@doorstep.test>"
    assert headers["list-unsubscribe"] == f"<{PREFERENCES_URL}>"
    assert headers["content-language"] == "zh-CN"
    assert headers["auto-submitted"] == "auto-generated"
    assert arrived["text"].splitlines() == mail().text.splitlines()
    assert f'<a href="{URL}">{URL}</a>' in arrived["html"]
    assert '<html lang="zh-CN">' in arrived["html"]


def test_no_mail_offers_to_be_stopped_by_a_bare_post(start: Starting) -> None:
    mails = start()

    sent_by(mails)

    assert "list-unsubscribe-post" not in mails.received[0]["headers"]


def test_a_repeat_is_the_same_message(start: Starting) -> None:
    mails = start()

    sent_by(mails)
    sent_by(mails)

    first, second = (arrived["headers"]["message-id"] for arrived in mails.received)
    assert first == second


def test_what_a_branch_is_called_stays_text_in_the_html(start: Starting) -> None:
    mails = start()

    MailMessenger(server_at(mails), SENDER).send(mail(text=f"<script>x</script> & {URL}"))

    assert "&lt;script&gt;x&lt;/script&gt; &amp; <a href=" in mails.received[0]["html"]


@pytest.mark.parametrize(
    "change",
    [
        {"sender": "城西\r\nBcc: all@example.com"},
        {"subject": "Hello\r\nBcc: all@example.com\r\n\r\nanother body"},
        {"subject": "Hello\u2028Bcc: all@example.com\x00"},
    ],
    ids=["name", "subject", "odd line ends"],
)
def test_f4_no_header_can_be_smuggled_in(start: Starting, change: dict[str, str]) -> None:
    mails = start()

    answer = MailMessenger(server_at(mails), SENDER).send(mail(**change))

    (arrived,) = mails.received
    assert answer.outcome is AnswerClass.ACCEPTED
    assert "bcc" not in arrived["headers"]
    assert arrived["recipients"] == ["li@example.com"]
    assert arrived["text"].startswith("您好！")


@pytest.mark.parametrize(
    "address",
    [
        "li@example.com\r\nBcc: all@example.com",
        "li@example.com\r\nRCPT TO:<all@example.com>",
        "li@example.com, all@example.com",
        "li@example.com>\n",
        "<li@example.com",
        "nobody",
        "@",
        "",
    ],
)
def test_f4_an_address_that_is_none_never_reaches_the_server(start: Starting, address: str) -> None:
    mails = start()

    answer = MailMessenger(server_at(mails), SENDER).send(mail(address=address))

    assert answer.outcome is AnswerClass.ADDRESS_GONE
    assert not mails.commands


@pytest.mark.parametrize(
    ("command", "refusal", "taken_for"),
    [
        ("RCPT", "550 5.1.1 <li@example.com> user unknown", AnswerClass.ADDRESS_GONE),
        ("RCPT", "550 no such user here", AnswerClass.ADDRESS_GONE),
        ("RCPT", "556 5.1.10 takes no mail", AnswerClass.ADDRESS_GONE),
        ("RCPT", "550 5.2.1 mailbox disabled", AnswerClass.ADDRESS_GONE),
        ("RCPT", "550 5.7.1 relaying denied", AnswerClass.DEAD),
        ("RCPT", "552 5.2.2 mailbox full", AnswerClass.DEAD),
        ("RCPT", "450 4.2.0 greylisted", AnswerClass.RETRY),
        ("RCPT", "421 4.3.2 going down", AnswerClass.RETRY),
        ("RCPT", "530 5.7.0 log in first", AnswerClass.REFUSED),
        ("MAIL", "550 5.7.1 you may not send", AnswerClass.REFUSED),
        ("MAIL", "451 4.3.0 try later", AnswerClass.RETRY),
        ("DATA", "451 4.3.0 try later", AnswerClass.RETRY),
        (".", "554 5.7.1 looks like spam", AnswerClass.DEAD),
        (".", "451 4.7.1 try later", AnswerClass.RETRY),
        ("EHLO HELO", "421 busy", AnswerClass.RETRY),
        ("RCPT", "gibberish", AnswerClass.RETRY),
    ],
)
def test_each_answer_has_its_meaning(
    start: Starting, command: str, refusal: str, taken_for: AnswerClass
) -> None:
    mails = start()
    mails.refusals |= dict.fromkeys(command.split(), refusal)

    answer = MailMessenger(server_at(mails), SENDER).send(mail())

    assert answer.outcome is taken_for
    assert "li@example.com" not in answer.detail
    assert mails.received == []


def test_a_login_is_done_and_a_wrong_one_stops_the_sender(start: Starting) -> None:
    mails = start(login=("branch", "hunter2"))

    right = sent_by(mails, user="branch", password="hunter2")
    wrong = MailMessenger(server_at(mails, user="branch", password="hunter3"), SENDER).send(mail())

    assert right is AnswerClass.ACCEPTED
    assert wrong.outcome is AnswerClass.REFUSED
    assert wrong.detail == "mail server answered 535 5.7.8"


def test_a_mail_server_that_is_not_there_is_tried_again_later() -> None:
    server = MailServer("127.0.0.1", 9, False, False)

    assert MailMessenger(server, SENDER).send(mail()).outcome is AnswerClass.RETRY


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody else has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "stand-in.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_starttls_comes_before_the_password_and_the_mail(start: Starting, certificate: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    mails = start(login=("branch", "hunter2"), tls=tls)
    server = server_at(mails, starttls=True, user="branch", password="hunter2")

    trusting = MailMessenger(server, SENDER, trust=ssl.create_default_context(cafile=certificate))
    trusted = trusting.send(mail()).outcome
    said = list(mails.commands)
    strange = MailMessenger(server, SENDER).send(mail()).outcome

    assert trusted is AnswerClass.ACCEPTED
    assert said[:4] == ["EHLO", "STAR", "EHLO", "AUTH"]
    assert strange is AnswerClass.REFUSED
    assert len(mails.received) == 1


def test_without_the_starttls_that_is_demanded_no_password_leaves(start: Starting) -> None:
    mails = start(login=("branch", "hunter2"))

    answer = sent_by(mails, starttls=True, user="branch", password="hunter2")

    assert answer is AnswerClass.REFUSED
    assert "AUTH" not in mails.commands


@pytest.mark.slow
def test_g2_a_server_that_trickles_its_answer_is_left_before_the_lease_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_trickle, args=[listening], daemon=True).start()
        began = time.monotonic()

        answer = MailMessenger(
            MailServer("127.0.0.1", listening.getsockname()[1], False, False), SENDER
        ).send(mail())

    assert answer.outcome is AnswerClass.RETRY
    assert time.monotonic() - began < LEASE.total_seconds() - 1


def _trickle(listening: socket.socket) -> None:
    caller, _ = listening.accept()
    with caller:
        caller.sendall(b"220 stand-in\r\n250")
        try:
            for _ in range(60):
                time.sleep(0.5)
                caller.sendall(b"-")
        except OSError:
            return
