"""Push through Firebase Cloud Messaging with the real SDK, its hidden retries and time-outs tamed."""

import json
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import requests

from api.domain.delivery_policy import SEND_TIMEOUT, Answer
from api.domain.outgoing import PushMessage
from api.domain.vocabulary import AddressKind
from api.integrations.bounded_http import BoundedAdapter, retry_after

if TYPE_CHECKING:
    from firebase_admin import messaging

FCM_ENDPOINT = "https://fcm.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"


class FcmPush:
    """Sends over at most `workers` connections. The SDK is loaded at the first send: it costs 39 MB.

    `endpoint` replaces FCM's base URL, for a stand-in on loopback.
    """

    def __init__(
        self,
        credentials_file: Path,
        *,
        endpoint: str | None = None,
        workers: int = 64,
        timeout: timedelta = SEND_TIMEOUT,
    ) -> None:
        self._credentials_file = credentials_file
        self._seconds = timeout.total_seconds()
        self._endpoint = (endpoint or FCM_ENDPOINT).rstrip("/")
        self._workers = workers
        self._app: Any = None
        self._one_start = threading.Lock()

    def send(self, message: PushMessage) -> Answer:
        from firebase_admin import exceptions, messaging
        from google.auth import exceptions as google_errors

        try:
            app = self._started()
        except (OSError, ValueError, KeyError) as error:
            return Answer.refused(f"service account: {type(error).__name__}")
        try:
            name = messaging.send(_encoded(message), app=app)
        except exceptions.FirebaseError as error:
            return _understood(error)
        except google_errors.TransportError as error:
            return Answer.retry(f"token: {type(error).__name__}")
        except google_errors.GoogleAuthError as error:
            return Answer.retry("token: later") if error.retryable else Answer.refused("token refused")
        except (KeyError, TypeError):
            # The SDK looks for a name in whatever came back with a 200.
            return Answer.retry("accepted without a name")
        except ValueError as error:
            return Answer.dead(f"cannot be encoded: {error}")
        return Answer.accepted(name) if isinstance(name, str) else Answer.retry("accepted without a name")

    def close(self) -> None:
        """Let go of the SDK's application and its connections."""
        import firebase_admin

        with self._one_start:
            if self._app is not None:
                firebase_admin.delete_app(self._app)
                self._app = None

    def _started(self) -> Any:
        with self._one_start:
            if self._app is None:
                self._app = self._start()
            return self._app

    def _start(self) -> Any:
        import firebase_admin
        from firebase_admin import messaging

        account = json.loads(self._credentials_file.read_text())
        project = account["project_id"]
        options = {"projectId": project, "httpTimeout": self._seconds}
        app = firebase_admin.initialize_app(_credential(account), options, name=f"doorstep-{uuid4()}")
        # The SDK has no option for its address or its retries; by itself it posts a message up to five times.
        service = messaging._get_messaging_service(app)
        service._fcm_url = f"{self._endpoint}/v1/projects/{project}/messages:send"
        adapter = BoundedAdapter(workers=self._workers, seconds=self._seconds)
        service._client.session.mount(self._endpoint, adapter)
        return app


def _credential(account: dict[str, Any]) -> Any:
    from google.oauth2 import service_account

    class WithoutRegionalLookup(service_account.Credentials):
        """Asks nobody but the token endpoint: the stock class also calls a third host from a thread."""

        def _is_regional_access_boundary_lookup_required(self) -> bool:
            return False

    credential_class: Any = WithoutRegionalLookup  # google-auth annotates only part of itself.
    return credential_class.from_service_account_info(account, scopes=[SCOPE])


def _encoded(message: PushMessage) -> "messaging.Message":
    from firebase_admin import messaging

    encoded = messaging.Message(
        data=message.data,
        notification=messaging.Notification(title=message.title, body=message.body),
        android=_android(message),
        apns=_apns(message),
    )
    # Set afterwards, since the constructor warns of `token`: phones in the field have both kinds for years.
    if message.address_kind is AddressKind.TOKEN:
        encoded.token = message.address
    else:
        encoded.fid = message.address
    return encoded


def _android(message: PushMessage) -> "messaging.AndroidConfig":
    from firebase_admin import messaging

    return messaging.AndroidConfig(
        priority="high" if message.urgent else "normal",
        ttl=message.time_to_live,
        notification=messaging.AndroidNotification(
            tag=message.thread, channel_id="live" if message.urgent else "calm", visibility="private"
        ),
    )


def _apns(message: PushMessage) -> "messaging.APNSConfig":
    from firebase_admin import messaging

    level = "time-sensitive" if message.urgent else "active"
    return messaging.APNSConfig(
        headers={
            "apns-collapse-id": message.thread,
            "apns-priority": "10" if message.urgent else "5",
            "apns-expiration": str(int(message.useful_until.timestamp())),
        },
        payload=messaging.APNSPayload(
            aps=messaging.Aps(thread_id=message.thread, custom_data={"interruption-level": level})
        ),
    )


def _understood(error: Any) -> Answer:
    """Sort the SDK's errors into what follows from them; what is not known counts as passing."""
    from firebase_admin import exceptions, messaging

    reason = f"{error.code}: {type(error).__name__}"
    if isinstance(error, messaging.UnregisteredError | messaging.SenderIdMismatchError):
        return Answer.address_gone(reason)
    if isinstance(error, exceptions.InvalidArgumentError):
        bad_address = _blames_the_address(error.http_response)
        return Answer.address_gone(reason) if bad_address else Answer.dead(reason)
    if isinstance(error, exceptions.ResourceExhaustedError):
        return Answer.paused(retry_after(error.http_response), reason)
    if isinstance(error, exceptions.UnauthenticatedError | exceptions.PermissionDeniedError):
        return Answer.refused(reason)
    return Answer.retry(reason)


def _blames_the_address(response: requests.Response | None) -> bool:
    """Tell a bad address from a bad message: FCM answers 400 to both and names the field."""
    try:
        details = response.json()["error"]["details"] if response is not None else []
        fields = {violation["field"] for detail in details for violation in detail.get("fieldViolations", ())}
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return bool(fields & {"message.token", "message.fid"})
