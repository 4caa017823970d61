"""The pages that stand for a refusal: unknown, ended, too often, a fault of ours. No customer data on any."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request

from api.pages import views
from api.pages.templating import Reader, render
from api.queries.links import BranchSign
from api.web.context import now

TEMPLATES = {404: "not_found.html", 410: "gone.html"}
UTC = ZoneInfo("UTC")


def dressed(response: Response) -> Response:
    """Return a problem as a page with the same status and headers; anything else as it is."""
    if response.mimetype == "application/problem+json":
        page = _page(response.get_json())
        response.set_data(page.get_data())
        response.content_type = page.content_type
        response.headers["Content-Security-Policy"] = page.headers["Content-Security-Policy"]
    return response


def _page(problem: dict[str, Any]) -> Response:
    return render(
        TEMPLATES.get(problem["status"], "trouble.html"),
        Reader(views.locale(), UTC, now()),
        branch=_sign(problem) if "branch" in problem else None,
        preferences_url=None,
        show=None,
        home=request.path if request.method == "GET" else request.path.rpartition("/")[0],
        keep="",
        status=problem["status"],
        rating_url=problem.get("feedback_url"),
    )


def _sign(problem: dict[str, Any]) -> BranchSign:
    return BranchSign(
        name=problem["branch"],
        hotline=problem["hotline"],
        timezone=UTC.key,
        accent_colour=problem["accent_colour"],
        logo_sha256=problem["logo_sha256"],
    )
