"""A back-test as one picture: calibration, who is found by calling the worst first, and alerts a week.

matplotlib is heavy and only wanted here, so it comes with `requirements-extra.txt` and is imported when a
picture is drawn; see docs/dependencies.md.
"""

from __future__ import annotations

from typing import IO, Any

from pylopdf_fonts_zh_cn import sans_path

from api.domain.churn_backtest import METHODS as METHOD_ORDER
from api.domain.churn_backtest import Backtest
from api.domain.churn_replay import Replay
from api.domain.vocabulary import Locale
from api.rendering.backtest_words import METHODS, WORDS

GREEN, AMBER, RED, GREY, INK = "#2f7d6b", "#c47000", "#b3372f", "#b8c0c8", "#1c2733"
COLOURS = {
    "doorstep": GREEN,
    "closed_form": "#7fb5a6",
    "recency": AMBER,
    "gap_ratio": "#8a6fb0",
    "order_count": GREY,
}
SHARES = [step / 50 for step in range(51)]


class PlottingMissing(Exception):
    """Plots need matplotlib: `pip install --requirement requirements-extra.txt`."""


def draw(file: IO[bytes], trial: Backtest, nights: Replay, locale: Locale) -> None:
    """Write a PNG of 1,500 x 1,650 pixels. Raises PlottingMissing where matplotlib is not installed."""
    figure, font = _sheet()
    words = WORDS[locale]
    plots = figure.subplots(3, 1)
    _calibration(plots[0], trial, words)
    _caught(plots[1], trial, words, METHODS[locale])
    _weeks(plots[2], nights, words)
    for plot in plots:
        _lettering(plot, font)
    figure.suptitle(words["title"], fontproperties=font, fontsize=15, color=INK)
    figure.savefig(file, format="png", dpi=150)


def _sheet() -> tuple[Any, Any]:
    try:
        from matplotlib.figure import Figure
        from matplotlib.font_manager import FontProperties
    except ImportError:
        raise PlottingMissing(PlottingMissing.__doc__) from None
    # Without pyplot there is no window, no backend to choose and nothing that outlives the picture.
    return Figure(figsize=(10, 11), layout="constrained"), FontProperties(fname=str(sans_path()))


def _calibration(plot: Any, trial: Backtest, words: Any) -> None:
    points = trial.calibration()
    plot.plot([0, 1], [0, 1], color=GREY, linestyle="--", label=words["truth"])
    plot.plot([said for said, _, _ in points], [came for _, came, _ in points], color=GREEN, marker="o")
    plot.set(title=words["calibration"], xlabel=words["said"], ylabel=words["came"], xlim=(0, 1), ylim=(0, 1))


def _caught(plot: Any, trial: Backtest, words: Any, methods: Any) -> None:
    plot.plot([0, 1], [0, 1], color=GREY, linestyle=":", label=words["chance"])
    for method in METHOD_ORDER:
        caught = [trial.caught(method, share) for share in SHARES]
        width = 2.5 if method == "doorstep" else 1.2
        plot.plot(SHARES, caught, color=COLOURS[method], linewidth=width, label=methods[method])
    plot.set(title=words["lift"], xlabel=words["called"], ylabel=words["caught"], xlim=(0, 1), ylim=(0, 1))


def _weeks(plot: Any, nights: Replay, words: Any) -> None:
    days = [week.begins_on.isoformat()[5:] for week in nights.weeks]
    red = [week.pushes_per_100 for week in nights.weeks]
    amber = [100 * week.amber / max(1, week.customers) for week in nights.weeks]
    plot.bar(days, red, color=RED, label=words["pushes"])
    plot.bar(days, amber, bottom=red, color=AMBER, label=words["amber"])
    plot.axhline(1, color=INK, linestyle="--", linewidth=1, label=words["budget"])
    plot.set(title=words["weeks"])
    plot.tick_params(axis="x", rotation=60)


def _lettering(plot: Any, font: Any) -> None:
    """Set all words in our own font, which has Chinese, and take the frame away."""
    title = plot.get_title()
    plot.set_title("")
    plot.set_title(title, fontproperties=font, fontsize=12, color=INK, loc="left")
    plot.xaxis.label.set_fontproperties(font)
    plot.yaxis.label.set_fontproperties(font)
    plot.spines[["top", "right"]].set_visible(False)
    plot.legend(prop=font, frameon=False, fontsize=9)
