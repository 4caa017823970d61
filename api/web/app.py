"""`ApiApp`: Flask with one instant and one unit of work per request."""

from flask import Flask, g, request
from flask.typing import ResponseReturnValue

from api.clock import Clock
from api.db import Database, retrying
from api.web.requests import BoundedRequest
from api.web.strict_json import StrictJson

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class ApiApp(Flask):
    """Commits inside `dispatch_request`, so that a failing commit still reaches the error handlers."""

    request_class = BoundedRequest
    json_provider_class = StrictJson

    def __init__(self, name: str, database: Database, clock: Clock) -> None:
        super().__init__(name, static_folder=None)
        self.database = database
        self.clock = clock
        # One spelling for each path; "//" would be answered with a redirect to "/".
        self.url_map.merge_slashes = False
        self.config["MAX_FORM_MEMORY_SIZE"] = 65_536

    def dispatch_request(self) -> ResponseReturnValue:
        # A slow phone sends its body in its own time, not in a transaction's.
        request.get_data(cache=True)
        return retrying(self._dispatch_once)

    def _dispatch_once(self) -> ResponseReturnValue:
        with self.database.unit_of_work(read_only=request.method in SAFE_METHODS) as g.session:
            # Asked for at its first use: a health check must answer while the database's clock cannot.
            g.pop("now", None)
            return super().dispatch_request()
