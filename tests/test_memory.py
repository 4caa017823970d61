"""What a process keeps of the memory that it has used."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")

MEGABYTES = """
from pathlib import Path

def megabytes():
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]) / 1024
"""

MOST_KEPT_MB = 40
"""Eight threads that each kept what one check takes would keep 150."""

CHECK_PASSWORDS_IN_EIGHT_THREADS = """
from concurrent.futures import ThreadPoolExecutor
from api import memory, security

memory.settle_in()
before = megabytes()
known = security.hash_password("correct horse battery staple")
with ThreadPoolExecutor(8) as threads:
    list(threads.map(lambda _: security.password_matches(known, "wrong"), range(48)))
print(megabytes() - before)
"""


LEAVE_HOLES = """
import time
from api import memory

before = megabytes()
pieces = [bytearray(1_000) for _ in range(150_000)]
kept = pieces[::50]
del pieces
print(megabytes() - before)
memory.GIVEN_BACK_EVERY_SECONDS = 0.1
memory.settle_in()
deadline = time.monotonic() + 10
while megabytes() - before > 40 and time.monotonic() < deadline:
    time.sleep(0.1)
print(megabytes() - before)
"""


def test_what_checking_passwords_takes_is_given_back():
    (kept,) = figures_of(CHECK_PASSWORDS_IN_EIGHT_THREADS)

    assert kept < MOST_KEPT_MB


def test_holes_between_what_is_still_in_use_are_given_back_after_a_while():
    at_first, after_a_while = figures_of(LEAVE_HOLES)

    assert at_first > 2 * MOST_KEPT_MB
    assert after_a_while <= MOST_KEPT_MB


def figures_of(program: str) -> list[float]:
    asked = subprocess.run(
        [sys.executable, "-c", MEGABYTES + program], capture_output=True, text=True, check=True
    )
    return [float(figure) for figure in asked.stdout.split()]
