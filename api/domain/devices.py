"""Rules of phones that receive pushes."""

from datetime import timedelta

from api.domain.errors import TooMany

MOVES_PER_DAY = 5
"""How often one person may take a push address from somebody: phones are handed on, but not hourly."""

MOVES_WINDOW = timedelta(days=1)
DEVICE_MOVED = "device.moved"


class TooManyMoves(TooMany):
    """Too many phones were taken over today; try again tomorrow."""

    code = "too_many_device_moves"
