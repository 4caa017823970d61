"""How a process looks for garbage: seldom, and once it has started not among what it has loaded to stay."""

import gc

YOUNG_OBJECTS = 20_000
"""How many new objects lead to a look; with Python's own 700 a sweep of timers takes a quarter longer."""


def look_seldom() -> None:
    """Say so before the house is loaded: a fifth of the CPU of a start was looking through what stays."""
    gc.set_threshold(YOUNG_OBJECTS, 10, 10)


def settle_in() -> None:
    """Say that everything loaded so far is here to stay. To be called once, when a process has started."""
    gc.collect()
    gc.freeze()
