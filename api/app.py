"""`create_app`: the one place where everything is wired."""

import atexit
import logging
import os
from functools import partial

import structlog
from flask import Flask
from structlog.typing import Processor
from werkzeug.middleware.proxy_fix import ProxyFix

from api import cli, pages, services
from api.clock import Clock
from api.db import Database
from api.domain.proofs import ProofStore
from api.domain.rate_limits import SharedCounters
from api.domain.ways import APPRISE, CONSOLE, MailServer
from api.integrations.messenger import ConsoleMessenger, Messenger, RoutingMessenger
from api.integrations.proof_store import DiskProofStore
from api.integrations.push import ConsolePush, PushSender
from api.log_masking import mask
from api.resources import BLUEPRINTS
from api.settings import Settings, UnsafeSettings
from api.web import docs, errors, metrics_page, rate_limits, request_log, response_headers
from api.web.api import HouseApi
from api.web.app import ApiApp
from api.web.database_counters import DatabaseCounters
from api.web.rate_limiter import RateLimiter, Sharing, Unlimited
from api.web.refusals import RefusalNotes
from migrations import runner


def create_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    push: PushSender | None = None,
    messenger: Messenger | None = None,
    proofs: ProofStore | None = None,
    database: Database | None = None,
    limits: RateLimiter | None = None,
) -> Flask:
    """Build the application. What is not handed in is made from the settings.

    Nothing is started and nothing is asked of the database here: operator commands build the
    application too, and one of them makes the tables.
    """
    configure_logging(settings)
    database = database or _connect(settings)
    database.set_default_wait_limit(settings.wait_limit_seconds)
    database.set_contact_channels(settings.ways())
    proofs = proofs or DiskProofStore(settings.proofs_dir, settings.vault().files)
    clock = clock or database.clock()
    refusals = RefusalNotes(keep=services.refusals.keep)
    limits = limits or make_limits(settings, database, clock)
    app = ApiApp(database, clock, proofs, refusals, limits)
    app.config.update(
        SETTINGS=settings,
        METRICS_TOKEN=settings.metrics_token,
        DATABASE_REVISION=runner.head(),
        BROWSER_SIGNER=settings.vault().browser,
        SECURE_COOKIES=settings.public_url.startswith("https:"),
    )
    app.extensions["push"] = push or make_push(settings)
    app.extensions["messenger"] = messenger or make_messenger(settings)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    request_log.register(app)
    rate_limits.register(app)
    response_headers.register(app)
    errors.register(app)
    app.register_blueprint(docs.blp)
    app.register_blueprint(metrics_page.blp)
    api = HouseApi(app)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
    pages.register(app)
    cli.register(app)
    return app


def _connect(settings: Settings) -> Database:
    """Open the database until this process ends. Who closes an SQLite file last leaves nothing beside it."""
    database, opener = Database.connect(settings.database_url, settings.vault()), os.getpid()

    @atexit.register
    def close() -> None:
        # A server's processes are forked with this handler, and these connections are not theirs to close.
        if os.getpid() == opener:
            database.close()

    return database


def make_limits(settings: Settings, database: Database, clock: Clock) -> RateLimiter:
    """Return the rate limits, shared through Redis, else PostgreSQL; on SQLite one process knows all."""
    if settings.rate_limits == "off":
        return Unlimited()
    if settings.redis_url is None and settings.is_sqlite:
        return RateLimiter()
    index = partial(settings.vault().index, purpose="rate_limits")
    return RateLimiter(Sharing(make_counters(settings, database), clock, index))


def make_counters(settings: Settings, database: Database) -> SharedCounters:
    """Return where processes share their counts; the client of Redis is imported only where it is used."""
    if settings.redis_url is None:
        return DatabaseCounters(database)
    from api.integrations.redis_counters import RedisCounters

    return RedisCounters(settings.redis_url)


def make_push(settings: Settings) -> PushSender:
    """Return the push sender of the settings; firebase-admin is imported only where it is used."""
    if settings.push == "console":
        return ConsolePush()
    from api.integrations.fcm import FcmPush

    assert settings.fcm_credentials is not None
    return FcmPush(settings.fcm_credentials, endpoint=settings.fcm_endpoint)


def make_messenger(settings: Settings) -> RoutingMessenger:
    """Return the messengers of the settings; who serves several channels is built once.

    What each is made with is imported only where it is used.
    """
    ways = settings.ways()
    built = {way: _messenger_of(way, settings) for way in set(ways.values())}
    return RoutingMessenger({channel: built[way] for channel, way in ways.items()})


def _messenger_of(way: str | MailServer, settings: Settings) -> Messenger:
    if isinstance(way, MailServer):
        from api.integrations.mail import MailMessenger

        assert settings.mail_from is not None, "checked with the settings"
        return MailMessenger(way, settings.mail_from)
    if way == CONSOLE:
        return ConsoleMessenger()
    if way.startswith(APPRISE):
        from api.integrations.apprise_service import AppriseMessenger

        service = AppriseMessenger(way.removeprefix(APPRISE))
        if not service.is_usable:
            raise UnsafeSettings("DOORSTEP_MESSENGER names a URL that apprise does not understand")
        return service
    from api.integrations.gateway import GatewayMessenger

    return GatewayMessenger(way, settings.messenger_secret)


def configure_logging(settings: Settings) -> None:
    """One line per event on standard error: readable, or JSON for a collector."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    render = (
        structlog.processors.JSONRenderer()
        if settings.log == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger("doorstep")
    if not root.handlers:
        root.addHandler(logging.StreamHandler())
        root.setLevel(logging.INFO)
        root.propagate = False
    for handler in root.handlers:
        handler.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=shared,
                processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, mask, render],
            )
        )
