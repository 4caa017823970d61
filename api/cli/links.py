"""`flask links`: ending customers' links before their time. docs/links.md tells when."""

from uuid import UUID

import click

from api import queries, services
from api.cli.running import application, unit_of_work
from api.queries.link_revocation import LinksOf

group = click.Group("links", help="Customers' links: ending them before their time.")

surely = click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")


@group.command("revoke-key")
@click.argument("key_id")
@surely
def revoke_key(key_id: str, is_sure: bool) -> None:
    """Revoke every link that the key KEY_ID made: it leaked. `flask keys status` shows the ids."""
    _revoke(LinksOf(key_id=key_id), is_sure)


@group.command()
@click.option("--pickup", "pickup_id", type=click.UUID, help="Links to this pickup.")
@click.option("--contact", "contact_id", type=click.UUID, help="Links that this contact was sent.")
@surely
def revoke(pickup_id: UUID | None, contact_id: UUID | None, is_sure: bool) -> None:
    """Revoke the links of a pickup or a contact, or of both together: they were sent to the wrong person."""
    if pickup_id is None and contact_id is None:
        raise click.UsageError("Say whose: --pickup, --contact or both.")
    _revoke(LinksOf(pickup_id=pickup_id, contact_id=contact_id), is_sure)


def _revoke(of: LinksOf, is_sure: bool) -> None:
    now = application().clock.now()
    with application().database.unit_of_work(read_only=True) as session:
        found = queries.link_revocation.count(session, of, now=now)
    click.echo(f"{found.links} links are not revoked; {found.live} of them still open something.")
    if not is_sure:
        click.confirm("Revoke them?", abort=True)
    with unit_of_work() as session:
        revoked = services.link_revocation.revoke(session, of, now=now)
    click.echo(f"{revoked} links are revoked.")
