"""A customer's story as one list: one statement for each kind of entry, however long the story is."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api.domain.paging import Page, PageRequest, encode_cursor
from api.domain.principal import Principal
from api.domain.timeline import Entry, TimelineFilter, newest, readable
from api.queries import customers
from api.queries.paging import behind
from api.queries.timeline_sources import SOURCES, Source


def of_customer(
    session: Session, customer_id: UUID, *, only: TimelineFilter, by: Principal, page: PageRequest
) -> Page[Entry]:
    """Return what happened with a customer, newest first. Raises NotFound when the customer is out of sight.

    Who sees the customer sees all of the kinds that his role may read, whoever owned it then.
    """
    customers.by_id(session, customer_id, by=by)
    stories = [
        _told(session, SOURCES[kind], customer_id, only, page) for kind in readable(by.role, only.kind)
    ]
    found = newest(stories, page.limit + 1)
    shown = found[: page.limit]
    if len(found) <= page.limit:
        return Page(shown, None)
    last = shown[-1]
    return Page(shown, encode_cursor([last.at.isoformat(), str(last.id)]))


def _told(
    session: Session, source: Source, customer_id: UUID, only: TimelineFilter, page: PageRequest
) -> list[Entry]:
    """Return the newest entries of one kind that can stand on this page, and one more."""
    place: list[Any] = [source.at, source.id]
    statement = source.rows(customer_id)
    if page.after is not None:
        statement = statement.where(behind(place, page.after, descending=True))
    if only.since is not None:
        statement = statement.where(source.at >= only.since)
    if only.before is not None:
        statement = statement.where(source.at < only.before)
    newest_first = statement.order_by(*(key.desc() for key in place)).limit(page.limit + 1)
    return [source.entry(row) for row in session.scalars(newest_first)]
