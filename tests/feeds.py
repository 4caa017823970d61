"""A phone that keeps its copy by `GET /v1/changes`, as tests use one."""

import time
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import text

from api.db import Database

PATIENCE_SECONDS = 10.0


def until_all_is_served(database: Database) -> None:
    """Return when what has been committed so far can be read: no older transaction runs on the server.

    Other workers' tests share it. On SQLite that is always so.
    """
    if database.is_sqlite:
        return
    with database.unit_of_work() as session:
        mine = session.scalars(text("SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)")).one()
    oldest = text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with database.unit_of_work(read_only=True) as session:
            if session.scalars(oldest).one() > mine:
                return
        time.sleep(0.01)
    raise TimeoutError("a transaction runs for longer than a test may take")


@dataclass(slots=True)
class Reader:
    """`copy` is what the phone would show by now, by kind and id."""

    client: FlaskClient
    database: Database
    limit: int = 200
    cursor: str | None = None
    pages: int = 0
    copy: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def catch_up(self) -> list[dict[str, Any]]:
        """Read to the end, keep the copy, and return the items in the order in which they came."""
        until_all_is_served(self.database)
        items: list[dict[str, Any]] = []
        has_more = True
        while has_more:
            page = self.page()
            items += page["items"]
            has_more = page["has_more"]
        return items

    def page(self) -> dict[str, Any]:
        query = {"limit": self.limit} | ({"cursor": self.cursor} if self.cursor else {})
        answer = self.client.get("/v1/changes", query_string=query)
        assert answer.status_code == 200, answer.json
        page: dict[str, Any] = answer.json
        self.cursor, self.pages = page["cursor"], self.pages + 1
        for item in page["items"]:
            key = (item["kind"], item["id"])
            if item["gone"]:
                self.copy.pop(key, None)
            else:
                self.copy[key] = item[item["kind"]]
        return page


def subjects(items: list[dict[str, Any]], kind: str) -> list[str]:
    """Return the ids of the items of one kind, in their order."""
    return [item["id"] for item in items if item["kind"] == kind]
