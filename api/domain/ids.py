"""Making an id of its number, as every row that is read needs it several times over."""

from uuid import UUID, SafeUUID


def id_of(number: int) -> UUID:
    """Return the UUID of a number of 128 bits.

    It is what `UUID(int=...)` does in the end: half of its time that looks which of six ways it was called.
    The number is not checked: one that is negative or has more bits makes an id that no database takes.
    """
    made = object.__new__(UUID)
    object.__setattr__(made, "int", number)
    object.__setattr__(made, "is_safe", SafeUUID.unknown)
    return made
