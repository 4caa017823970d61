"""Push through Firebase Cloud Messaging: the SDK's credentials, messages and errors over a thin post of ours.

The SDK's own `send` costs twice the CPU, looks for proxies at each message, and posts one up to five times.
"""

import json
import threading
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

import requests

from api.domain.delivery_policy import SEND_TIMEOUT, Answer
from api.domain.outgoing import Push
from api.domain.sender_breaker import SLOTS
from api.integrations.bounded_http import BoundedAdapter, retry_after
from api.integrations.fcm_messages import encoded

FCM_ENDPOINT = "https://fcm.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"


class FcmPush:
    """Sends over at most `workers` kept connections. The SDK is loaded at the first send: it costs 39 MB.

    `endpoint` replaces FCM's base URL, for a stand-in on loopback.
    """

    def __init__(
        self,
        credentials_file: Path,
        *,
        endpoint: str | None = None,
        workers: int = SLOTS,
        timeout: timedelta = SEND_TIMEOUT,
    ) -> None:
        self._credentials_file = credentials_file
        self._seconds = timeout.total_seconds()
        self._endpoint = (endpoint or FCM_ENDPOINT).rstrip("/")
        self._workers = workers
        self._line: _Line | None = None
        self._one_start = threading.Lock()

    def send(self, message: Push) -> Answer:
        from firebase_admin import exceptions
        from google.auth import exceptions as google_errors

        try:
            line = self._started()
        except (OSError, ValueError, KeyError) as error:
            return Answer.refused(f"service account: {type(error).__name__}")
        try:
            name = line.post(encoded(message))
        except exceptions.FirebaseError as error:
            return _understood(error)
        except google_errors.TransportError as error:
            return Answer.retry(f"token: {type(error).__name__}")
        except google_errors.GoogleAuthError as error:
            return Answer.retry("token: later") if error.retryable else Answer.refused("token refused")
        except ValueError as error:
            return Answer.dead(f"cannot be encoded: {error}")
        return Answer.accepted(name) if isinstance(name, str) else Answer.retry("accepted without a name")

    def close(self) -> None:
        """Let go of the SDK's application and of the connections."""
        with self._one_start:
            if self._line is not None:
                self._line.close()
                self._line = None

    def _started(self) -> "_Line":
        with self._one_start:
            if self._line is None:
                self._line = self._start()
            return self._line

    def _start(self) -> "_Line":
        import firebase_admin
        from firebase_admin import messaging

        account = json.loads(self._credentials_file.read_text())
        project = account["project_id"]
        app = firebase_admin.initialize_app(
            _credential(account), {"projectId": project}, name=f"doorstep-{uuid4()}"
        )
        http = requests.Session()
        adapter = BoundedAdapter(workers=self._workers, seconds=self._seconds)
        http.mount(self._endpoint, adapter)
        url = f"{self._endpoint}/v1/projects/{project}/messages:send"
        headers = {"Content-Type": "application/json; charset=UTF-8", "X-GOOG-API-FORMAT-VERSION": "2"}
        return _Line(
            app=app,
            # It encodes messages, and sorts what FCM says in its answers; there is no public way to either.
            service=messaging._get_messaging_service(app),
            token=_Token(app.credential.get_credential(), self._seconds),
            adapter=adapter,
            blank=http.prepare_request(requests.Request("POST", url, headers=headers)),
            # Proxies and certificates are asked of the environment once, not at each message.
            options={
                **http.merge_environment_settings(url, {}, None, None, None),
                "timeout": self._seconds,
            },
        )


@dataclass(frozen=True, slots=True)
class _Line:
    """The open line to FCM. `blank` is the request without its body, `options` go with each."""

    app: Any
    service: Any
    token: "_Token"
    adapter: BoundedAdapter
    blank: requests.PreparedRequest
    options: dict[str, Any]

    def post(self, message: Any) -> object:
        """Post a message once and return the name that FCM gave it, or whatever came instead.

        Raises the SDK's errors for what FCM or the network did, Google's for the token.
        """
        body = json.dumps({"message": self.service.encode_message(message)}, ensure_ascii=False).encode()
        request = self.blank.copy()
        request.body = body
        request.headers["Content-Length"] = str(len(body))
        bearer = self.token.bearer()
        request.headers["Authorization"] = f"Bearer {bearer}"
        try:
            response = self.adapter.send(request, **self.options)
            response.raise_for_status()
            answer = response.json()
        except requests.exceptions.RequestException as failure:
            error = self.service._handle_fcm_error(failure)
            if _refuses_the_token(error):
                self.token.refused(bearer)
            raise error from failure
        self.token.was_good = bearer
        return answer.get("name") if isinstance(answer, dict) else None

    def close(self) -> None:
        import firebase_admin

        self.adapter.close()
        firebase_admin.delete_app(self.app)


class _Token:
    """The access token of the service account, fetched by one thread for all."""

    def __init__(self, credential: Any, seconds: float) -> None:
        from google.auth.transport.requests import Request

        http = requests.Session()
        for scheme in ("http://", "https://"):
            http.mount(scheme, BoundedAdapter(workers=1, seconds=seconds))
        self._credential = credential
        self._seconds = seconds
        self._request = partial(Request(http), timeout=seconds)
        self._one_fetch = threading.Lock()
        self.was_good = ""
        """The last token that FCM took."""

    def bearer(self) -> str:
        """Return a token to show. Raises Google's errors; TransportError when another fetched in vain.

        Whoever has waited for another's attempt makes none of his own: with the send it outlasted the lease.
        """
        from google.auth.credentials import TokenState

        state = self._credential.token_state
        if state is not TokenState.FRESH:
            if self._one_fetch.acquire(blocking=False):
                try:
                    self._fetch(is_still_good=state is TokenState.STALE)
                finally:
                    self._one_fetch.release()
            elif state is TokenState.INVALID:
                self._await_anothers()
        token: str | None = self._credential.token
        return token or _in_vain()

    def refused(self, bearer: str) -> None:
        """Never show this token again.

        Raises TransportError when it was good before: a new one decides whether it is us who are refused.
        """
        if self._credential.token == bearer:
            self._credential.token = None
        if bearer == self.was_good:
            _in_vain("a token has ended before its time")

    def _fetch(self, *, is_still_good: bool) -> None:
        from google.auth.exceptions import GoogleAuthError

        # Somebody else may have fetched one between the look and the lock.
        if not self._credential.valid or is_still_good:
            try:
                self._credential.refresh(self._request)
            except GoogleAuthError:
                if not is_still_good:
                    raise

    def _await_anothers(self) -> None:
        if self._one_fetch.acquire(timeout=self._seconds):
            self._one_fetch.release()
        if not self._credential.valid:
            _in_vain()


def _in_vain(reason: str = "another has fetched a token in vain") -> NoReturn:
    from google.auth.exceptions import TransportError

    raise TransportError(reason)  # type: ignore[no-untyped-call]


def _credential(account: dict[str, Any]) -> Any:
    from google.oauth2 import service_account

    class WithoutRegionalLookup(service_account.Credentials):
        """Asks nobody but the token endpoint: the stock class also calls a third host from a thread."""

        def _is_regional_access_boundary_lookup_required(self) -> bool:
            return False

    credential_class: Any = WithoutRegionalLookup  # google-auth annotates only part of itself.
    return credential_class.from_service_account_info(account, scopes=[SCOPE])


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


def _refuses_the_token(error: Any) -> bool:
    """Tell whether it is our token that FCM refuses: what Apple refuses looks alike."""
    from firebase_admin import exceptions, messaging

    is_apple = isinstance(error, messaging.ThirdPartyAuthError)
    return isinstance(error, exceptions.UnauthenticatedError) and not is_apple


def _blames_the_address(response: requests.Response | None) -> bool:
    """Tell a bad address from a bad message: FCM answers 400 to both and names the field."""
    try:
        details = response.json()["error"]["details"] if response is not None else []
        fields = {violation["field"] for detail in details for violation in detail.get("fieldViolations", ())}
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return bool(fields & {"message.token", "message.fid"})
