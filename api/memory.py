"""How a process keeps house with its memory: when it looks for garbage, and what it gives back."""

import atexit
import ctypes
import gc
import threading
import time
from typing import Any

YOUNG_OBJECTS = 20_000
"""How many new objects lead to a look; with Python's own 700 a sweep of timers takes a quarter longer."""

MAPPED_FROM_BYTES = 1 << 20
M_MMAP_THRESHOLD = -3
"""glibc's name for it, in malloc.h."""
GIVEN_BACK_EVERY_SECONDS = 60.0


def look_seldom() -> None:
    """Say so before the house is loaded: a fifth of the CPU of a start was looking through what stays."""
    gc.set_threshold(YOUNG_OBJECTS, 10, 10)
    # Nor look through everything once more to end: the system takes it all back.
    atexit.register(gc.freeze)


def settle_in() -> None:
    """Say that everything loaded so far is here to stay. To be called once, when a process has started."""
    gc.collect()
    gc.freeze()
    glibc = ctypes.CDLL(None)
    if hasattr(glibc, "malloc_trim"):
        _give_back_what_is_large(glibc)
        threading.Thread(target=_give_back_what_is_free, args=[glibc], name="memory", daemon=True).start()


def _give_back_what_is_large(glibc: Any) -> None:
    """Let large pieces go back to the system when they are free.

    A password check takes 19 MiB. Left to itself glibc learns from the first that such pieces come again, and
    keeps one for each thread: eight of them held 170 MB after a few sign-ins.
    """
    glibc.mallopt(M_MMAP_THRESHOLD, MAPPED_FROM_BYTES)


def _give_back_what_is_free(glibc: Any) -> None:
    """Give back, each minute, the pages on which nothing is left.

    glibc itself gives back what lies at the end alone. Some thirty threads with sixteen heaps between them
    held 70 MB of holes after an hour.
    """
    while True:
        time.sleep(GIVEN_BACK_EVERY_SECONDS)
        glibc.malloc_trim(0)
