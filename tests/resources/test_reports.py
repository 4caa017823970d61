"""/v1/reports/waits and its export as CSV: the lines, who may read them, and what they cost."""

from datetime import timedelta

import pytest

from api.domain.vocabulary import Quality, ReadinessAnswer, Role, WaitCause, WaitOutcome, WaitState
from tests import factories
from tests.exporting import rows_of
from tests.fakes import NOW
from tests.statements import counted, short

TODAY = "from=2026-11-18&to=2026-11-18"
REPORT = f"/v1/reports/waits?{TODAY}"
EXPORT = "/v1/reports/waits/export"


@pytest.fixture
def wait_at(database):
    """Adds a pickup and its wait, which began now, lasted 100 s and was over at its end."""

    def wait_at(site, courier, *, stood=100, waited=100, arrived_at=NOW, pickup=(), **columns):
        with database.unit_of_work() as session:
            booked = factories.make_pickup(session, site, courier=courier, **dict(pickup))
            ended = {
                "state": WaitState.CLOSED,
                "outcome": WaitOutcome.COLLECTED,
                "departed_at": arrived_at + timedelta(seconds=stood),
                "dwell_seconds": stood,
                "avoidable_wait_seconds": waited,
            }
            return factories.make_wait(session, booked, **(ended | {"arrived_at": arrived_at} | columns))

    return wait_at


def export(client, **asked):
    """Take today's report away."""
    return client.post(EXPORT, json={"from": "2026-11-18", "to": "2026-11-18", **asked})


def line_of(answer) -> dict:
    """Return the only line of a report."""
    assert answer.status_code == 200, answer.json
    (line,) = answer.json["items"]
    return line


class TestReading:
    def test_it_needs_a_sign_in(self, client):
        assert client.get(REPORT).status_code == export(client).status_code == 401

    @pytest.mark.parametrize("role", [Role.COURIER, Role.SERVICE_AGENT, Role.INTEGRATION])
    def test_b7_roles_without_business_there_are_refused(self, signed_in, hire, role):
        client = signed_in(hire(role))

        assert client.get(REPORT).status_code == export(client).status_code == 403

    @pytest.mark.parametrize("role", [Role.DISPATCHER, Role.MANAGER, Role.ADMIN, Role.SALES_REP])
    def test_those_who_lead_and_those_who_sell_read_it(self, signed_in, hire, role):
        client = signed_in(hire(role))

        assert client.get(REPORT).status_code == export(client).status_code == 200

    def test_a_rep_reads_about_his_customers_only(
        self, database, branch, signed_in, rep, site, courier, wait_at
    ):
        with database.unit_of_work() as session:
            foreign = factories.make_site(session, factories.make_customer(session, branch))
        wait_at(site, courier)
        wait_at(foreign, courier)

        assert line_of(signed_in(rep).get(f"{REPORT}&by=site"))["key"] == str(site.id)
        assert line_of(signed_in(rep).get(f"{REPORT}&by=branch"))["by_quality"][0]["count"] == 1

    def test_a_rep_does_not_compare_couriers(self, signed_in, rep):
        client = signed_in(rep)

        assert client.get(f"{REPORT}&by=courier").status_code == 403
        assert export(client, by="courier").status_code == 403

    def test_b4_another_branchs_waits_are_not_in_it(self, database, dispatcher, wait_at):
        with database.unit_of_work() as session:
            elsewhere = factories.make_branch(session)
            stranger = factories.make_staff(session, elsewhere)
            foreign = factories.make_site(session, factories.make_customer(session, elsewhere))
        wait_at(foreign, stranger)

        assert dispatcher.get(f"{REPORT}&by=courier").json["items"] == []
        assert dispatcher.get(f"{REPORT}&by=branch").json["items"] == []


class TestAsking:
    @pytest.mark.parametrize(
        "query",
        [
            "",
            "from=2026-11-18",
            "from=2026-11-18&to=2026-11-17",
            "from=2026-01-01&to=2026-04-03",
            f"{TODAY}&by=mood",
            f"{TODAY}&quality=good",
            f"{TODAY}&limit=201",
            f"{TODAY}&cursor=nonsense",
            f"{TODAY}&cursor=WyJ4Il0",
            f"{TODAY}&sort=count",
        ],
    )
    def test_g3_what_is_too_wide_or_unknown_is_refused(self, dispatcher, query):
        answer = dispatcher.get(f"/v1/reports/waits?{query}")

        assert answer.status_code == 422
        assert answer.json["errors"]

    def test_days_are_those_of_the_branch(self, dispatcher, site, courier, wait_at):
        midnight = NOW.replace(hour=16, minute=0)  # In Shanghai.
        wait_at(site, courier, arrived_at=midnight - timedelta(seconds=1))
        wait_at(site, courier, arrived_at=midnight)

        assert line_of(dispatcher.get(REPORT))["by_quality"][0]["count"] == 1
        assert (
            line_of(dispatcher.get("/v1/reports/waits?from=2026-11-18&to=2026-11-19"))["by_quality"][0][
                "count"
            ]
            == 2
        )

    def test_it_comes_in_pages(self, database, customer, dispatcher, courier, wait_at):
        with database.unit_of_work() as session:
            sites = [factories.make_site(session, customer) for _ in range(3)]
        for site in sites:
            wait_at(site, courier)
            wait_at(site, courier)

        first = dispatcher.get(f"{REPORT}&by=site&limit=2").json
        second = dispatcher.get(first["next"]).json

        keys = [line["key"] for page in (first, second) for line in page["items"]]
        assert keys == sorted(str(site.id) for site in sites)
        assert second["next"] is None

    def test_the_calendar_comes_in_pages_too(self, dispatcher, site, courier, wait_at):
        for hours in (0, 1, 2):
            wait_at(site, courier, arrived_at=NOW + timedelta(hours=hours))

        first = dispatcher.get(f"{REPORT}&by=hour&limit=2").json
        second = dispatcher.get(first["next"]).json

        assert [line["label"] for line in first["items"]] == ["09:00", "10:00"]
        assert [line["label"] for line in second["items"]] == ["11:00"]


class TestLines:
    @pytest.mark.parametrize(
        ("by", "key", "label"),
        [
            ("branch", lambda seen: str(seen["branch"].id), lambda seen: seen["branch"].name),
            (
                "site",
                lambda seen: str(seen["site"].id),
                lambda seen: f"{seen['customer'].name} · {seen['site'].name}",
            ),
            ("customer", lambda seen: str(seen["customer"].id), lambda seen: seen["customer"].name),
            ("courier", lambda seen: str(seen["courier"].id), lambda seen: seen["courier"].name),
            ("week", lambda _: "2026-W47", lambda _: "2026-W47"),
            ("weekday", lambda _: "3", lambda _: "wed"),
            ("hour", lambda _: "09", lambda _: "09:00"),
        ],
    )
    def test_a_line_says_whom_or_when_it_is_about(
        self, branch, customer, site, courier, dispatcher, wait_at, by, key, label
    ):
        wait_at(site, courier)
        seen = {"branch": branch, "customer": customer, "site": site, "courier": courier}

        line = line_of(dispatcher.get(f"{REPORT}&by={by}"))

        assert (line["key"], line["label"]) == (key(seen), label(seen))
        assert line["by_quality"][0]["count"] == 1

    def test_the_figures_of_a_line(self, dispatcher, site, courier, wait_at):
        ready = {
            "readiness_answer": ReadinessAnswer.READY,
            "readiness_answered_at": NOW - timedelta(minutes=9),
        }
        for waited in (10, 20, 30, 40, 70):
            wait_at(site, courier, waited=waited, stood=waited + 100, pickup=ready)
        wait_at(
            site,
            courier,
            waited=310,
            stood=310,
            outcome=WaitOutcome.LEFT,
            cause=WaitCause.NOBODY_THERE,
            protected=True,
        )

        (figures,) = line_of(dispatcher.get(REPORT))["by_quality"]

        assert (figures["quality"], figures["count"]) == ("measured", 6)
        assert (figures["collected"], figures["left"], figures["protected_leaves"]) == (5, 1, 1)
        assert figures["avoidable_wait"] == {
            "p50_seconds": 30,
            "p90_seconds": 310,
            "max_seconds": 310,
            "total_seconds": 480,
        }
        assert figures["dwell_once_seconds"] == 310
        assert figures["causes"]["nobody_there"] == 1
        assert figures["with_answer"] == {"count": 5, "mean_seconds": 34.0}
        assert figures["without_answer"] == {"count": 1, "mean_seconds": 310.0}
        assert figures["promises"] == {"promised": 5, "kept": 4, "share": 0.8}
        assert figures["punctuality"]["share"] == 1.0

    def test_measured_stands_apart_from_estimated(self, dispatcher, site, courier, wait_at):
        wait_at(site, courier, waited=10)
        wait_at(site, courier, waited=900, stood=900, quality=Quality.ESTIMATED)

        both = line_of(dispatcher.get(REPORT))["by_quality"]
        narrowed = line_of(dispatcher.get(f"{REPORT}&quality=estimated"))["by_quality"]

        assert [(one["quality"], one["dwell"]["max_seconds"]) for one in both] == [
            ("measured", 100),
            ("estimated", 900),
        ]
        assert narrowed == both[1:]

    def test_what_is_left_out_is_said_in_the_readers_language(self, dispatcher, site, courier, wait_at):
        wait_at(site, courier, outcome=WaitOutcome.UNDONE, dwell_seconds=None, avoidable_wait_seconds=None)

        line = line_of(dispatcher.get(REPORT, headers={"Accept-Language": "en"}))

        assert line["by_quality"] == []
        assert line["left_out"] == [
            {"what": "waits", "why": "undone", "count": 1, "text": "the arrival was undone"}
        ]

    @pytest.mark.parametrize("by", ["site", "hour"])
    def test_it_asks_the_database_as_often_for_many_waits_as_for_one(
        self, database, dispatcher, site, courier, wait_at, by
    ):
        for _ in range(5):
            wait_at(site, courier)

        with counted(database) as statements:
            dispatcher.get(f"{REPORT}&by={by}")

        assert len(statements) == {"site": 4, "hour": 3}[by], short(statements)


class TestExport:
    def test_it_is_a_file_with_a_name_of_our_own(self, dispatcher, site, courier, wait_at):
        wait_at(site, courier)

        answer = export(dispatcher, by="site")

        assert answer.content_type == "text/csv; charset=utf-8"
        disposition = answer.headers["Content-Disposition"]
        assert disposition == "attachment; filename=waits-by-site-2026-11-18-2026-11-18.csv"
        assert answer.data.startswith("\ufeff".encode())

    def test_it_says_what_the_json_says(self, dispatcher, site, courier, wait_at):
        wait_at(site, courier, waited=42)
        wait_at(site, courier, waited=77, quality=Quality.UNVERIFIED, cause=WaitCause.PAPERS_MISSING)
        wait_at(site, courier, outcome=WaitOutcome.ABANDONED, dwell_seconds=None)

        taken = rows_of(export(dispatcher, by="site"))

        shown = [(row["quality"], row["avoidable_wait_max_seconds"]) for row in taken]
        assert shown == [("measured", "42"), ("unverified", "77")]
        assert [row["cause_papers_missing"] for row in taken] == ["0", "1"]
        assert [row["left_out_abandoned"] for row in taken] == ["1", ""]

    def test_a_line_without_figures_says_what_was_left_out(self, dispatcher, site, courier, wait_at):
        wait_at(site, courier, state=WaitState.OPEN, outcome=None, departed_at=None, dwell_seconds=None)

        (row,) = rows_of(export(dispatcher, by="site"))

        assert (row["count"], row["left_out_running"]) == ("", "1")

    def test_it_is_whole_where_json_has_pages(self, database, customer, dispatcher, courier, wait_at):
        with database.unit_of_work() as session:
            sites = [factories.make_site(session, customer) for _ in range(52)]
        for site in sites:
            wait_at(site, courier)

        assert len(rows_of(export(dispatcher, by="site"))) == 52

    def test_f4_nobody_names_the_file_but_us(self, dispatcher):
        assert export(dispatcher, by="site\r\nX: y").status_code == 422
