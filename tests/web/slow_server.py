"""A server to be overloaded, with one thread and slow views: `python -m tests.web.slow_server PORT`."""

import sys
import time

from flask import Flask

from api.cli.serve import Server
from tests.fakes import settings_for

SECONDS = 0.7
"""Three requests that wait for one another take longer than a GET waits for a thread."""


class SlowServer(Server):
    """Doorstep's server with another application behind it."""

    def load(self) -> Flask:
        app = Flask("slow")

        @app.route("/<path:path>", methods=["GET", "POST"])
        def answer(path: str) -> str:
            time.sleep(SECONDS * path.startswith("v1"))
            return path

        return app


def main() -> None:
    server = SlowServer(settings_for("sqlite:///"), f"127.0.0.1:{sys.argv[1]}", 1)
    server.cfg.set("threads", 1)
    server.run()


if __name__ == "__main__":
    main()
