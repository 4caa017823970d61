"""`flask churn backtest`: what churn risk would have said in days gone by, beside what a spreadsheet says."""

import csv
import json
from datetime import date, datetime
from typing import IO

import click

from api import queries
from api.cli.churn_branch import branch_option, chosen_branch
from api.cli.running import application
from api.domain.churn_backtest import backtest, rolling_cut_offs
from api.domain.churn_replay import replay
from api.domain.shipping_ledger import Ledger
from api.models import Branch
from api.rendering import backtest_tables
from api.rendering.backtest_plot import PlottingMissing, draw

ALL_DAYS = date(9999, 1, 1)
PROVES_NOTHING = "Not enough shipments yet: the first cut-off wants a month before it and 90 days after."


@click.command("backtest")
@branch_option
@click.option(
    "--cut-off",
    "days",
    type=click.DateTime(["%Y-%m-%d"]),
    multiple=True,
    help="Learn before it, judge after it; may be given several times. Default: four, two months apart.",
)
@click.option(
    "--customers",
    type=click.IntRange(100),
    default=20_000,
    show_default=True,
    help="Of a larger branch take about so many.",
)
@click.option("--nights/--no-nights", default=True, help="Play every night from the first cut-off on.")
@click.option("--json", "json_file", type=click.File("w", encoding="utf-8"), help="Write everything.")
@click.option("--csv", "csv_file", type=click.File("w", encoding="utf-8"), help="Write the table.")
@click.option("--plot", type=click.File("wb"), help="Write a PNG: calibration, lift, alerts a week.")
def command(
    code: str | None,
    days: tuple[datetime, ...],
    customers: int,
    nights: bool,
    json_file: IO[str] | None,
    csv_file: IO[str] | None,
    plot: IO[bytes] | None,
) -> None:
    """Try churn risk on a branch's own past, beside recency, gap ratio and order count; stores nothing."""
    branch = chosen_branch(code)
    ledger = _ledger(branch, customers)
    cut_offs = sorted(day.date() for day in days) or rolling_cut_offs(ledger)
    if not cut_offs or not len(ledger.before(cut_offs[0]).x):
        raise click.ClickException(PROVES_NOTHING)
    trial = backtest(ledger, cut_offs)
    played = replay(ledger, cut_offs[0], ledger.last_on) if nights or plot is not None else None
    for line in backtest_tables.text(trial, played):
        click.echo(line)
    if json_file is not None:
        json.dump(backtest_tables.as_json(trial, played), json_file, indent=2)
    if csv_file is not None:
        rows = csv.DictWriter(csv_file, backtest_tables.COLUMNS)
        rows.writeheader()
        rows.writerows(backtest_tables.rows(trial))
    if plot is not None and played is not None:
        try:
            draw(plot, trial, played, branch.locale)
        except PlottingMissing as missing:
            raise click.ClickException(str(missing)) from None


def _ledger(branch: Branch, customers: int) -> Ledger:
    with application().database.unit_of_work(read_only=True) as session:
        ledger = queries.churn_history.ledger(session, branch.id, ALL_DAYS, customers=customers)
    if not len(ledger):
        raise click.ClickException(PROVES_NOTHING)
    return ledger
