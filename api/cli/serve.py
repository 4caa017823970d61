"""`flask serve`: the server command. On SQLite one process with threads and the jobs inside it."""

from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.http import wsgi

from api import memory, server_lock
from api.cli.running import application
from api.cli.worker import PatientWorker
from api.failures import StorageUnusable
from api.log_masking import MaskingFilter
from api.server_lock import AlreadyServed
from api.settings import DEVELOPMENT_KEYS, Settings, UnsafeSettings, is_loopback
from jobs import scheduler

THREADS = 8


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=None, type=click.IntRange(1, 64), help="Processes; only 1 on SQLite.")
def serve(host: str, port: int, workers: int | None) -> None:
    """Serve HTTP with gunicorn, until it is told to stop."""
    app = application()
    settings: Settings = app.config["SETTINGS"].served_at(host, port)
    if app.debug and not is_loopback(host):
        raise click.UsageError("A public address is not served in debug mode: unset FLASK_DEBUG.")
    if settings.is_sqlite and (workers or 1) > 1:
        raise click.UsageError("SQLite is served by one process; use PostgreSQL for more workers.")
    if settings.is_published and not settings.trusted_proxies:
        click.echo(
            "DOORSTEP_TRUSTED_PROXIES is 0: whoever comes through a proxy shares one address's limits."
        )
    try:
        settings.check_bind(host)
        server_lock.check_free(settings.database_url)
        app.database.check_storage()
    except (UnsafeSettings, AlreadyServed, StorageUnusable) as refusal:
        raise click.ClickException(str(refusal)) from None
    if settings.development:
        click.echo(f"No keys are set: those in {DEVELOPMENT_KEYS} are used, for development only.")
    # Engines do not survive a fork: each worker builds its own application.
    app.database.close()
    Server(settings, f"{host}:{port}", workers or (1 if settings.is_sqlite else 2)).run()


class MaskedLogger(Logger):  # type: ignore[misc]
    """gunicorn's own lines name the path of a request that it could not serve: links have tokens in them."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.addFilter(MaskingFilter())


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, told from here instead of by a file."""

    def __init__(self, settings: Settings, bind: str, workers: int) -> None:
        self._settings = settings
        self._metronome: scheduler.Metronome | None = None
        self._options: dict[str, Any] = {
            "bind": bind,
            "workers": workers,
            # On PostgreSQL processes serve better than threads: a driver that lets go of the
            # interpreter at every call makes threads chase each other.
            "worker_class": PatientWorker,
            "threads": THREADS if settings.is_sqlite else 2,
            "timeout": 60,
            "graceful_timeout": 20,
            "worker_exit": self._let_jobs_finish,
            "keepalive": 30,
            "logger_class": MaskedLogger,
            # Fewer than the 1,024 files that many systems allow a process.
            "worker_connections": 800,
            # The most that gunicorn reads; what is longer it refuses by itself, not as problem+json.
            "limit_request_line": 8190,
            "accesslog": None,  # ours has routes instead of paths: links have tokens in them
            "control_socket_disable": True,
        }
        # Nobody needs to know by which server; there is no setting for it.
        wsgi.SERVER = "doorstep"
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        # Here, because `create_app` registers this command.
        from api.app import create_app

        app = create_app(self._settings)
        server_lock.hold(self._settings.database_url)
        if self._settings.jobs == "inline":
            self._metronome = scheduler.start_inside(app)
        memory.settle_in()
        return app

    def _let_jobs_finish(self, _arbiter: Any, _worker: Any) -> None:
        if self._metronome is not None:
            self._metronome.stop()
