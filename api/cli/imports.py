"""`flask import`: customers, sites and shipments from CSV files of any size, in batches, repeatably.

Every bad row is reported with its line and reason; the good ones of the same file are kept.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import click
from marshmallow import ValidationError

from api import queries
from api.cli.csv_rows import CsvRows, NotReadable, Row
from api.cli.import_kinds import (
    SKIPPED,
    CustomerImport,
    Fate,
    ImportKind,
    Outcome,
    ShipmentImport,
    SiteImport,
    refused,
)
from api.cli.running import BY_OPERATOR, application
from api.db import retrying
from api.domain.errors import DomainError, Invalid
from api.models import Branch

BATCH = 1_000  # Rows a transaction: long enough to be quick, short enough to let a running server write.

group = click.Group("import", help="Customers, sites and shipments from CSV files.")


def _options(command: Any) -> Any:
    """The argument and options that all imports share."""
    errors = click.Path(dir_okay=False, path_type=Path)
    encodings = click.Choice(["utf-8", "gb18030"])
    command = click.option("--errors", type=errors, help="Write refused rows here, not on the screen.")(
        command
    )
    command = click.option("--encoding", type=encodings, default="utf-8", show_default=True)(command)
    command = click.option("--branch", "branch_code", help="Its code; needed if there are several.")(command)
    existing = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.argument("file", type=existing)(command)


@group.command()
@_options
def customers(file: Path, branch_code: str | None, encoding: str, errors: Path | None) -> None:
    """Import customers: code, name, industry, grade, owner_id or owner_phone."""
    _run(CustomerImport(_branch(branch_code)), file, encoding, errors)


@group.command()
@_options
def sites(file: Path, branch_code: str | None, encoding: str, errors: Path | None) -> None:
    """Import sites: customer_code, name, address, latitude, longitude, radius_m."""
    _run(SiteImport(_branch(branch_code)), file, encoding, errors)


@group.command()
@click.option("--create-customers", is_flag=True, help="Make a customer of every code that nobody knows.")
@_options
def shipments(
    file: Path, branch_code: str | None, encoding: str, errors: Path | None, create_customers: bool
) -> None:
    """Import shipments: customer_code, waybill, picked_up_at, revenue, currency, pieces, failure, cancelled.

    Revenue is in major units (12.50); an instant without a zone is the branch's local time.
    """
    kind = ShipmentImport(_branch(branch_code), create_customers=create_customers)
    _run(kind, file, encoding, errors)


def _run(kind: ImportKind[Any], file: Path, encoding: str, errors: Path | None) -> None:
    counts: Counter[Outcome] = Counter()
    try:
        with ExitStack() as open_files:
            source = open_files.enter_context(file.open("rb"))
            report = open_files.enter_context(errors.open("w", encoding="utf-8")) if errors else None
            bar = open_files.enter_context(_progress(file))
            rows = CsvRows(source, kind.columns, encoding=encoding, on_bytes=bar.update)
            if rows.unknown:
                click.echo(f"Columns ignored: {', '.join(rows.unknown)}.", err=True)
            for line, fate in _imported(kind, rows):
                counts[fate.outcome] += 1
                if fate.outcome is Outcome.REFUSED:
                    click.echo(f"line {line}: {fate.reason}", file=report, err=True)
    except NotReadable as reason:
        raise click.ClickException(f"{reason} {_summary(file, counts)}") from None
    click.echo(_summary(file, counts))
    if counts[Outcome.REFUSED]:
        raise click.exceptions.Exit(1)


def _imported(kind: ImportKind[Any], rows: CsvRows) -> Iterator[tuple[int, Fate]]:
    """Store the rows batch by batch, each in one transaction; yield the fate of every line."""
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        readings = [_read(kind, row) for row in batch]
        drafts = [reading for reading in readings if not isinstance(reading, Fate)]
        stored = iter(retrying(partial(_store, kind, drafts)))
        for row, reading in zip(batch, readings, strict=True):
            yield row.line, reading if isinstance(reading, Fate) else next(stored)


def _read(kind: ImportKind[Any], row: Row) -> Any:
    """Return the row's draft, or its fate when it has none."""
    if row.broken:
        return refused(row.broken)
    try:
        draft = kind.read(dict(row.cells))
    except ValidationError as error:
        return refused(_reasons(error.messages))
    except Invalid as error:
        return refused(_reasons(error.details["errors"]))
    except DomainError as error:
        return refused(error.message)
    return SKIPPED if draft is None else draft


def _store(kind: ImportKind[Any], drafts: list[Any]) -> list[Fate]:
    if not drafts:
        return []
    with application().database.unit_of_work() as session:
        session.info["origin"] = BY_OPERATOR
        return kind.store(session, drafts, now=application().clock.now())


def _reasons(messages: Any, name: str = "") -> str:
    """Write a tree of messages as one line: `latitude: Not a valid number.; name: ...`."""
    if isinstance(messages, dict):
        return "; ".join(_reasons(inner, str(key)) for key, inner in messages.items())
    said = " ".join(map(str, messages)) if isinstance(messages, list) else str(messages)
    return f"{name}: {said}"


def _branch(code: str | None) -> Branch:
    with application().database.unit_of_work(read_only=True) as session:
        if code is not None:
            found = queries.branches.find_by_code(session, code)
            if found is None:
                raise click.ClickException(f"There is no branch {code}.")
            return found
        branches = queries.branches.every(session)
    if len(branches) != 1:
        raise click.UsageError(f"There are {len(branches)} branches: name one with --branch.")
    return branches[0]


def _progress(file: Path) -> Any:
    return click.progressbar(length=file.stat().st_size, label=file.name, file=sys.stderr, show_pos=False)


def _summary(file: Path, counts: Counter[Outcome]) -> str:
    told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome)
    return f"{file.name}: {told}."
