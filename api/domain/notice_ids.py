"""The id of a notice, which is known before the notice is: its key is all that it is made of."""

import re
from hashlib import sha256
from uuid import UUID

from api.domain.ids import id_of

_SUBJECT = re.compile(r":([0-9a-f]{8})-([0-9a-f]{4})-")
_FIRST_48_BITS = 0xFFFF_FFFF_FFFF << 80
_VERSION_AND_VARIANT = 0xF << 76 | 0x3 << 62
_VERSION_8 = 0x8 << 76 | 0x2 << 62


def notice_id(dedupe_key: str) -> UUID:
    """Return the id of the notice with this key, whether it has been decided or not (UUIDv8, RFC 9562).

    By it a phone without a signal can raise the alarm itself, and know the notice again when it comes. The
    first 48 bits are those of the first id in the key: of its subject, so of when that came to be. The
    others are of the key's SHA-256. What is told at one time thus lies together in the database.
    """
    number = int.from_bytes(sha256(dedupe_key.encode()).digest()[:16])
    subject = _SUBJECT.search(dedupe_key)
    if subject is not None:
        number = number & ~_FIRST_48_BITS | int(subject[1] + subject[2], 16) << 80
    return id_of(number & ~_VERSION_AND_VARIANT | _VERSION_8)
