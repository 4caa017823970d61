"""Waiting for what another thread or process is about to do."""

import time
from collections.abc import Callable
from typing import TypeVar

GLANCE_SECONDS = 0.02

Found = TypeVar("Found")


def until(promise: str, happened: Callable[[], Found], seconds: float = 20.0) -> Found:
    """Return what `happened` finds, once it finds something; fail with the promise when it never does."""
    deadline = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {promise}"
        time.sleep(GLANCE_SECONDS)
    return found
