"""Guessing passwords: failures are counted by account, address and network, and lock them out for a while."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from api import services
from api.app import create_app
from api.domain.sign_in import WrongPhoneOrPassword
from api.domain.vocabulary import Role
from api.models import SignInThrottle
from api.web.rate_limiter import RateLimiter
from tests.fakes import NOW
from tests.signing_in import NOBODY, PHONE, sign_in

OFFICE = {"REMOTE_ADDR": "203.0.113.7"}
NEIGHBOUR = {"REMOTE_ADDR": "203.0.113.99"}
ELSEWHERE = {"REMOTE_ADDR": "198.51.100.4"}


@pytest.fixture
def courier(hire):
    return hire(Role.COURIER, phone=PHONE)


def test_a7_the_fifth_wrong_password_locks_the_account(client, courier):
    for _ in range(5):
        assert sign_in(client, password="a guess").status_code == 401

    refused = sign_in(client)

    assert refused.status_code == 429
    assert refused.json["code"] == "sign_in_locked"
    assert refused.headers["Retry-After"] == "30"


def test_a7_an_unknown_account_is_locked_alike(client):
    for _ in range(5):
        sign_in(client, phone=NOBODY)

    assert sign_in(client, phone=NOBODY).status_code == 429


def test_a7_a_failure_is_counted_although_it_is_refused(client, courier, database):
    sign_in(client, password="a guess")

    assert failures(database, f"account:{PHONE}") == 1
    assert failures(database, "address:127.0.0.1") == 1
    assert failures(database, "network:127.0.0.0/24") == 1


def test_a_lock_ends_by_itself_and_doubles_with_the_next_failure(client, courier, clock):
    for _ in range(5):
        sign_in(client, password="a guess")
    clock.tick(seconds=30)

    assert sign_in(client, password="a guess").status_code == 401
    assert sign_in(client).headers["Retry-After"] == "60"


def test_signing_in_forgets_the_failures_of_the_account(client, courier, database):
    for _ in range(4):
        sign_in(client, password="a guess")

    assert sign_in(client).status_code == 200
    assert failures(database, f"account:{PHONE}") is None


def test_a_failure_counts_for_fifteen_minutes(client, courier, clock):
    for _ in range(4):
        sign_in(client, password="a guess")
    clock.tick(minutes=15, seconds=1)

    assert sign_in(client, password="a guess").status_code == 401
    assert sign_in(client).status_code == 200


def test_a7_guessing_over_many_accounts_locks_the_address(client, courier, database):
    remember_failures(database, "address:203.0.113.7", 29)

    sign_in(client, phone=NOBODY, environ_overrides=OFFICE)

    assert sign_in(client, environ_overrides=OFFICE).status_code == 429
    assert sign_in(client, environ_overrides=NEIGHBOUR).status_code == 200


def test_a8_guessing_from_many_addresses_locks_their_network(client, courier, database):
    remember_failures(database, "network:203.0.113.0/24", 199)

    sign_in(client, phone=NOBODY, environ_overrides=OFFICE)

    assert sign_in(client, environ_overrides=NEIGHBOUR).status_code == 429
    assert sign_in(client, environ_overrides=ELSEWHERE).status_code == 200


def test_a8_addresses_of_one_64_are_one_address(client, courier, database):
    remember_failures(database, "address:2001:db8:1:2::/64", 29)

    sign_in(client, phone=NOBODY, environ_overrides={"REMOTE_ADDR": "2001:db8:1:2::7"})

    assert sign_in(client, environ_overrides={"REMOTE_ADDR": "2001:db8:1:2:ffff::9"}).status_code == 429
    assert sign_in(client, environ_overrides={"REMOTE_ADDR": "2001:db8:1:3::7"}).status_code == 200


def test_a11_a_spoofed_forwarded_for_does_not_dodge_the_lock(client, courier, database):
    remember_failures(database, "address:203.0.113.7", 30)

    answer = sign_in(client, environ_overrides=OFFICE, headers={"X-Forwarded-For": "198.51.100.4"})

    assert answer.status_code == 429


def test_a11_only_as_many_proxies_are_believed_as_there_are(settings, clock, database, courier):
    behind_a_proxy = create_app(
        replace(settings, trusted_proxies=1), clock=clock, database=database, limits=RateLimiter()
    )

    sign_in(
        behind_a_proxy.test_client(),
        password="a guess",
        headers={"X-Forwarded-For": "198.51.100.4, 203.0.113.7"},
    )

    assert failures(database, "address:203.0.113.7") == 1
    assert failures(database, "address:198.51.100.4") is None


def test_a7_guesses_at_the_same_moment_are_all_counted(database, courier):
    at_once = Barrier(4)

    def guess(number):
        at_once.wait()
        with pytest.raises(WrongPhoneOrPassword), database.unit_of_work() as session:
            services.sign_in.sign_in(
                session,
                phone=PHONE,
                password="a guess",
                installation_id=f"installation-{number}",
                address="203.0.113.7",
                now=NOW,
            )

    remember_failures(database, f"account:{PHONE}", 0)
    remember_failures(database, "address:203.0.113.7", 0)
    remember_failures(database, "network:203.0.113.0/24", 0)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(guess, range(4)))

    assert failures(database, f"account:{PHONE}") == 4


def failures(database, subject):
    with database.unit_of_work(read_only=True) as session:
        return session.scalar(select(SignInThrottle.failures).where(SignInThrottle.subject == subject))


def remember_failures(database, subject, count):
    locked_until = NOW + timedelta(seconds=30) if count >= 30 else None
    with database.unit_of_work() as session:
        session.add(
            SignInThrottle(subject=subject, failures=count, window_started_at=NOW, locked_until=locked_until)
        )
