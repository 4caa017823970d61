"""The lock that keeps a second server away from an SQLite file."""

import subprocess
import sys

import pytest

from api import server_lock
from api.server_lock import AlreadyServed


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/doorstep.db"


def hold_in_another_process(url):
    """Start a process that takes the lock and keeps it until its input ends."""
    program = f"from api import server_lock; server_lock.hold({url!r}); print('held', flush=True); input()"
    other = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout.readline() == "held\n"
    return other


def test_a_database_that_nobody_serves_is_free(url):
    server_lock.check_free(url)
    server_lock.check_free(url)


def test_a_second_server_is_refused_and_told_who_is_first(url):
    with hold_in_another_process(url) as first:
        with pytest.raises(AlreadyServed, match=f"process {first.pid}"):
            server_lock.hold(url)
        first.communicate("\n")


def test_a_server_that_was_killed_leaves_no_lock_behind(url):
    with hold_in_another_process(url) as first:
        first.kill()
        first.wait()

        server_lock.check_free(url)


def test_postgresql_serves_any_number_of_processes():
    for _ in range(2):
        server_lock.hold("postgresql://host/doorstep")
