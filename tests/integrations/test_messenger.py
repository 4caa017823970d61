"""The console as a messenger, and the choice of a messenger by channel."""

import io

from api.domain.delivery_policy import AnswerClass
from api.domain.vocabulary import ContactChannel
from api.integrations.messenger import ConsoleMessenger, RoutingMessenger
from tests.fakes import RecordingMessenger
from tests.messages import mail, message


def test_the_console_prints_the_text_but_not_the_whole_address() -> None:
    printed = io.StringIO()
    console = ConsoleMessenger(printed)

    console.send(message())
    console.send(mail())

    assert "快递员即将到达" in printed.getvalue()
    assert "13800138000" not in printed.getvalue()
    assert "li@" not in printed.getvalue()
    assert [one.channel for one in console.sent] == ["sms", "email"]


def test_each_channel_has_its_own_messenger() -> None:
    phones, mails = RecordingMessenger(), RecordingMessenger()
    routing = RoutingMessenger({ContactChannel.SMS: phones, ContactChannel.EMAIL: mails})

    routing.send(message())
    routing.send(mail())

    assert [one.channel for one in phones.sent] == ["sms"]
    assert [one.channel for one in mails.sent] == ["email"]
    assert routing.channels == {ContactChannel.SMS, ContactChannel.EMAIL}


def test_a_channel_that_nobody_serves_any_more_is_dead() -> None:
    answer = RoutingMessenger({}).send(message())

    assert answer.outcome is AnswerClass.DEAD
