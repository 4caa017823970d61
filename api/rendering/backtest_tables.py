"""A back-test as text for a terminal, as rows for a spreadsheet, and as plain values for JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from api.domain.churn_backtest import METHODS as METHOD_ORDER
from api.domain.churn_backtest import Backtest, CutOff
from api.domain.churn_replay import Replay
from api.domain.vocabulary import Locale
from api.rendering.backtest_words import METHODS

COLUMNS = (
    "cut_off",
    "engine",
    "status",
    "customers",
    "regular",
    "stayed_away",
    "method",
    "auc_90_days",
    "auc_own_horizon",
    "top_decile_lift",
)

NAMES = METHODS[Locale.EN]


def text(trial: Backtest, nights: Replay | None) -> Iterator[str]:
    """Return the report line by line."""
    yield "Who stays away? AUC over 90 days (all with 30 days of history), AUC and top-tenth lift over each"
    yield "customer's own horizon (at least 5 shipping days). 0.5 is chance; a lift of 2 finds twice as many."
    for cut_off in trial.cut_offs:
        yield ""
        yield from _cut_off(cut_off)
    yield ""
    yield from _means(trial)
    if nights is not None:
        yield ""
        yield from _nights(nights)


def rows(trial: Backtest) -> Iterator[dict[str, Any]]:
    """Return a row for each cut-off and way to rank customers, under COLUMNS."""
    for one in trial.cut_offs:
        for figures in one.methods:
            yield {
                "cut_off": one.as_of,
                "engine": one.engine,
                "status": one.status,
                "customers": one.customers,
                "regular": one.regular,
                "stayed_away": round(one.stayed_away, 4),
                **{name: _rounded(value) for name, value in asdict(figures).items()},
            }


def as_json(trial: Backtest, nights: Replay | None) -> dict[str, Any]:
    """Return everything that the text and the picture show."""
    report: dict[str, Any] = {
        "cut_offs": [
            {**asdict(one), "as_of": one.as_of.isoformat()} | {"brier": _rounded(one.brier)}
            for one in trial.cut_offs
        ],
        "calibration": [
            {"said": _rounded(said), "came": _rounded(came), "customers": customers}
            for said, came, customers in trial.calibration()
        ],
    }
    if nights is not None:
        report["nights"] = {
            "pushes_per_100_customers_and_week": _rounded(nights.pushes_per_100_and_week),
            "median_delay_days": nights.median_delay_days,
            "most_pushes_of_a_spell_and_band": nights.most_pushes_of_a_spell_and_band,
            "win_back_list": nights.win_back,
            "weeks": [{**asdict(week), "begins_on": week.begins_on.isoformat()} for week in nights.weeks],
        }
    return report


def _cut_off(one: CutOff) -> Iterator[str]:
    brier = "" if one.brier is None else f", Brier {one.brier:.3f}"
    yield (
        f"{one.as_of}: {one.customers} customers, {one.regular} regular, "
        f"{one.stayed_away:.0%} of these stayed away; {one.engine} speaks ({one.status}){brier}"
    )
    yield f"  {'':22}  AUC 90 d   AUC own   lift"
    for figures in one.methods:
        yield (
            f"  {NAMES[figures.method]:22}  {figures.auc_90_days:8.3f}  {figures.auc_own_horizon:8.3f}"
            f"  {figures.top_decile_lift:5.2f}"
        )
    for band in one.bands:
        yield (
            f"  {band.band:6} {band.share:4.0%} of the regular: precision {band.precision:.0%}, "
            f"recall {band.recall:.0%}"
        )


def _means(trial: Backtest) -> Iterator[str]:
    yield "mean of the cut-offs"
    yield f"  {'':22}  AUC 90 d   AUC own   lift"
    for number, method in enumerate(METHOD_ORDER):
        figures = [one.methods[number] for one in trial.cut_offs]
        count = len(figures)
        yield (
            f"  {NAMES[method]:22}  {sum(one.auc_90_days for one in figures) / count:8.4f}"
            f"  {sum(one.auc_own_horizon for one in figures) / count:8.4f}"
            f"  {sum(one.top_decile_lift for one in figures) / count:5.2f}"
        )


def _nights(nights: Replay) -> Iterator[str]:
    pushes = sum(call.is_push for call in nights.calls)
    yield (
        f"{len(nights.weeks)} weeks of nights: {pushes} pushes, {len(nights.calls) - pushes} amber alerts, "
        f"{nights.win_back} on the win-back list of the first night"
    )
    yield f"  pushes a week for a rep with 100 customers: {nights.pushes_per_100_and_week:.2f}"
    yield f"  most pushes for one spell and band: {nights.most_pushes_of_a_spell_and_band}"
    if nights.median_delay_days is not None:
        yield f"  median days without a shipment when a rep was called: {nights.median_delay_days:g}"


def _rounded(value: Any) -> Any:
    """Four places are more than the data know; NaN has no place in JSON."""
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 4)
    return value
