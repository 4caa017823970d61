"""Many stories become one: nothing is lost, doubled or out of its place, and each role reads what it may."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.timeline import READABLE, Entry, newest, readable
from api.domain.vocabulary import Role, TimelineKind
from tests.fakes import NOW


def entry(number: int, minutes: int) -> Entry:
    kind = list(TimelineKind)[number % len(TimelineKind)]
    return Entry(kind, UUID(int=number), NOW + timedelta(minutes=minutes), "said", None, {})


# Few minutes and many entries, so that many happen at the same instant.
stories = st.lists(st.integers(0, 5), max_size=60).map(
    lambda minutes: [entry(number, at) for number, at in enumerate(minutes)]
)


def by_kind(entries: Sequence[Entry]) -> list[list[Entry]]:
    newest_first = sorted(entries, key=lambda one: one.place, reverse=True)
    return [[one for one in newest_first if one.kind is kind] for kind in TimelineKind]


@given(entries=stories, count=st.integers(1, 70))
def test_the_newest_of_all_stories_come_first(entries: list[Entry], count: int) -> None:
    found = newest(by_kind(entries), count)

    assert found == sorted(entries, key=lambda one: one.place, reverse=True)[:count]


@given(entries=stories, limit=st.integers(1, 7))
def test_page_by_page_everything_is_read_once(entries: list[Entry], limit: int) -> None:
    read: list[Entry] = []

    while True:
        behind = [one for one in entries if not read or one.place < read[-1].place]
        page = newest([story[: limit + 1] for story in by_kind(behind)], limit)
        if not page:
            break
        read += page

    assert [one.id for one in read] == [one.id for one in newest(by_kind(entries), len(entries))]


@pytest.mark.parametrize("role", [Role.COURIER, Role.INTEGRATION])
def test_roles_that_see_no_customers_read_no_story(role: Role) -> None:
    assert readable(role, None) == []


def test_a_rep_reads_all_and_a_dispatcher_nothing_of_the_sales_work() -> None:
    assert readable(Role.SALES_REP, None) == list(TimelineKind)
    assert not {TimelineKind.VISIT, TimelineKind.CHURN_ALERT} & READABLE[Role.DISPATCHER]


def test_a_kind_out_of_sight_cannot_be_asked_for() -> None:
    assert readable(Role.DISPATCHER, TimelineKind.VISIT) == []
    assert readable(Role.MANAGER, TimelineKind.VISIT) == [TimelineKind.VISIT]
