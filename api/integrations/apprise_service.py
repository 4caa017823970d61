"""Messages through a service that the package `apprise` knows: an extra, imported only where it is used.

Apprise tells only whether a message was taken, so that a failure is always tried again, and a repeat may be
shown twice: where that matters, put a gateway in between.
"""

from typing import Any
from urllib.parse import quote

from api.domain.delivery_policy import SEND_TIMEOUT, Answer
from api.domain.outgoing import ContactMessage

RECIPIENT = "{to}"
"""Stands in the URL where the service expects whom the message is for."""


class AppriseMessenger:
    """Notifies one URL per message, with the recipient filled in. ImportError where apprise is missing."""

    def __init__(self, template: str) -> None:
        import apprise

        self._template = template
        self._apprise: Any = apprise
        # Nothing is kept on disk, no redirect takes a message elsewhere, and whoever hangs is left in time.
        self._asset: Any = apprise.AppriseAsset(
            storage_mode=apprise.PersistentStoreMode.MEMORY,
            service_timeout=SEND_TIMEOUT.total_seconds(),
            http_redirects=False,
            async_mode=False,
            pgp_autogen=False,
            pem_autogen=False,
        )

    @property
    def is_usable(self) -> bool:
        """Whether apprise understands the URL."""
        return self._service("+8613800000000") is not None

    def send(self, message: ContactMessage) -> Answer:
        service = self._service(message.address)
        if service is None:
            return Answer.dead("apprise cannot write to this address")
        taken = service.notify(body=message.text, title=message.subject)
        return Answer.accepted("apprise") if taken else Answer.retry("apprise could not hand it over")

    def _service(self, address: str) -> Any:
        service = self._apprise.Apprise(asset=self._asset)
        url = self._template.replace(RECIPIENT, quote(address, safe=""))
        return service if service.add(url) else None
