"""Rate limits: the page says the numbers that hold, and what is dear is counted as such."""

from datetime import timedelta

from api.domain import rate_limits
from api.domain.rate_limits import REPORTS, Budget
from tests.databases import only_sqlite
from tests.house.source import ROOT

PAGE = ROOT / "docs" / "rate-limits.md"
SPANS = {timedelta(minutes=1): "minute", timedelta(hours=1): "hour"}


def test_the_page_names_every_budget_with_its_numbers():
    page = PAGE.read_text()
    budgets = [value for value in vars(rate_limits).values() if isinstance(value, Budget)]
    rows = [f"| `{budget.name}` | {budget.most:,} per {SPANS[budget.per]} |" for budget in budgets]

    missing = [row for row in rows if row not in page]

    assert not missing, f"Mend the table in {PAGE}: {missing}"


@only_sqlite
def test_every_export_draws_on_the_budget_of_reports(app):
    exports = {name: view for name, view in app.view_functions.items() if ".export_" in name}
    others = [name for name, view in exports.items() if getattr(view, "budget", None) is not REPORTS]

    assert exports
    assert not others, f"Put @blp.within(REPORTS) below @blp.requires(...): {others}"
