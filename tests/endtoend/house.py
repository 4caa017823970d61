"""A whole Doorstep in real processes: servers, jobs, and stand-ins for Google, gateway and mail server.

What is done with it is the test's. Whatever was started is ended with the `House`.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from api.settings import Settings
from demo.phones import Servers
from tests import processes

SECRET = "a secret of the test and the gateway"
PATIENCE_SECONDS = 40.0
GLANCE_SECONDS = 0.1

Found = TypeVar("Found")


class Program:
    """One process of ours, which can be killed and started again."""

    def __init__(self, house: "House", name: str, *command: str, url: str | None = None) -> None:
        self._house = house
        self._log = house.folder / f"{name}.log"
        self._command = command
        self._url = url
        self._running: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> None:
        """Start it, and wait until it answers if it is one that does."""
        self.launch(**environment)
        self.await_ready()

    def launch(self, **environment: str) -> None:
        """Start it, and wait for nothing."""
        running = processes.process(
            self._house.settings, self._log, *self._command, **self._house.environment | environment
        )
        self._running = self._house.endings.enter_context(running)

    def await_ready(self) -> None:
        assert self._running is not None
        if self._url is not None:
            processes.wait_until_ready(self._url, self._running, self._log)

    def kill(self) -> None:
        """End it as a power cut would: kill -9, workers included."""
        assert self._running is not None
        processes.pull_the_plug(self._running)

    def stop_short(self) -> None:
        """Let it hang where it is: SIGSTOP, workers included."""
        assert self._running is not None
        os.killpg(self._running.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._running is not None
        os.killpg(self._running.pid, signal.SIGCONT)

    def stop(self) -> int:
        """End it as an operator would, and wait; return its exit code."""
        assert self._running is not None
        self._running.terminate()
        return self._running.wait(processes.STOP_SECONDS)


class House:
    """A database, programs that serve it and do its jobs, and an outside world that can be asked."""

    def __init__(self, settings: Settings, folder: Path, *, doors: int, job_programs: int) -> None:
        self.folder = folder
        self.endings = ExitStack()
        ports = [processes.free_port() for _ in range(doors + 4)]
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        self._fcm_url, self._gateway_url, self._mail_url, _ = urls[doors:]
        fcm_port, gateway_port, mail_view_port, mail_port = map(str, ports[doors:])
        self.settings = replace(settings, public_url=urls[0])
        self.servers = Servers(*urls[:doors])
        account = folder / "fcm-account.json"
        self.environment = {
            "DOORSTEP_PUSH": "fcm",
            "DOORSTEP_FCM_ENDPOINT": self._fcm_url,
            "GOOGLE_APPLICATION_CREDENTIALS": str(account),
            "DOORSTEP_MESSENGER": f"{self._gateway_url}/messages",
            "DOORSTEP_MESSENGER_SECRET": SECRET,
            "DOORSTEP_SMTP_URL": f"smtp://127.0.0.1:{mail_port}",
            "DOORSTEP_MAIL_FROM": "branch@doorstep.test",
        }
        serve = ("-m", "flask", "--app", "wsgi", "serve", "--workers", "1", "--port")
        self.doors = [
            Program(self, f"server-{number}", *serve, str(port), url=url)
            for number, (port, url) in enumerate(zip(ports[:doors], urls[:doors], strict=True))
        ]
        self.jobs = [Program(self, f"jobs-{number}", "-m", "jobs") for number in range(job_programs)]
        google = ("-m", "demo.fcm_stand_in", "--port", fcm_port, "--account", str(account))
        gateway = ("-m", "demo.gateway_stand_in", "--port", gateway_port, "--secret", SECRET)
        post_office = ("-m", "demo.mail_stand_in", "--port", mail_port, "--view-port", mail_view_port)
        self._outside = [
            Program(self, "fcm", *google),
            Program(self, "gateway", *gateway),
            Program(self, "mail", *post_office),
        ]

    def __enter__(self) -> "House":
        for program in self._outside:
            program.start()
        self.until("the stand-ins answer", self._outside_answers)
        return self

    def __exit__(self, *_: object) -> None:
        self.endings.close()

    def operate(self, *command: str) -> str:
        """Run an operator command, `flask --app wsgi ...`, and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *command],
            cwd=processes.ROOT,
            env={**processes.environment_of(self.settings), "PATH": ""},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def let_google_be(self, mode: str, **how: float) -> None:
        """Change the mood of Google, e.g. `let_google_be("slow", delay_seconds=0.3)`."""
        wanted = json.dumps({"mode": mode, **how}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._fcm_url}/mode", wanted, headers)
        urllib.request.urlopen(request, timeout=5).close()

    def all_pushes(self) -> list[dict[str, Any]]:
        """Return whatever reached Google, oldest first, repetitions included."""
        return [one["message"] for one in _json(f"{self._fcm_url}/received")["received"]]

    def pushes(self, kind: str, address: str | None = None) -> list[dict[str, Any]]:
        """Return the pushes of a kind that reached Google, oldest first."""
        return [
            message
            for message in self.all_pushes()
            if message["data"]["kind"] == kind and address in (None, message["token"])
        ]

    def messages(self, kind: str, phone: str | None = None) -> list[dict[str, Any]]:
        """Return the messages of a kind that reached the gateway, oldest first."""
        return [
            one for one in self.all_messages() if one["kind"] == kind and phone in (None, one["to"]["phone"])
        ]

    def all_messages(self) -> list[dict[str, Any]]:
        """Return whatever reached the gateway, oldest first."""
        received: list[dict[str, Any]] = _json(f"{self._gateway_url}/received")["received"]
        return received

    def mails(self, address: str) -> list[dict[str, Any]]:
        """Return the mails that reached an address, oldest first."""
        return [
            one for one in _json(f"{self._mail_url}/received")["received"] if address in one["recipients"]
        ]

    def until(
        self, promise: str, happened: Callable[[], Found], patience_seconds: float = PATIENCE_SECONDS
    ) -> Found:
        """Wait until something happened; fail with the promise when it does not."""
        deadline = time.monotonic() + patience_seconds
        while time.monotonic() < deadline:
            if found := happened():
                return found
            time.sleep(GLANCE_SECONDS)
        raise AssertionError(f"not within {patience_seconds:.0f} s: {promise}")

    def until_pushed(self, kind: str, address: str) -> dict[str, Any]:
        return self.until(f"{address} gets {kind}", lambda: self.pushes(kind, address))[-1]

    def until_written(self, kind: str, phone: str) -> dict[str, Any]:
        return self.until(f"{phone} gets {kind}", lambda: self.messages(kind, phone))[-1]

    def _outside_answers(self) -> bool:
        try:
            outside = (self._fcm_url, self._gateway_url, self._mail_url)
            return all(_json(f"{url}/received") for url in outside)
        except OSError:
            return False


def _json(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)
