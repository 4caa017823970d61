"""`flask audit`: whether the trail is as it was written, and what it says. docs/audit.md has the rest."""

from datetime import UTC, datetime
from uuid import UUID

import click

from api import queries, services
from api.cli.running import application
from api.domain.audit_chain import Fault, Verdict
from api.domain.paging import MAX_LIMIT, PageRequest
from api.models import AuditEntry
from api.queries.audit import TrailFilter

group = click.Group("audit", help="The audit trail: verify it, read it.")

FINDINGS = {
    Fault.CHANGED: "entry {} is not as it was written, or its fact is not",
    Fault.DELETED: "entry {} is missing, or its fact is",
    Fault.REORDERED: "entry {} stands in another's place",
    Fault.CUT_OFF: "entry {} and all after it are missing, though a checkpoint vouches for more",
    Fault.MADE_ANEW: "the chain was made anew: entry {} is not what a checkpoint vouches for",
    Fault.FORGED: "the checkpoint at entry {} was not signed by this application's key",
}


@group.command()
def verify() -> None:
    """Walk along the whole chain; the first thing that is wrong ends it with exit code 1."""
    with application().database.unit_of_work(read_only=True) as session:
        verdict = services.audit.verdict(session)
        waiting = queries.audit.count_unchained(session)
    if verdict.fault is not None:
        finding = FINDINGS[verdict.fault].format(verdict.position)
        raise click.ClickException(f"BROKEN ({verdict.fault}): {finding}.")
    click.echo(f"Whole: {verdict.entries} entries, {_reach(verdict)}.")
    if waiting:
        click.echo(f"{waiting} more wait for their place; the jobs give it within seconds.")


@group.command()
@click.option("--about", type=click.UUID, help="Id of whom or what it is about.")
@click.option("--by", type=click.UUID, help="Id of the staff member who did it.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="In UTC.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="The newest so many.")
def show(about: UUID | None, by: UUID | None, since: datetime | None, limit: int) -> None:
    """Show the trail of all branches, newest first."""
    only = TrailFilter(about=about, by=by)
    earliest = since and since.replace(tzinfo=UTC)
    cursor: str | None = None
    while limit > 0:
        with application().database.unit_of_work(read_only=True) as session:
            asked = PageRequest.parse(cursor, min(limit, MAX_LIMIT))
            page = queries.audit.every(session, only=only, since=earliest, page=asked)
            for entry in page.items:
                click.echo(_line(entry))
        limit, cursor = limit - len(page.items), page.next_cursor
        if cursor is None:
            break


def _reach(verdict: Verdict) -> str:
    return f"up to position {verdict.whole_up_to.position}, hash {verdict.whole_up_to.hash}"


def _line(entry: AuditEntry) -> str:
    fact = entry.event
    origin = " ".join(filter(None, (entry.via, entry.role, entry.address)))
    words = [
        f"{fact.occurred_at:%Y-%m-%d %H:%M:%S} UTC  {fact.name}  {fact.subject_type} {fact.subject_id}",
        f"by {entry.actor_id or 'nobody'} ({origin})",
        *(f"{name}={value}" for name, value in fact.data.items()),
    ]
    return "  ".join([*words, f"reason: {entry.reason}"] if entry.reason else words)
