"""The operator's ways to contacts, as they are written in the settings."""

import pytest

from api.domain.vocabulary import ContactChannel
from api.domain.ways import MailServer, WaysUnclear, ways_of

SMS, CHAT, EMAIL = ContactChannel


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("console", {SMS: "console", CHAT: "console", EMAIL: "console"}),
        ("https://gw.example/m", {SMS: "https://gw.example/m", CHAT: "https://gw.example/m"}),
        ("sms=https://a.example/?x=1", {SMS: "https://a.example/?x=1"}),
        ("sms+email=http://a.example", {SMS: "http://a.example", EMAIL: "http://a.example"}),
        (
            "sms=https://a.example chat=apprise:json://b/{to}",
            {SMS: "https://a.example", CHAT: "apprise:json://b/{to}"},
        ),
    ],
)
def test_each_channel_has_one_way(text: str, ways: dict[ContactChannel, str]) -> None:
    assert ways_of(text) == ways


@pytest.mark.parametrize(
    "text",
    [
        "sms",
        "ftp://a.example",
        "console https://a.example",
        "fax=https://a.example",
        "https://a.example sms=https://b.example",
        "apprise:json://user:hunter2@b.example",
        "sms=json://user:hunter2@b.example",
    ],
)
def test_f7_what_is_unclear_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(WaysUnclear) as refusal:
        ways_of(text)

    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "here", "server"),
    [
        ("smtps://mail.example", False, MailServer("mail.example", 465, True, False)),
        ("smtp://mail.example:25", False, MailServer("mail.example", 25, False, True)),
        ("smtp://mail.example?starttls=off", False, MailServer("mail.example", 587, False, False)),
        ("smtp://127.0.0.1:9025", True, MailServer("127.0.0.1", 9025, False, False)),
        (
            "smtp://a%40b.c:p%2Fw@mail.example",
            False,
            MailServer("mail.example", 587, False, True, "a@b.c", "p/w"),
        ),
    ],
)
def test_a_mail_server_is_read_from_its_url(url: str, here: bool, server: MailServer) -> None:
    assert MailServer.parse(url, on_this_machine=here) == server


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://:hunter2@",
        "smtp://u:hunter2@mail.example:port",
        "smtp://u:hunter2@mail.example/path",
        "smtp://u:hunter2@mail.example?tls=1",
        "smtp://u:hunter2@mail.example?hunter2",
        "smtp://u:hunter2@mail.example?starttls=off",
    ],
)
def test_f7_a_mail_server_that_cannot_be_or_would_leak_its_password_is_refused(url: str) -> None:
    with pytest.raises(WaysUnclear) as refusal:
        MailServer.parse(url, on_this_machine=False)

    assert "hunter2" not in str(refusal.value)
    assert "hunter2" not in repr(MailServer("h", 1, True, False, "u", "hunter2"))
