"""Real processes of Doorstep, for tests that need more than one: servers and job processes on loopback."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0
STOP_SECONDS = 30.0


@contextmanager
def server(settings: Settings, folder: Path, *options: str, **environment: str) -> Iterator[str]:
    """Serve this database on a free port; yield the address once it is ready for requests."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = ["-m", "flask", "--app", "wsgi", "serve", "--port", str(port), *options]
    with process(settings, folder / f"server-{port}.log", *command, **environment) as running:
        wait_until_ready(url, running, folder / f"server-{port}.log")
        yield url


@contextmanager
def process(
    settings: Settings, log: Path, *command: str, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python COMMAND` with these settings, its output in `log`; end it afterwards."""
    with log.open("ab") as output:
        running = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env={**os.environ, **environment_of(settings), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


def pull_the_plug(running: subprocess.Popen[bytes]) -> None:
    """End a process and its workers the way a power cut does."""
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def environment_of(settings: Settings) -> dict[str, str]:
    """Say these settings the way an operator would, so that the test and the process share keys."""
    return {
        "DOORSTEP_DATABASE_URL": settings.database_url,
        "DOORSTEP_SECRET_KEY": _keys(settings.secret_key),
        "DOORSTEP_DATA_KEYS": _keys(*settings.data_keys),
        "DOORSTEP_INDEX_KEY": _keys(settings.index_key),
        "DOORSTEP_LINK_KEYS": _keys(*settings.link_keys),
        "DOORSTEP_PUBLIC_URL": settings.public_url,
        # With a public address, open metrics are refused.
        "DOORSTEP_METRICS_TOKEN": settings.metrics_token or "m" * 32,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(url: str, running: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and running.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    said = log.read_text(errors="replace")[-4000:] if log.is_file() else "its log is no file"
    raise AssertionError(f"the server did not become ready:\n{said}")


def wait_until_says(word: bytes, running: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a process has written this word, as one does that is ready for work."""
    deadline = time.monotonic() + START_SECONDS
    while word not in log.read_bytes():
        ended = running.poll() is not None or time.monotonic() > deadline
        assert not ended, f"the process did not start:\n{log.read_text(errors='replace')[-4000:]}"
        time.sleep(0.1)


def _keys(*keys: bytes) -> str:
    return ",".join(b64encode(key).decode() for key in keys)
