"""What a process keeps of the memory that it has used."""

import subprocess
import sys

import pytest

MOST_KEPT_MB = 40
"""Eight threads that each kept what one check takes would keep 150."""

CHECK_PASSWORDS_IN_EIGHT_THREADS = """
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from api import memory, security

def megabytes():
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]) / 1024

memory.settle_in()
before = megabytes()
known = security.hash_password("correct horse battery staple")
with ThreadPoolExecutor(8) as threads:
    list(threads.map(lambda _: security.password_matches(known, "wrong"), range(48)))
print(megabytes() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
def test_what_checking_passwords_takes_is_given_back():
    asked = subprocess.run(
        [sys.executable, "-c", CHECK_PASSWORDS_IN_EIGHT_THREADS], capture_output=True, text=True, check=True
    )

    assert float(asked.stdout) < MOST_KEPT_MB
