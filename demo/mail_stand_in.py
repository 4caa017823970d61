"""A stand-in for a mail server on loopback: takes every mail, shows it, and has bad moods on request.

    python -m demo.mail_stand_in --port 9025 --view-port 9026

`GET /received` on the view port shows what arrived, newest last. `refusals` answers a command, or the dot
that ends a mail, with something else than yes, such as {"RCPT": "550 5.1.1 unknown"}. Nothing is relayed.
"""

import argparse
import base64
import json
import ssl
import threading
from collections import deque
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

KEPT = 5_000
MAX_LINE_BYTES = 4_096
MAX_MAIL_BYTES = 256 * 1024


class MailStandIn(ThreadingTCPServer):
    """The running server. `login` is the user and password that it wants, `tls` is what STARTTLS brings."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self, port: int = 0, *, login: tuple[str, str] | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(("127.0.0.1", port), _Session)
        self.login = login
        self.tls = tls
        self.refusals: dict[str, str] = {}
        self.commands: deque[str] = deque(maxlen=KEPT)
        self._received: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def received(self) -> list[dict[str, Any]]:
        """What arrived, as a mail program shows it, with the envelope's recipients."""
        with self._lock:
            return list(self._received)

    def keep(self, recipients: list[str], raw: bytes) -> None:
        mail: EmailMessage = message_from_bytes(raw, policy=default)
        texts = {
            part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()
        }
        with self._lock:
            self._received.append(
                {
                    "recipients": recipients,
                    "headers": {name.lower(): str(value) for name, value in mail.items()},
                    "text": texts.get("text/plain", ""),
                    "html": texts.get("text/html", ""),
                }
            )

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that gave up is not worth a traceback."""


class _Session(StreamRequestHandler):
    server: MailStandIn

    def handle(self) -> None:
        self._recipients: list[str] = []
        self._say("220 stand-in ESMTP")
        while line := self.rfile.readline(MAX_LINE_BYTES):
            text = line.decode("utf-8", "replace").strip()
            verb = text[:4].upper()
            self.server.commands.append(verb)
            refusal = self.server.refusals.get(verb)
            if refusal is not None:
                self._say(refusal)
            elif verb == "QUIT":
                return self._say("221 bye")
            else:
                self._obey(verb, text)
        return None

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def _obey(self, verb: str, text: str) -> None:
        match verb:
            case "EHLO" | "HELO":
                self._say("\r\n".join(self._greeting()))
            case "STAR" if self.server.tls:
                self._say("220 go ahead")
                self._speak_tls(self.server.tls)
            case "AUTH":
                self._say("235 welcome" if self._knows(text) else "535 5.7.8 wrong user or password")
            case "RCPT":
                self._recipients.append(text.partition("<")[2].partition(">")[0])
                self._say("250 ok")
            case "DATA":
                self._say("354 go ahead")
                self._take()
            case "MAIL" | "RSET" | "NOOP":
                self._recipients.clear()
                self._say("250 ok")
            case _:
                self._say("502 5.5.1 not here")

    def _greeting(self) -> list[str]:
        offers = ["STARTTLS"] if self.server.tls else []
        offers += ["AUTH PLAIN"] if self.server.login else []
        return [*(f"250-{offer}" for offer in ("stand-in", *offers)), "250 8BITMIME"]

    def _speak_tls(self, tls: ssl.SSLContext) -> None:
        self.connection = tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", 0)

    def _knows(self, text: str) -> bool:
        words = text.split()
        said = base64.b64decode(words[2]) if len(words) == 3 else b""
        user, password = self.server.login or ("", "")
        return said == f"\0{user}\0{password}".encode()

    def _take(self) -> None:
        mail = bytearray()
        while (line := self.rfile.readline(MAX_LINE_BYTES)) and line != b".\r\n":
            mail += line[1:] if line.startswith(b"..") else line
            if len(mail) > MAX_MAIL_BYTES:
                return self._say("552 5.3.4 too big")
        refusal = self.server.refusals.get(".")
        if refusal is None:
            self.server.keep(list(self._recipients), bytes(mail))
        return self._say(refusal or "250 taken")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


def view_of(mails: MailStandIn, port: int) -> ThreadingHTTPServer:
    """Show what arrived at `GET /received`."""

    class View(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"received": mails.received}, ensure_ascii=False).encode()
            self.send_response(200 if self.path == "/received" else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep quiet."""

    return ThreadingHTTPServer(("127.0.0.1", port), View)


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for a mail server.")
    parser.add_argument("--port", type=int, default=9025)
    parser.add_argument("--view-port", type=int, default=9026)
    asked = parser.parse_args()
    mails = MailStandIn(asked.port)
    view = view_of(mails, asked.view_port)
    threading.Thread(target=view.serve_forever, daemon=True).start()
    print(f"DOORSTEP_SMTP_URL=smtp://127.0.0.1:{mails.port} DOORSTEP_MAIL_FROM=branch@doorstep.test", end=" ")
    print(f"# what arrives: http://127.0.0.1:{asked.view_port}/received", flush=True)
    try:
        mails.serve_forever()
    except KeyboardInterrupt:
        mails.server_close()


if __name__ == "__main__":
    main()
