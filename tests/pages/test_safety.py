"""What scanners, strangers and other sites can do with a link: nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from api.domain.vocabulary import LinkPurpose, PickupState
from api.models import Base, Feedback
from tests.fakes import NOW

PERSONAL = ("李芳", "13800", "138*", "138 ", "世纪大道", "东方贸易", "王小明")


def rows(database):
    """Return how many rows every table has."""
    with database.unit_of_work(read_only=True) as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
        }


def ratings(database):
    with database.unit_of_work(read_only=True) as session:
        return session.execute(select(Feedback.score, Feedback.version)).all()


class TestReading:
    def test_d1_previews_and_scanners_change_nothing(self, app, link, database):
        path = link(LinkPurpose.FEEDBACK)
        before = rows(database)

        for method in ("GET", "HEAD", "OPTIONS") * 5:
            assert app.test_client().open(path, method=method).status_code in {200, 303}

        assert rows(database) == before

    def test_d3_unknown_links_look_like_each_other(self, visit):
        pages = [
            visit(path) for path in ("/l/" + "A" * 22, "/l/x", f"/p/{'0' * 8}-0000-7000-8000-{'0' * 12}")
        ]

        assert {contact.page.status_code for contact in pages} == {404}
        assert all(contact.reads("There is nothing here") for contact in pages)

    def test_d3_a_network_that_guesses_on_is_slowed_down(self, app):
        client = app.test_client()

        statuses = [client.get(f"/l/guess-{n}").status_code for n in range(61)]

        assert statuses == [404] * 60 + [429]

    @pytest.mark.parametrize("details", [{"expires_at": NOW}, {"revoked_at": NOW}])
    def test_d5_what_has_ended_shows_the_hotline_and_no_customer(self, visit, link, branch, details):
        contact = visit(link(**details))

        assert contact.page.status_code == 410
        assert contact.reads(branch.hotline)
        assert not [word for word in (*PERSONAL, "二号仓库") if contact.reads(word)]

    @pytest.mark.parametrize("purpose", [LinkPurpose.PICKUP, LinkPurpose.FEEDBACK, LinkPurpose.RESCHEDULE])
    def test_d6_a_stranger_with_the_link_sees_the_minimum(self, visit, link, purpose):
        contact = visit(link(purpose))

        assert contact.page.status_code == 200
        assert not [word for word in PERSONAL if contact.reads(word)]

    def test_d7_the_token_leaves_the_address_bar(self, visit, link):
        path = link()

        contact = visit(path)

        token = path.rpartition("/")[2]
        assert contact.path.startswith("/p/")
        assert token not in contact.path
        assert token not in contact.page.text

    def test_d7_headers_keep_the_page_private(self, visit, link):
        headers = visit(link()).page.headers

        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert "noindex" in headers["X-Robots-Tag"]
        assert headers["Content-Security-Policy"].startswith("default-src 'none';")
        assert "http" not in headers["Content-Security-Policy"]

    def test_d7_nothing_is_fetched_from_anywhere(self, visit, link):
        page = visit(link()).page.text

        assert "src=" not in page
        assert "url(" not in page
        assert len(page.encode()) < 60_000

    def test_d7_the_cookie_is_for_one_page_and_no_script(self, app, link):
        cookie = app.test_client().get(link()).headers["Set-Cookie"]

        assert "Path=/p/" in cookie
        assert {"HttpOnly", "Secure", "SameSite=Lax"} <= set(cookie.split("; "))

    def test_d7_a_token_never_reaches_the_log(self, visit, link, caplog, capsys):
        path = link()
        caplog.set_level("DEBUG")

        visit(path, cookies=False).send("readiness", answer="ready")

        printed = capsys.readouterr()
        assert path.rpartition("/")[2] not in caplog.text + printed.out + printed.err

    def test_d12_no_parameter_leads_elsewhere(self, app, link):
        path = link()

        for name in ("next", "url", "redirect", "return_to", "lang"):
            answer = app.test_client().get(f"{path}?{name}=https://evil.example/")
            assert answer.headers["Location"].startswith("/p/")

    def test_another_links_cookie_opens_nothing(self, visit, app, link):
        mine, other = visit(link()), link(LinkPurpose.FEEDBACK)
        value = mine.client.get_cookie("__Secure-doorstep_page", path=mine.path.split("?")[0]).value
        target = app.test_client().get(other).headers["Location"].split("?")[0]

        answer = app.test_client().get(target, headers={"Cookie": f"__Secure-doorstep_page={value}"})

        assert answer.status_code == 404


class TestWithoutCookies:
    def test_the_page_is_shown_at_the_tokens_address(self, visit, link):
        path = link()

        contact = visit(path, cookies=False)

        assert contact.page.status_code == 200
        assert contact.path.startswith(f"{path}?")

    def test_its_forms_work_there(self, visit, link):
        contact = visit(link(), cookies=False)

        contact.send("readiness", answer="ready", goods_packed="yes", papers_printed="yes")

        assert contact.reads("Everything is ready")

    def test_the_way_back_is_open_for_a_minute_only(self, app, clock, link):
        client = app.test_client(use_cookies=False)
        arrived = client.get(link()).headers["Location"]
        clock.tick(seconds=61)

        assert client.get(arrived).status_code == 404


class TestSending:
    def test_d2_a_form_sent_back_at_once_is_not_a_person(self, visit, link, database):
        contact = visit(link(LinkPurpose.FEEDBACK)).send("feedback", after_seconds=1, score="1")

        assert contact.page.status_code == 409
        assert contact.reads("That was quick!")
        assert ratings(database) == []

    def test_d2_a_form_without_a_choice_changes_nothing(self, visit, link, database):
        contact = visit(link(LinkPurpose.FEEDBACK)).send("feedback")

        assert contact.page.status_code == 422
        assert ratings(database) == []

    def test_d2_a_scanner_after_the_customer_changes_nothing(self, visit, link, database):
        path = link(LinkPurpose.FEEDBACK)
        scanner = visit(path)
        visit(path).send("feedback", score="5")

        scanner.send("feedback", score="1")

        assert scanner.page.status_code == 409
        assert ratings(database) == [(5, 1)]

    @pytest.mark.parametrize("value", ["", "x", "1.2.3", "1794965400.abc.def"])
    def test_d11_a_form_without_our_value_is_refused(self, visit, link, database, value):
        contact = visit(link(LinkPurpose.FEEDBACK)).send("feedback", score="1", form_value=value)

        assert contact.page.status_code == 409
        assert ratings(database) == []

    def test_d11_a_value_is_spent_by_its_first_use(self, visit, link, database):
        contact = visit(link(LinkPurpose.FEEDBACK))
        to, hidden = contact.form("feedback")
        contact.send("feedback", score="5")

        again = contact.client.post(to, data={**hidden, "score": "1"})

        assert again.status_code == 409
        assert ratings(database) == [(5, 1)]

    def test_d11_a_form_without_the_cookie_is_not_found(self, visit, app, link, database):
        contact = visit(link(LinkPurpose.FEEDBACK))
        to, hidden = contact.form("feedback")

        answer = app.test_client().post(to, data={**hidden, "score": "1"})

        assert answer.status_code == 404
        assert ratings(database) == []

    def test_d11_a_value_of_another_link_is_refused(self, visit, link, database):
        _, other = visit(link()).form("readiness")

        contact = visit(link(LinkPurpose.FEEDBACK)).send(
            "feedback", score="1", form_value=other["form_value"]
        )

        assert contact.page.status_code == 409
        assert ratings(database) == []

    @pytest.mark.parametrize("action", ["readiness", "extension", "another-time"])
    def test_d4_a_feedback_link_can_do_nothing_else(self, visit, link, action, database):
        contact = visit(link(LinkPurpose.FEEDBACK))
        before = rows(database)
        to, hidden = contact.form("feedback")

        answer = contact.client.post(
            to.replace("/feedback", f"/{action}"), data={**hidden, "answer": "ready"}
        )

        assert answer.status_code == 404
        assert rows(database) == before

    def test_d5_a_form_sent_after_the_end_is_gone(self, visit, link, stand):
        contact = visit(link())
        stand(state=PickupState.CANCELLED)

        contact.send("readiness", answer="ready")

        assert contact.page.status_code == 410
        assert contact.reads("This page has ended")

    def test_d9_a_comment_is_shown_as_text_and_never_as_html(self, visit, link):
        contact = visit(link(LinkPurpose.FEEDBACK))

        contact.send("feedback", score="1", comment='</textarea><script>alert("x")</script>')
        contact.open(f"{contact.path.split('?')[0]}?edit=1")

        assert contact.reads("&lt;script&gt;")
        assert not contact.reads("<script>alert")

    def test_d9_a_comment_that_is_too_long_is_refused_by_a_page(self, visit, link, database):
        contact = visit(link(LinkPurpose.FEEDBACK)).send("feedback", score="1", comment="x" * 100_000)

        assert contact.page.status_code == 422
        assert len(contact.page.data) < 60_000
        assert ratings(database) == []

    def test_d9_a_flood_is_cut_off(self, visit, link):
        contact = visit(link(LinkPurpose.FEEDBACK)).send("feedback", score="1", comment="x" * 1_100_000)

        assert contact.page.status_code == 413
        assert contact.page.mimetype == "text/html"

    def test_d11_old_pages_are_shown_again_before_they_count(self, visit, link, database):
        contact = visit(link(LinkPurpose.FEEDBACK), cookies=False)

        contact.send("feedback", after_seconds=timedelta(hours=13).total_seconds(), score="5")

        assert contact.page.status_code == 409
        assert ratings(database) == []
