"""`ApiApp`: Flask with one instant and one unit of work per request."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, cast

from flask import Flask, g, request
from flask.typing import ResponseReturnValue

from api.clock import Clock
from api.db import Database, retrying
from api.domain.audit import Origin, Via
from api.domain.errors import DomainError
from api.domain.proofs import ProofStore
from api.web.access import OPEN_BLUEPRINTS, require_declared
from api.web.rate_limiter import RateLimiter
from api.web.refusals import RefusalNotes
from api.web.requests import BoundedRequest
from api.web.strict_json import StrictJson

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class ApiApp(Flask):
    """Commits inside `dispatch_request`, so that a failing commit still reaches the error handlers."""

    request_class = BoundedRequest
    json_provider_class = StrictJson

    def __init__(
        self,
        database: Database,
        clock: Clock,
        proofs: ProofStore,
        refusals: RefusalNotes,
        limits: RateLimiter,
    ) -> None:
        super().__init__("api", static_folder=None)
        self.database = database
        self.clock = clock
        self.proofs = proofs
        self.refusals = refusals
        self.limits = limits
        # One spelling for each path; "//" would be answered with a redirect to "/".
        self.url_map.merge_slashes = False
        self.config["MAX_FORM_MEMORY_SIZE"] = 65_536

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, *args: Any, **options: Any
    ) -> None:
        # A blueprint's views come here as well, as "blueprint.view".
        if (endpoint or "").partition(".")[0] not in OPEN_BLUEPRINTS:
            require_declared(view_func)
        super().add_url_rule(rule, endpoint, view_func, *args, **options)

    def dispatch_request(self) -> ResponseReturnValue:
        view = self.view_functions.get(request.endpoint or "")
        most_bytes: int | None = getattr(view, "most_file_bytes", None)
        if most_bytes is not None:
            cast(BoundedRequest, request).take_at_most(most_bytes)
        # A slow phone sends its body in its own time, not in a transaction's; a slow disk takes it likewise.
        body = request.get_data(cache=True)
        with nullcontext() if most_bytes is None else self._drafted(body):
            try:
                return retrying(self._dispatch_once)
            except DomainError as refusal:
                self.refusals.note(refusal, self.database)
                raise

    @contextmanager
    def _drafted(self, body: bytes) -> Iterator[None]:
        """Bring a file to the disk before the unit of work, which then only gives it its name."""
        g.draft = self.proofs.draft(body)
        try:
            yield
        finally:
            g.draft.discard()

    def _dispatch_once(self) -> ResponseReturnValue:
        with self.database.unit_of_work(read_only=request.method in SAFE_METHODS) as g.session:
            # Asked for at its first use: a health check must answer while the database's clock cannot.
            g.pop("now", None)
            g.session.info["origin"] = Origin(Via.WEB, request.remote_addr)
            return super().dispatch_request()
