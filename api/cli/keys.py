"""`flask keys`: rotating the keys of personal fields. docs/keys.md tells the whole way."""

import time
from collections import Counter
from typing import Any

import click

from api import queries, services
from api.cli.running import application, unit_of_work
from api.queries.keys import SealedColumn
from api.security import vault_of

group = click.Group("keys", help="Keys: what they protect, and how to change them.")

# Between two batches a server beside us gets its turn at SQLite's one write lock.
PAUSE_SECONDS = 0.01


@group.command()
def status() -> None:
    """Count what each key protects; a key with nothing left can be dropped."""
    with application().database.unit_of_work(read_only=True) as session:
        vault = vault_of(session)
        values: Counter[str] = Counter()
        for column in queries.keys.sealed_columns():
            values.update(queries.keys.values_by_key(session, column))
        links = Counter(queries.keys.links_by_key(session, now=application().clock.now()))
        _show("data key", "values", vault.fields.key_ids, values)
        _show("link key", "live links", vault.links.key_ids, links)


@group.command()
def rekey() -> None:
    """Seal every personal field with the newest data key.

    Works beside a running server. Safe to stop and to repeat: what is done stays done.
    """
    columns = queries.keys.sealed_columns()
    done = unreadable = 0
    with click.progressbar(length=_left(columns), label="Sealing", show_pos=True) as bar:
        for column in columns:
            after: Any = None
            while True:
                with unit_of_work() as session:
                    batch = services.keys.reseal(session, column, after=after)
                done += batch.done
                unreadable += batch.unreadable
                bar.update(batch.done + batch.unreadable)
                if batch.last_id is None:
                    break
                after = batch.last_id
                time.sleep(PAUSE_SECONDS)
    click.echo(f"{done} values are sealed with the newest key now.")
    if unreadable:
        raise click.ClickException(f"{unreadable} values open with none of DOORSTEP_DATA_KEYS; see the log.")


def _left(columns: list[SealedColumn]) -> int:
    with application().database.unit_of_work(read_only=True) as session:
        newest = vault_of(session).fields.current_key_id
        counted = [queries.keys.values_by_key(session, column) for column in columns]
    return sum(count for by_key in counted for key, count in by_key.items() if key != newest)


def _show(kind: str, what: str, configured: tuple[str, ...], counted: Counter[str]) -> None:
    for place, key in enumerate(configured):
        role = "makes new ones" if place == 0 else "still valid"
        click.echo(f"{kind} {key}: {counted[key]} {what}, {role}")
    for key in sorted(counted.keys() - set(configured)):
        click.echo(f"{kind} {key}: {counted[key]} {what}, NOT CONFIGURED")
