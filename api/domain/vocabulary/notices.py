"""Notices and their deliveries to phones and channels. Words only, no rules."""

from enum import StrEnum


class NoticeState(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"
    DEAD = "dead"
    SUPPRESSED = "suppressed"


class Channel(StrEnum):
    """Ways a notice travels: a push to a member of staff; the others, as in ContactChannel, to a contact."""

    PUSH = "push"
    SMS = "sms"
    CHAT = "chat"
    EMAIL = "email"


class DeliveryState(StrEnum):
    """`suppressed`: whom it was for does not want it any more."""

    PENDING = "pending"
    LEASED = "leased"
    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"
    DEAD = "dead"
    SUPPRESSED = "suppressed"


class StaffFallback(StrEnum):
    """How staff are told of live work whom no push has reached: by their own number, or not at all."""

    SMS = "sms"
    CHAT = "chat"
    OFF = "off"


class AddressKind(StrEnum):
    """FCM's legacy registration token, or the newer Firebase installation id."""

    TOKEN = "token"
    FID = "fid"


class Platform(StrEnum):
    ANDROID = "android"
    IOS = "ios"
    HARMONY = "harmony"
