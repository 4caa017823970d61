"""Google as a process of its own: the stand-in of `demo`, answering after 0.1 s, and what reached it when."""

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from demo.fcm_stand_in import Mode
from tests import processes
from tests.fakes import settings_for

ANSWERS_AFTER_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Google:
    """A running stand-in: where it listens, the account it takes, and its process."""

    url: str
    account: Path
    running: subprocess.Popen[bytes]

    def environment(self) -> dict[str, str]:
        """Return the settings that lead a process of ours here."""
        return {
            "DOORSTEP_PUSH": "fcm",
            "DOORSTEP_FCM_ENDPOINT": self.url,
            "GOOGLE_APPLICATION_CREDENTIALS": str(self.account),
        }

    def change(self, mode: Mode) -> None:
        body = json.dumps({"mode": mode}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/mode", data=body)).close()

    def arrived(self) -> dict[UUID, datetime]:
        """Return when each notice first reached Google: the beginning of its first attempt."""
        with urllib.request.urlopen(f"{self.url}/received") as answer:
            received = json.load(answer)["received"]
        first: dict[UUID, datetime] = {}
        for one in received:
            notice_id = UUID(one["message"]["data"]["notice_id"])
            first.setdefault(notice_id, datetime.fromtimestamp(one["at"], UTC))
        return first


@contextmanager
def google(folder: Path, *, mode: Mode = Mode.SLOW) -> Iterator[Google]:
    port, account = processes.free_port(), folder / "fcm-account.json"
    options = ("--port", str(port), "--mode", mode, "--account", str(account))
    slow = ("--delay-seconds", str(ANSWERS_AFTER_SECONDS))
    command = ("-m", "demo.fcm_stand_in", *options, *slow)
    log = folder / "google.log"
    with processes.process(settings_for("sqlite://"), log, *command) as running:
        processes.wait_until_says(b"DOORSTEP_PUSH", running, log)
        yield Google(f"http://127.0.0.1:{port}", account, running)
