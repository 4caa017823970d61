"""`flask db`: migrations."""

import click

from api import queries, services
from api.cli.running import application, unit_of_work
from migrations import runner

group = click.Group("db", help="Bring the database to this version.")


@group.command()
def upgrade() -> None:
    """Run every migration that is missing. Safe to repeat, and for two at once."""
    url = application().config["SETTINGS"].database_url
    runner.upgrade(url)
    click.echo(f"The database is at revision {runner.head()}.")


@group.command()
@click.argument("what")
def draft(what: str) -> None:
    """Write a new migration file from what the models have and this database has not."""
    runner.draft(application().config["SETTINGS"].database_url, what)


@group.command()
def current() -> None:
    """Tell the database's revision and the one this version needs."""
    with application().database.unit_of_work(read_only=True) as session:
        click.echo(f"at {queries.health.schema(session).revision}, needs {runner.head()}")


@group.command("mark-restored")
def mark_restored() -> None:
    """Say, before the server starts, that this database came out of a backup: nothing is sent then."""
    with unit_of_work() as session:
        services.outbox.mark_restored(session, now=application().clock.now())
    click.echo("Every sender is paused. `flask notices list` shows what waits.")
    click.echo("Start the server, look, and end it with `flask notices resume --all`.")
