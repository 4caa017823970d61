"""`flask links`: what an operator does when a link key leaks, or links went to the wrong person."""

from dataclasses import replace
from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from api import security, services
from api.app import create_app
from api.db import Database
from api.domain.vocabulary import LinkPurpose
from api.models import Link
from api.web.rate_limiter import RateLimiter
from tests.factories import make_link, make_pickup
from tests.fakes import NOW

OLD, NEW = b"l" * 32, b"m" * 32
OLD_ID = security.key_id(OLD)


@pytest.fixture
def with_keys(settings, clock):
    """Returns an application with these link keys, newest first, on the database of the test."""
    opened = []

    def with_keys(*keys):
        changed = replace(settings, link_keys=keys)
        database = Database.connect(changed.database_url, changed.vault())
        opened.append(database)
        return create_app(changed, clock=clock, database=database, limits=RateLimiter())

    yield with_keys
    for database in opened:
        database.close()


def run(app, *arguments, answer=None):
    with app.app_context():
        return app.test_cli_runner().invoke(args=["links", *arguments], input=answer)


def made(app, pickup=None, **details):
    """Make a link with the newest key of an application; return it and its token."""
    with app.database.unit_of_work() as session:
        link = make_link(session, pickup, **details)
        return link, security.vault_of(session).links.token(link.id, link.key_id)


def status(app, token):
    return app.test_client().get(f"/v1/links/{token}").status_code


class TestRotation:
    def test_d13_during_a_rotation_links_of_both_keys_open(self, with_keys):
        _, of_old = made(with_keys(OLD))

        app = with_keys(NEW, OLD)
        _, of_new = made(app)

        assert (status(app, of_old), status(app, of_new)) == (200, 200)

    def test_d13_new_links_come_from_the_new_key(self, with_keys, database):
        app = with_keys(NEW, OLD)

        link, _ = made(app)

        assert link.key_id == security.key_id(NEW)

    def test_d13_after_a_rotation_the_old_key_opens_nothing(self, with_keys):
        _, of_old = made(with_keys(OLD))

        assert status(with_keys(NEW), of_old) == 410

    def test_d13_a_preferences_link_of_the_old_key_is_followed_by_a_new_one(self, with_keys):
        pickup = self.written_to(with_keys(OLD))

        app = with_keys(NEW, OLD)
        self.written_to(app, pickup)

        with app.database.unit_of_work(read_only=True) as session:
            url = services.links.preferences_url(session, pickup.contact_id, now=NOW)
            [old] = session.query(Link).filter_by(purpose=LinkPurpose.PREFERENCES, key_id=OLD_ID)
            expected = services.links.url(
                session,
                session.query(Link)
                .filter_by(purpose=LinkPurpose.PREFERENCES, key_id=security.key_id(NEW))
                .one(),
            )
        assert url == expected
        assert old.revoked_at is None

    def written_to(self, app, pickup=None):
        with app.database.unit_of_work() as session:
            pickup = pickup or make_pickup(session)
            services.link_issuing.issue(
                session,
                purpose=LinkPurpose.PICKUP,
                contact_id=pickup.contact_id,
                pickup_id=pickup.id,
                branch_id=pickup.branch_id,
                now=NOW,
            )
            return pickup


class TestRevokeKey:
    def test_d13_all_links_of_the_key_end_and_no_others(self, with_keys):
        _, of_old = made(with_keys(OLD))
        app = with_keys(NEW, OLD)
        _, of_new = made(app)

        answer = run(app, "revoke-key", OLD_ID, "--yes")

        assert "1 links are revoked." in answer.output
        assert (status(app, of_old), status(app, of_new)) == (410, 200)

    def test_d13_the_page_of_a_revoked_link_shows_no_customer(self, with_keys):
        app = with_keys(OLD)
        _, token = made(app)
        run(app, "revoke-key", OLD_ID, "--yes")

        page = app.test_client().get(f"/l/{token}")

        assert page.status_code == 410
        assert not [word for word in ("李芳", "世纪大道", "13800", "138*", "138 ") if word in page.text]

    def test_it_says_how_many_and_asks(self, with_keys):
        app = with_keys(OLD)
        _, token = made(app)
        made(app, expires_at=NOW)

        answer = run(app, "revoke-key", OLD_ID, answer="n\n")

        assert "2 links are not revoked; 1 of them still open something." in answer.output
        assert answer.exit_code == 1
        assert status(app, token) == 200

    def test_links_that_were_revoked_before_keep_their_time(self, with_keys):
        app = with_keys(OLD)
        link, _ = made(app, revoked_at=NOW - timedelta(days=1))

        answer = run(app, "revoke-key", OLD_ID, "--yes")

        assert "0 links are revoked." in answer.output
        with app.database.unit_of_work(read_only=True) as session:
            assert session.get_one(Link, link.id).revoked_at == NOW - timedelta(days=1)


class TestRevoke:
    def test_d5_a_pickups_links_end(self, with_keys):
        app = with_keys(OLD)
        link, token = made(app)
        _, other = made(app)

        run(app, "revoke", "--pickup", str(link.pickup_id), "--yes")

        assert (status(app, token), status(app, other)) == (410, 200)

    def test_d5_a_contacts_links_end_whatever_they_are_for(self, with_keys):
        app = with_keys(OLD)
        with app.database.unit_of_work() as session:
            pickup = make_pickup(session)
        tokens = [made(app, pickup, purpose=purpose)[1] for purpose in ("pickup", "reschedule")]

        answer = run(app, "revoke", "--contact", str(pickup.contact_id), "--yes")

        assert "2 links are revoked." in answer.output
        assert {status(app, token) for token in tokens} == {410}

    def test_both_together_are_those_of_one_contact_to_one_pickup(self, with_keys):
        app = with_keys(OLD)
        link, _ = made(app)

        answer = run(app, "revoke", "--contact", str(link.contact_id), "--pickup", str(uuid7()), "--yes")

        assert "0 links are revoked." in answer.output

    def test_whose_must_be_said(self, with_keys):
        answer = run(with_keys(OLD), "revoke", "--yes")

        assert answer.exit_code == 2
        assert "--pickup, --contact or both" in answer.output
