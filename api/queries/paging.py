"""Runs a select as one page: ordered by its keys, after the cursor's row, one row more than asked to know if there is a next."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.domain.errors import Invalid
from api.domain.paging import Page, PageRequest, encode_cursor

T = TypeVar("T")


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
        statement = statement.where(_after(keys, page.after, descending))
    order = [key.desc() if descending else key.asc() for key in keys]
    rows = session.scalars(statement.order_by(*order).limit(page.limit + 1)).all()
    shown = rows[: page.limit]
    if len(rows) <= page.limit:
        return Page(shown, None)
    return Page(shown, encode_cursor([_text(getattr(shown[-1], key.key)) for key in keys]))


def mapped(page: Page[T], view: Callable[[T], Any]) -> Page[Any]:
    return Page([view(item) for item in page.items], page.next_cursor)


def _after(keys: Sequence[InstrumentedAttribute[Any]], after: tuple[str, ...], descending: bool) -> Any:
    if len(after) != len(keys):
        raise Invalid({"cursor": ["Not a cursor of this list."]})
    values = [_value(key, text) for key, text in zip(keys, after, strict=True)]
    steps = []
    for place, (key, value) in enumerate(zip(keys, values, strict=True)):
        equal = [earlier == known for earlier, known in zip(keys[:place], values[:place], strict=True)]
        steps.append(and_(*equal, key < value if descending else key > value))
    return or_(*steps)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _value(key: InstrumentedAttribute[Any], text: str) -> Any:
    wanted = key.type.python_type
    try:
        if wanted is datetime:
            value = datetime.fromisoformat(text)
            if value.tzinfo is None or not 1970 <= value.year <= 2200:
                raise ValueError(text)
            return value
        if wanted in {UUID, int, float, Decimal}:
            return wanted(text)
        if hasattr(wanted, "fromisoformat"):
            return wanted.fromisoformat(text)
        if "\0" in text:
            raise ValueError(text)
        return wanted(text)
    except (ValueError, ArithmeticError):
        raise Invalid({"cursor": ["Not a cursor of this list."]}) from None
