"""`flask backup`, `flask restore` and `flask backup-info`. docs/backup.md tells the whole way."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from api import services
from api.backups import archive, making, restoring
from api.backups.copier import Copier
from api.backups.making import House
from api.backups.manifest import Manifest
from api.backups.postgres import PostgresCopier
from api.backups.refusal import BackupRefused
from api.backups.sqlite import SqliteCopier
from api.cli.running import application
from api.db import Database
from api.security import key_id
from api.settings import Settings
from migrations import runner

A_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("to", type=A_FILE)
@click.option("--check/--no-check", default=True, show_default=True, help="Restore it, for trial.")
@click.option("--check-url", help="Another PostgreSQL server to restore on, as a URL of a database there.")
def backup(to: Path, check: bool, check_url: str | None) -> None:
    """Back up database and proofs to the file TO, or to a new file in the folder TO.

    Works beside running servers. The file is encrypted with the newest data key.
    """
    now = application().clock.now()
    path = to / f"doorstep-{now:%Y%m%dT%H%M%SZ}.backup" if to.is_dir() else to
    with _refusals():
        manifest = making.make(_house(check_url), path, check=check, now=now)
    click.echo(manifest.summary())
    if check:
        click.echo("Checked: it was restored, is sound, and has as many rows of each table.")
    else:
        click.echo("NOT CHECKED: it was not restored for trial. A backup that nobody restored is a hope.")
    _tell_keys(manifest)
    click.echo(str(path))


@click.command("backup-info")
@click.argument("file", type=A_FILE)
@click.option("--rows", is_flag=True, help="Show the rows of each table.")
def backup_info(file: Path, rows: bool) -> None:
    """Read a whole backup, and tell what is in it and whether it opens here."""
    with _refusals():
        manifest = archive.read(file, _settings().data_keys)
    click.echo(manifest.summary())
    click.echo("The file is whole.")
    _tell_keys(manifest)
    for part, found in (("database", manifest.database), ("proofs", manifest.proofs)):
        click.echo(f"{part}: {found.bytes:,} bytes, SHA-256 {found.sha256}")
    if rows:
        for table, count in manifest.contents.rows.items():
            click.echo(f"{count:>12,}  {table}")


@click.command()
@click.argument("from", type=A_FILE)
def restore(**arguments: Path) -> None:
    """Restore the backup FROM into the configured database, which must be empty; nothing is sent then."""
    app = application()
    app.database.close()
    with _refusals():
        manifest = restoring.restore(
            _house(), arguments["from"], revisions=runner.revisions(), bring_up=_bring_up
        )
    click.echo(f"Restored: {manifest.summary()}")
    click.echo(f"It is at revision {runner.head()} now, and every sender is paused.")
    _tell_keys(manifest)
    click.echo(
        "What happened after the backup is lost, but for what phones still hold. Next:\n"
        "  1. Start the server and the jobs.\n"
        "  2. `flask --app wsgi notices list`: what was decided before the backup may have been sent.\n"
        "  3. End again what was ended after the backup: accounts of those who left, links, opt-outs.\n"
        "  4. `flask --app wsgi notices resume --all`."
    )


def _bring_up(url: str) -> None:
    """Bring what was restored to this version, and mark it, before anybody can start a server on it."""
    runner.upgrade(url)
    database = Database.connect(url, _settings().vault())
    try:
        with database.unit_of_work() as session:
            services.outbox.mark_restored(session, now=application().clock.now())
    finally:
        database.close()


def _house(check_url: str | None = None) -> House:
    settings = _settings()
    copier: Copier = PostgresCopier(settings.database_url, settings.pg_bin, check_url)
    if settings.is_sqlite:
        copier = SqliteCopier(Path(make_url(settings.database_url).database or ""))
    return House(copier, application().proofs, settings.vault().files, settings.data_keys)


def _settings() -> Settings:
    settings: Settings = application().config["SETTINGS"]
    return settings


def _tell_keys(manifest: Manifest) -> None:
    configured = {key_id(key) for key in _settings().data_keys}
    for key in manifest.data_keys:
        click.echo(f"Needs data key {key}{'' if key in configured else ', which is NOT CONFIGURED here'}.")


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except BackupRefused as refusal:
        raise click.ClickException(str(refusal)) from None
    except OperationalError as failure:
        raise click.ClickException(f"The database cannot be reached: {failure.orig}") from None
    except sqlite3.Error as failure:
        raise click.ClickException(f"SQLite says: {failure}") from None
