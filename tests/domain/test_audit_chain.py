"""What is wrong with a chain, told from its entries and checkpoints alone."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.audit_chain import (
    GENESIS,
    START,
    Chained,
    Checkpoint,
    CheckpointKind,
    Fault,
    Place,
    canonical,
    link_hash,
    verify,
)
from tests.fakes import NOW

REACHED, PURGED = CheckpointKind.REACHED, CheckpointKind.PURGED


def chain_of(count, start=START):
    """A chain of so many entries behind `start`."""
    made, here = [], start
    for number in range(here.position + 1, here.position + 1 + count):
        content = {"number": number}
        here = Place(number, link_hash(here.hash, content))
        made.append(Chained(here, content))
    return made


def checkpoint(entry, kind=REACHED, **overrides):
    facts = {"kind": kind, "place": entry.place, "made_at": NOW, "is_genuine": True}
    return Checkpoint(**facts | overrides)


def found(entries, *checkpoints):
    verdict = verify(entries, checkpoints)
    return verdict.fault, verdict.position


def test_an_empty_trail_is_whole():
    assert verify([], []).fault is None


def test_a_chain_as_it_was_written_is_whole_up_to_its_last_entry():
    entries = chain_of(5)

    verdict = verify(entries, [checkpoint(entries[2])])

    assert (verdict.fault, verdict.entries, verdict.whole_up_to) == (None, 5, entries[-1].place)


@given(st.integers(1, 8), st.data())
def test_f6_wherever_an_entry_is_changed_that_place_is_named(count, data):
    entries = chain_of(count)
    at = data.draw(st.integers(0, count - 1))
    entries[at] = Chained(entries[at].place, {"number": -1})

    assert found(entries) == (Fault.CHANGED, at + 1)


@given(st.integers(2, 8), st.data())
def test_f6_wherever_an_entry_is_taken_out_that_place_is_named(count, data):
    entries = chain_of(count)
    at = data.draw(st.integers(0, count - 2))
    del entries[at]

    assert found(entries) == (Fault.DELETED, at + 1)


@given(st.integers(2, 8), st.booleans(), st.data())
def test_f6_two_entries_that_changed_places_are_named_with_or_without_their_hashes(count, with_hash, data):
    entries = chain_of(count)
    one, other = sorted(data.draw(st.sets(st.integers(0, count - 1), min_size=2, max_size=2)))
    first, second = entries[one], entries[other]
    for at, moved in ((one, second), (other, first)):
        digest = moved.place.hash if with_hash else entries[at].place.hash
        entries[at] = Chained(Place(at + 1, digest), moved.content)

    assert found(entries) == (Fault.REORDERED, one + 1)


def test_f6_what_does_not_open_was_changed():
    entries = chain_of(3)
    entries[1] = Chained(entries[1].place, None)

    assert found(entries) == (Fault.CHANGED, 2)


def test_f6_an_end_that_was_cut_off_is_missed_by_the_checkpoint():
    entries = chain_of(5)

    assert found(entries[:3], checkpoint(entries[4])) == (Fault.CUT_OFF, 4)


def test_f6_an_emptied_trail_is_missed_by_the_checkpoint():
    entries = chain_of(2)

    assert found([], checkpoint(entries[1])) == (Fault.CUT_OFF, 1)


def test_f6_a_chain_that_was_made_anew_does_not_pass_the_checkpoint():
    honest = chain_of(4)
    content = {"number": "another"}
    forged = [Chained(Place(1, link_hash(GENESIS, content)), content)]
    for entry in honest[1:]:
        forged.append(
            Chained(
                Place(entry.place.position, link_hash(forged[-1].place.hash, entry.content)), entry.content
            )
        )

    assert found(forged) == (None, None)
    assert found(forged, checkpoint(honest[2])) == (Fault.MADE_ANEW, 3)


def test_f6_a_forged_checkpoint_is_named_before_anything_else():
    entries = chain_of(5)
    entries[0] = Chained(entries[0].place, {})

    assert found(entries, checkpoint(entries[3], is_genuine=False)) == (Fault.FORGED, 4)


def test_after_a_purge_the_chain_begins_behind_it():
    entries = chain_of(6)

    verdict = verify(entries[4:], [checkpoint(entries[1]), checkpoint(entries[3], PURGED)])

    assert (verdict.fault, verdict.entries, verdict.whole_up_to) == (None, 2, entries[5].place)


def test_a_purge_that_took_everything_leaves_a_whole_trail():
    entries = chain_of(3)

    assert found([], checkpoint(entries[2]), checkpoint(entries[2], PURGED)) == (None, None)


def test_f6_a_beginning_that_is_missing_without_a_purge_was_deleted():
    assert found(chain_of(3)[1:]) == (Fault.DELETED, 1)


@pytest.mark.parametrize("at", [NOW, NOW.astimezone(timezone(timedelta(hours=8)))])
def test_content_is_written_in_one_way_only(at):
    assert canonical({"b": at, "a": "网点"}) == (
        '{"a":"\\u7f51\\u70b9","b":"2026-11-18T01:30:00.000000+00:00"}'
    )


def test_the_hash_of_an_entry_depends_on_all_before_it():
    content = {"at": datetime(2026, 1, 1, tzinfo=UTC)}

    assert link_hash(GENESIS, content) != link_hash(link_hash(GENESIS, content), content)
