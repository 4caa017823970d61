"""A message to a contact as an e-mail: headers, plain text and a small HTML part. `mail` sends it."""

from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from api.domain.contact_texts import one_line
from api.domain.outgoing import ContactMessage


class AddressImpossible(Exception):
    """No header can hold this address."""


def mail_of(message: ContactMessage, sender: str) -> EmailMessage:
    """Write the mail from `sender`, an e-mail address, in the name of the branch.

    Its Message-ID is made of the notice, so that a mail server can tell a repeat. `List-Unsubscribe` leads to
    the preferences page; one-click (RFC 8058) is not offered, since a contact's choice is never a bare POST.
    Raises AddressImpossible.
    """
    mail = EmailMessage(policy=SMTP)
    mail["Message-ID"] = f"<{message.notice_id}@{sender.rpartition('@')[2]}>"
    mail["Date"] = format_datetime(message.leaves_at)
    mail["From"] = _address(sender, message.sender)
    mail["To"] = _address(message.address)
    mail["Subject"] = one_line(message.subject)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notices, please.
    if message.preferences_url:
        mail["List-Unsubscribe"] = f"<{message.preferences_url}>"
    # Setting the content drops what was said about it before.
    mail.set_content(message.text, cte="quoted-printable")
    mail.add_alternative(_html(message), subtype="html", cte="quoted-printable")
    mail["Content-Language"] = message.locale.value
    return mail


def _address(address: str, name: str = "") -> Address:
    if not address.isprintable():
        raise AddressImpossible
    try:
        return Address(display_name=one_line(name), addr_spec=address)
    except (ValueError, IndexError, HeaderParseError):
        # The parser has its own ways with halves of an address.
        raise AddressImpossible from None


def _html(message: ContactMessage) -> str:
    paragraphs = "".join(f"<p>{_linked(part, message)}</p>\n" for part in message.text.split("\n\n"))
    return (
        f'<!doctype html>\n<html lang="{message.locale}"><head><meta charset="utf-8">'
        '<meta name="color-scheme" content="light dark"></head>\n'
        '<body style="font:16px/1.6 system-ui,sans-serif;max-width:36em;margin:1em auto;padding:0 1em">\n'
        f"{paragraphs}</body></html>\n"
    )


def _linked(paragraph: str, message: ContactMessage) -> str:
    text = escape(paragraph).replace("\n", "<br>\n")
    for url in filter(None, (message.url, message.preferences_url)):
        text = text.replace(escape(url), f'<a href="{escape(url)}">{escape(url)}</a>')
    return text
