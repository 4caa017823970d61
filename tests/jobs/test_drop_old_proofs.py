"""Old proofs and files without rows are forgotten; everything else is left alone."""

import os
from datetime import timedelta

import pytest
from sqlalchemy import select

from api.domain.proofs import STRAYS_KEPT
from api.domain.vocabulary import ProofType
from api.models import BranchPolicyVersion, Proof, ProofMention
from jobs.context import JobContext
from jobs.drop_stray_proofs import drop_stray_proofs
from jobs.purge import purge
from tests import factories
from tests.fakes import NOW
from tests.pictures import hash_of, picture

OLD = NOW - timedelta(days=181)


@pytest.fixture
def courier(hire):
    return hire("courier")


@pytest.fixture
def keep_file(proofs):
    """Puts a picture into the store as if it had been kept at an instant, and returns its hash."""

    def keep_file(what, *, at=NOW):
        data = picture(what)
        proofs.draft(data).keep(hash_of(data))
        path = next(proofs._folder.rglob(hash_of(data)))
        os.utime(path, (at.timestamp(), at.timestamp()))
        return hash_of(data)

    return keep_file


@pytest.fixture
def keep(keep_file, database, courier):
    """Keeps a picture with its row."""

    def keep(what, *, at=NOW, by=courier):
        name = keep_file(what, at=at)
        with database.unit_of_work() as session:
            session.add(
                Proof(
                    branch_id=by.branch_id,
                    uploader_id=by.id,
                    sha256=name,
                    type=ProofType.JPEG,
                    size_bytes=1,
                    stored_at=at,
                )
            )
        return name

    return keep


def drop_old_proofs(context: JobContext) -> int:
    """Drop rows, then the files that have none any more, as the two jobs do."""
    return purge(context) + drop_stray_proofs(context)


def known(database, model=Proof):
    with database.unit_of_work(read_only=True) as session:
        return set(session.scalars(select(model.sha256)))


def test_proofs_of_180_days_are_forgotten_with_their_files(job_context, database, proofs, keep):
    old, young = keep("old", at=OLD), keep("young", at=NOW - timedelta(days=179))

    drop_old_proofs(job_context)

    assert known(database) == {young}
    assert (proofs.read(old), proofs.read(young) is None) == (None, False)


def test_a_branch_may_keep_them_longer(job_context, database, branch, proofs, keep):
    with database.unit_of_work() as session:
        session.add(
            BranchPolicyVersion(
                branch_id=branch.id,
                version=1,
                settings={"proof_keep_days": 365},
                created_at=NOW,
            )
        )
    old = keep("old", at=OLD)

    assert drop_old_proofs(job_context) == 0
    assert proofs.read(old) is not None


def test_where_an_old_proof_was_named_is_forgotten_too(job_context, database, branch, courier, keep):
    name = keep("old", at=OLD)
    with database.unit_of_work() as session:
        site = factories.make_site(session, factories.make_customer(session, branch))
        pickup = factories.make_pickup(session, site, courier=courier)
        for at, sha256 in ((OLD, name), (NOW, "a" * 64)):
            session.add(
                ProofMention(pickup_id=pickup.id, courier_id=courier.id, sha256=sha256, mentioned_at=at)
            )

    drop_old_proofs(job_context)

    assert known(database, ProofMention) == {"a" * 64}


def test_a_file_stays_while_another_courier_has_a_row_for_it(job_context, proofs, keep, hire):
    name = keep("the same", at=OLD)
    keep("the same", at=NOW - timedelta(days=30), by=hire("courier"))

    assert drop_old_proofs(job_context) == 1
    assert proofs.read(name) is not None


def test_a_file_without_a_row_is_dropped_after_a_day(job_context, proofs, keep_file):
    name = keep_file("its request died", at=NOW - STRAYS_KEPT - timedelta(minutes=1))

    assert drop_old_proofs(job_context) == 1
    assert proofs.read(name) is None


def test_a_young_file_without_a_row_may_still_get_one(job_context, proofs, keep_file):
    name = keep_file("its request goes on", at=NOW - STRAYS_KEPT + timedelta(minutes=1))

    assert drop_old_proofs(job_context) == 0
    assert proofs.read(name) is not None


def test_doing_it_again_finds_nothing(job_context, keep, keep_file):
    keep("old", at=OLD)
    keep_file("stray", at=OLD)

    assert drop_old_proofs(job_context) == 3
    assert drop_old_proofs(job_context) == 0


def test_without_any_proof_there_is_nothing_to_do(job_context, branch):
    assert drop_old_proofs(job_context) == 0
