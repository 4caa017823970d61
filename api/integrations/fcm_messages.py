"""How a push is said to FCM: the SDK's own message, encoded and checked by the SDK."""

from typing import TYPE_CHECKING

from api.domain.outgoing import Push, PushMessage, SilentPush
from api.domain.vocabulary import AddressKind

if TYPE_CHECKING:
    from firebase_admin import messaging


def encoded(push: Push) -> "messaging.Message":
    """Return the message for one phone. Raises ValueError for what FCM would not take."""
    message = _silent(push) if isinstance(push, SilentPush) else _shown(push)
    # Set afterwards, since the constructor warns of `token`: phones in the field have both kinds for years.
    if push.address_kind is AddressKind.TOKEN:
        message.token = push.address
    else:
        message.fid = push.address
    return message


def _shown(push: PushMessage) -> "messaging.Message":
    from firebase_admin import messaging

    return messaging.Message(
        data=push.data,
        notification=messaging.Notification(title=push.title, body=push.body),
        android=_android(push),
        apns=_apns(push),
    )


def _silent(push: SilentPush) -> "messaging.Message":
    from firebase_admin import messaging

    headers = {
        "apns-push-type": "background",
        "apns-collapse-id": push.thread,
        "apns-priority": "5",
        "apns-expiration": str(int(push.useful_until.timestamp())),
    }
    return messaging.Message(
        data=push.data,
        android=messaging.AndroidConfig(priority="normal", ttl=push.time_to_live, collapse_key=push.thread),
        apns=messaging.APNSConfig(
            headers=headers, payload=messaging.APNSPayload(aps=messaging.Aps(content_available=True))
        ),
    )


def _android(push: PushMessage) -> "messaging.AndroidConfig":
    from firebase_admin import messaging

    return messaging.AndroidConfig(
        priority="high" if push.urgent else "normal",
        ttl=push.time_to_live,
        notification=messaging.AndroidNotification(
            tag=push.thread, channel_id="live" if push.urgent else "calm", visibility="private"
        ),
    )


def _apns(push: PushMessage) -> "messaging.APNSConfig":
    from firebase_admin import messaging

    level = "time-sensitive" if push.urgent else "active"
    return messaging.APNSConfig(
        headers={
            "apns-collapse-id": push.thread,
            "apns-priority": "10" if push.urgent else "5",
            "apns-expiration": str(int(push.useful_until.timestamp())),
        },
        payload=messaging.APNSPayload(
            aps=messaging.Aps(thread_id=push.thread, custom_data={"interruption-level": level})
        ),
    )
