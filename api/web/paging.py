"""From `?cursor=&limit=` to a page of a query, and from its result to `items` and a `next` link."""

from typing import Any
from urllib.parse import urlencode

from flask import request

from api.domain.paging import Page, PageRequest


def page_request(query: dict[str, Any]) -> PageRequest:
    """Take `cursor` and `limit` out of checked query arguments; what is left are the filters."""
    return PageRequest.parse(query.pop("cursor", None), query.pop("limit"))


def as_page(page: Page[Any]) -> dict[str, Any]:
    """Return what a page schema dumps. `next` repeats the caller's filters."""
    if page.next_cursor is None:
        return {"items": page.items, "next": None}
    arguments = {**request.args, "cursor": page.next_cursor}
    return {"items": page.items, "next": f"{request.path}?{urlencode(arguments)}"}
