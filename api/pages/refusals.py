"""The pages that stand for a refusal: unknown, ended, too often, a fault of ours. No customer data on any."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request

from api.pages import views
from api.pages.templating import Reader, render
from api.web.context import now

TEMPLATES = {404: "not_found.html", 410: "gone.html"}
UTC = ZoneInfo("UTC")


def dressed(response: Response) -> Response:
    """Return a problem as a page with the same status and headers; anything else as it is."""
    if response.mimetype == "application/problem+json":
        problem = response.get_json()
        response.set_data(_page(problem))
        response.content_type = "text/html; charset=utf-8"
    return response


def _page(problem: dict[str, Any]) -> str:
    branch = {"name": problem["branch"], "hotline": problem["hotline"]} if "branch" in problem else None
    return render(
        TEMPLATES.get(problem["status"], "trouble.html"),
        Reader(views.locale(), UTC, now()),
        branch=branch,
        home=request.path if request.method == "GET" else request.path.rpartition("/")[0],
        keep="",
        status=problem["status"],
        rating_url=problem.get("feedback_url"),
    )
