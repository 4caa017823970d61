"""`flask branch`: opening branches."""

import click

from api import queries, services
from api.cli.running import application, unit_of_work
from api.domain.vocabulary import Locale

group = click.Group("branch", help="Branches.")


@group.command()
@click.argument("code")
@click.argument("name")
@click.option("--timezone", required=True, help="e.g. Asia/Shanghai")
@click.option("--locale", type=click.Choice([word.value for word in Locale]), default=Locale.ZH_CN.value)
@click.option("--currency", default="CNY", help="ISO 4217; the currency of shipments without one.")
@click.option("--hotline", help="The number that customers' pages show.")
def create(code: str, name: str, timezone: str, locale: str, currency: str, hotline: str | None) -> None:
    """Open a branch with a CODE of its own and a NAME that customers see."""
    with unit_of_work() as session:
        branch = services.branches.open_branch(
            session,
            code=code,
            name=name,
            timezone=timezone,
            locale=Locale(locale),
            currency=currency,
            hotline=hotline,
            now=application().clock.now(),
        )
        click.echo(f"Branch {branch.code} is open, id {branch.id}.")


@group.command("list")
def list_branches() -> None:
    """List all branches."""
    with application().database.unit_of_work(read_only=True) as session:
        for branch in queries.branches.every(session):
            click.echo(f"{branch.code}\t{branch.name}\t{branch.timezone}\t{branch.id}")
