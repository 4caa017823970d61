"""The branch and its policy over HTTP: defaults, versions, and who may set it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from api import services
from api.db import retrying
from api.domain.branch_policy import BranchPolicy
from api.domain.errors import PreconditionFailed
from api.domain.principal import Principal
from api.domain.vocabulary import Role
from api.models import BranchPolicyVersion, EventRecord
from tests.factories import make_branch
from tests.fakes import NOW

DEFAULT = BranchPolicy()


@pytest.fixture
def manager(signed_in, hire):
    return signed_in(hire(Role.MANAGER))


@pytest.fixture
def path(branch):
    return f"/v1/branches/{branch.id}/policy"


def put(client, path, policy, version=0):
    return client.put(path, json={"policy": policy}, headers={"If-Match": f'"{version}"'})


def test_everybody_sees_his_own_branch(signed_in, hire, branch):
    for role in Role:
        assert signed_in(hire(role)).get(f"/v1/branches/{branch.id}").json["code"] == branch.code


def test_b4_another_branch_is_not_found(manager, database):
    with database.unit_of_work() as session:
        other = make_branch(session)

    assert manager.get(f"/v1/branches/{other.id}").status_code == 404
    assert manager.get(f"/v1/branches/{other.id}/policy").status_code == 404
    assert put(manager, f"/v1/branches/{other.id}/policy", {}).status_code == 404


def test_a_branch_without_a_policy_has_the_defaults(manager, path):
    answer = manager.get(path)

    assert answer.headers["ETag"] == '"0"'
    assert answer.json["policy"]["wait_limit_seconds"] == DEFAULT.wait_limit_seconds
    assert answer.json["policy"]["quiet_hours_start"] == "21:00"


def test_the_operator_sets_the_wait_limit_of_branches_without_a_policy(manager, path, database):
    database.set_default_wait_limit(8)

    limit = manager.get(path).json["policy"]["wait_limit_seconds"]
    database.set_default_wait_limit(None)

    assert limit == 8


def test_a_policy_is_put_in_force_as_a_new_version(manager, path):
    answer = put(manager, path, {"wait_limit_seconds": 420, "wait_limit_seconds_by_grade": {"A": 600}})

    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"1"'
    assert answer.json["policy"]["wait_limit_seconds"] == 420
    assert answer.json["policy"]["wait_limit_seconds_by_grade"] == {"A": 600}
    assert manager.get(path).json == answer.json


def test_what_is_left_out_falls_back_to_the_default(manager, path):
    put(manager, path, {"wait_limit_seconds": 420})

    answer = put(manager, path, {"low_score": 3}, version=1)

    assert answer.json["policy"]["wait_limit_seconds"] == DEFAULT.wait_limit_seconds


def test_a_policy_that_was_read_can_be_put_back(manager, path):
    read = manager.get(path).json["policy"]

    assert put(manager, path, read).json["policy"] == read


def test_older_versions_stay(manager, path, database):
    put(manager, path, {"wait_limit_seconds": 420})
    put(manager, path, {"wait_limit_seconds": 360}, version=1)

    with database.unit_of_work(read_only=True) as session:
        versions = session.scalars(select(BranchPolicyVersion).order_by(BranchPolicyVersion.version)).all()
    assert [row.settings["wait_limit_seconds"] for row in versions] == [420, 360]


def test_a_change_is_recorded_with_what_it_was_before(manager, path, database):
    put(manager, path, {"wait_limit_seconds": 420})

    with database.unit_of_work(read_only=True) as session:
        fact = session.scalars(select(EventRecord).where(EventRecord.name == "policy.set")).one()
    assert fact.data == {"wait_limit_seconds": [300, 420]}


def test_b11_the_policy_is_not_set_over_a_newer_one(manager, path):
    put(manager, path, {"wait_limit_seconds": 420})

    assert put(manager, path, {"wait_limit_seconds": 360}).status_code == 412
    assert manager.put(path, json={"policy": {}}).status_code == 428


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.MANAGER, Role.ADMIN}])
def test_b8_only_leads_set_the_policy(signed_in, hire, path, role):
    assert put(signed_in(hire(role)), path, {}).status_code == 403


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("wait_limit_seconds", 0),
        ("wait_limit_seconds", 7201),
        ("wait_limit_seconds", "300"),
        ("wait_limit_seconds", 300.5),
        ("wait_limit_seconds", True),
        ("wait_limit_seconds", None),
        ("quiet_hours_start", "24:00"),
        ("quiet_hours_start", "9 pm"),
        ("wait_limit_seconds_by_grade", {"Z": 300}),
        ("wait_limit_seconds_by_grade", {"A": 0}),
        ("wait_limit_seconds_by_grade", []),
        ("wait_limit", 300),
    ],
)
def test_what_is_malformed_is_refused_by_name(manager, path, field, value):
    answer = put(manager, path, {field: value})

    assert answer.status_code == 422
    assert list(answer.json["errors"]["policy"]) == [field]


def test_of_two_that_set_the_policy_at_once_one_is_refused(database, hire, branch):
    by = hire(Role.MANAGER)
    principal = Principal(by.id, branch.id, by.role, by.locale, None)
    at_once = Barrier(2)

    def set_policy(seconds):
        def work():
            with database.unit_of_work() as session:
                return services.branches.set_policy(
                    session,
                    branch_id=branch.id,
                    policy=BranchPolicy(wait_limit_seconds=seconds),
                    version=0,
                    by=principal,
                    now=NOW,
                )

        at_once.wait()
        try:
            return retrying(work).version
        except PreconditionFailed:
            return "refused"

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(set_policy, (360, 420)))

    assert sorted(map(str, outcomes)) == ["1", "refused"]
