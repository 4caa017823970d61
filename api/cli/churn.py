"""`flask churn`: what a branch's history teaches, and scoring by hand."""

import csv
from datetime import date, datetime
from typing import IO, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import click

from api import queries, services
from api.cli import churn_backtest
from api.cli.churn_branch import branch_option, chosen_branch
from api.cli.running import application
from api.domain.business_hours import local_day
from api.domain.churn_combination import SIGNALS, Combination
from api.domain.churn_engine import Engine
from api.domain.vocabulary import Band, ChurnEngine, CustomerState
from api.models import Branch
from api.queries.churn_history import Shipper
from api.services.churn import Judged
from jobs.context import JobContext
from jobs.scheduler import context_of
from jobs.score_churn_risk import BATCH, learn_branch, score_branch

group = click.Group("churn", help="Churn risk: learning, scoring, and trying it on days gone by.")
group.add_command(churn_backtest.command)

COLUMNS = (
    "customer_code",
    "p_ships",
    "horizon_days",
    "band",
    "engine",
    "recency_days",
    "shipping_days",
    "usual_gap_days",
    "value_at_risk_minor",
    "currency",
)

as_of_option = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Look at shipments before this day only. Default: today in the branch.",
)


@group.command()
@branch_option
@as_of_option
def fit(code: str | None, as_of: datetime | None) -> None:
    """Fit the model to a branch's shipments and show it; nothing is stored."""
    branch = chosen_branch(code)
    _tell(learn_branch(_context(), branch.id, _day(as_of, branch)))


@group.command()
@branch_option
@as_of_option
@click.option("--horizon-days", type=click.IntRange(1, 3650), help="One horizon for all, with --csv only.")
@click.option(
    "--csv", "file", type=click.File("w", encoding="utf-8", lazy=False), help="Write, store nothing."
)
def score(code: str | None, as_of: datetime | None, horizon_days: int | None, file: IO[str] | None) -> None:
    """Score every customer of a branch.

    Without --csv this is what the night does: scores are stored, alerts raised and closed, owners told.
    With --csv every customer with a shipment before the day is written to a file, and nothing is stored.
    """
    branch = chosen_branch(code)
    day = _day(as_of, branch)
    if file is not None:
        own = learn_branch(_context(), branch.id, day)
        wanted = learn_branch(_context(), branch.id, day, horizon_days) if horizon_days else own
        _write(file, branch, own, wanted)
        return
    if horizon_days is not None:
        raise click.UsageError("--horizon-days goes with --csv: alerts are judged by each one's own horizon.")
    _refuse_older_day(branch, day)
    night = score_branch(_context(), branch.id, day)
    _tell(night.engine)
    click.echo(f"{night.scored} scored, {night.calling} call for a rep, {night.told} told.")


def _write(file: IO[str], branch: Branch, own: Engine, wanted: Engine) -> None:
    """Write a row for each customer with a shipment before the day, rated or not.

    The band is that of the customer's own horizon, the chance that of the wanted one.
    """
    database = application().database
    rows = csv.writer(file)
    rows.writerow(COLUMNS)
    with database.unit_of_work(read_only=True) as session:
        policy = queries.branches.policy(session, branch.id)
        calendar = services.churn.shipping_calendar(session, branch, own.as_of)
    last_id: UUID | None = None
    while True:
        with database.unit_of_work(read_only=True) as session:
            batch = queries.churn_history.shippers(
                session, branch.id, branch.currency, own.as_of, after=last_id, limit=10 * BATCH
            )
            paces = services.churn.paces_of(session, batch.shippers, calendar, own.as_of)
        if batch.last_id is None:
            return
        last_id = batch.last_id
        judged = services.churn.judge_all(own, batch.shippers, policy, paces)
        chances = wanted.chances([one.dealings for one in batch.shippers])
        for one, chance in zip(judged, chances, strict=True):
            rows.writerow(_row(one, chance, wanted.horizon, branch.currency))


def _row(one: Judged, chance: float | None, horizon: int | None, currency: str) -> list[Any]:
    shipper, verdict = one.shipper, one.verdict
    never_scored = shipper.state is CustomerState.CLOSED_BY_US
    return [
        _cell(shipper),
        "" if never_scored or chance is None else f"{chance:.6f}",
        horizon or verdict.horizon_days,
        Band.UNRATED if never_scored else verdict.band,
        ChurnEngine.NONE if never_scored else verdict.engine,
        shipper.history.recency_days,
        shipper.history.shipping_days,
        verdict.usual_gap_days,
        0 if never_scored else verdict.value_at_risk_minor,
        currency,
    ]


def _cell(shipper: Shipper) -> str:
    # A spreadsheet takes a code that begins like this for a formula and runs it.
    return f"'{shipper.code}" if shipper.code.startswith(("=", "+", "-", "@")) else shipper.code


def _tell(engine: Engine) -> None:
    click.echo(f"{engine.customers} customers with shipments before {engine.as_of}: {engine.kind} speaks.")
    click.echo(f"  status {engine.status}, usual gap of the branch {engine.population_gap_days:.1f} days")
    model = engine.parameters
    if model is not None:
        click.echo(
            f"  by day: r {model.r:.4f}, alpha {model.alpha:.2f}, a {model.a:.4f}, b {model.b:.4f}\n"
            f"  mean drop-out {model.mean_drop_out:.4f}, log-likelihood {engine.log_likelihood:.2f}"
        )
        click.echo(_of_correction(engine.combination))


def _of_correction(correction: Combination | None) -> str:
    if correction is None:
        return "  no correction: on days gone by, none was better than the model alone"
    weights = ", ".join(
        f"{name} {weight:+.2f}" for name, weight in zip(SIGNALS, correction.weights, strict=True) if weight
    )
    return f"  corrected by the branch's own past (AUC {correction.gain:+.4f} out of time): {weights}"


def _day(as_of: datetime | None, branch: Branch) -> date:
    today = local_day(application().clock.now(), ZoneInfo(branch.timezone))
    day = today if as_of is None else as_of.date()
    if day > today:
        raise click.UsageError(f"{day} is in the future: nothing is known of the days before it yet.")
    return day


def _refuse_older_day(branch: Branch, day: date) -> None:
    with application().database.unit_of_work(read_only=True) as session:
        latest = queries.churn.latest_scoring(session, branch.id)
    if latest is not None and latest > day:
        raise click.UsageError(
            f"{latest} has been scored; alerts cannot go back to {day}. Use --csv to look."
        )


def _context() -> JobContext:
    return context_of(application())
