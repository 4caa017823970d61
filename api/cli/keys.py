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
        values: Counter[str | None] = Counter()
        for column in queries.keys.sealed_columns():
            values.update(queries.keys.values_by_key(session, column))
        links: Counter[str | None] = Counter(
            queries.keys.links_by_key(session, now=application().clock.now())
        )
        pictures = Counter(key for _, key in application().proofs.seals())
        _show("data key", "values", vault.fields.key_ids, values)
        _show("data key", "pictures", vault.fields.key_ids, pictures)
        _show("link key", "live links", vault.links.key_ids, links)


@group.command()
def rekey() -> None:
    """Seal every personal field and every picture with the newest data key.

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
    lost = _rekey_pictures()
    if unreadable or lost:
        raise click.ClickException(
            f"{unreadable} values and {lost} pictures open with none of DOORSTEP_DATA_KEYS; see the log."
        )


def _rekey_pictures() -> int:
    """Seal what lies in the proofs' folder; return how many files no key opens."""
    store, newest = application().proofs, application().config["SETTINGS"].vault().files.current_key_id
    left = [sha256 for sha256, key in store.seals() if key != newest]
    with click.progressbar(left, label="Sealing pictures", show_pos=True) as bar:
        done = sum(services.keys.reseal_file(store, sha256) for sha256 in bar)
    click.echo(f"{done} pictures are sealed with the newest key now.")
    return len(left) - done


def _left(columns: list[SealedColumn]) -> int:
    with application().database.unit_of_work(read_only=True) as session:
        newest = vault_of(session).fields.current_key_id
        counted = [queries.keys.values_by_key(session, column) for column in columns]
    return sum(count for by_key in counted for key, count in by_key.items() if key != newest)


def _show(kind: str, what: str, configured: tuple[str, ...], counted: Counter[str | None]) -> None:
    for place, key in enumerate(configured):
        role = "makes new ones" if place == 0 else "still valid"
        click.echo(f"{kind} {key}: {counted[key]} {what}, {role}")
    for lost in sorted(key for key in counted if key and key not in configured):
        click.echo(f"{kind} {lost}: {counted[lost]} {what}, NOT CONFIGURED")
    if counted[None]:
        click.echo(f"{counted[None]} {what} are not sealed yet: run `flask --app wsgi keys rekey`.")
