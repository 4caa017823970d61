"""The yardstick: a Flask route that reads JSON and answers JSON, on the same server as Doorstep itself."""

import sys

from flask import Flask, jsonify, request

from api.cli.serve import Server
from api.settings import Settings


class BareServer(Server):
    """Doorstep's server, process and thread counts included, with nothing of Doorstep behind it."""

    def load(self) -> Flask:
        app = Flask("bare")

        @app.post("/bare")
        def bare():
            return jsonify(received=len(request.get_json()["events"]))

        return app


def main() -> None:
    settings = Settings.from_env()
    BareServer(settings, f"127.0.0.1:{sys.argv[1]}", 1 if settings.is_sqlite else 2).run()


if __name__ == "__main__":
    main()
