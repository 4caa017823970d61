"""Runs a select as one page: in the order of its keys, from behind the row that the cursor names."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.domain.errors import Invalid
from api.domain.paging import Page, PageRequest, encode_cursor

T = TypeVar("T")

LARGEST_INTEGER = 2**63 - 1


def paginate(
    session: Session,
    statement: Select[T],
    keys: Sequence[InstrumentedAttribute[Any]],
    page: PageRequest,
    *,
    descending: bool = False,
) -> Page[T]:
    """Return one page of ORM rows. `keys` are columns of the row; together they are unique."""
    if page.after is not None:
        statement = statement.where(behind(keys, page.after, descending=descending))
    order = [key.desc() if descending else key.asc() for key in keys]
    # One row more than asked for tells whether there is a next page.
    rows = session.scalars(statement.order_by(*order).limit(page.limit + 1)).all()
    shown = rows[: page.limit]
    if len(rows) <= page.limit:
        return Page(shown, None)
    return Page(shown, encode_cursor([_text(getattr(shown[-1], key.key)) for key in keys]))


def mapped(page: Page[T], view: Callable[[T], Any]) -> Page[Any]:
    return Page([view(item) for item in page.items], page.next_cursor)


def behind(
    keys: Sequence[InstrumentedAttribute[Any]], after: tuple[str, ...], *, descending: bool = False
) -> Any:
    """Return the condition for rows behind the one whose keys a cursor names."""
    if len(after) != len(keys):
        raise Invalid({"cursor": ["Not a cursor of this list."]})
    # Compared as one row of values, which an index on the keys can answer.
    row = tuple_(*keys)
    last = tuple_(*[literal(_value(key, text), key.type) for key, text in zip(keys, after, strict=True)])
    return row < last if descending else row > last


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _value(key: InstrumentedAttribute[Any], text: str) -> Any:
    kind = key.type.python_type
    try:
        value = kind.fromisoformat(text) if hasattr(kind, "fromisoformat") else kind(text)
        if isinstance(value, datetime) and (value.tzinfo is None or not 1970 <= value.year <= 2200):
            raise ValueError(text)
        if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            raise ValueError(text)
    except (ValueError, ArithmeticError):
        raise Invalid({"cursor": ["Not a cursor of this list."]}) from None
    return value
