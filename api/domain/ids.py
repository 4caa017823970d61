"""Making an id of its number, as every row that is read needs it several times over."""

from uuid import UUID, SafeUUID

# What is the same for all is looked up once, and a frozen UUID's fields are set past its check for that: by
# their names, it all takes three times as long.
_UNKNOWN = SafeUUID.unknown
_set_int = vars(UUID)["int"].__set__
_set_is_safe = vars(UUID)["is_safe"].__set__


def id_of(number: int) -> UUID:
    """Return the UUID of a number of 128 bits.

    It is what `UUID(int=...)` does in the end: most of its time that looks which of six ways it was called.
    The number is not checked: one that is negative or has more bits makes an id that no database takes.
    """
    made = object.__new__(UUID)
    _set_int(made, number)
    _set_is_safe(made, _UNKNOWN)
    return made
