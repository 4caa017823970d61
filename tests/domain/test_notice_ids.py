"""A notice's id: made of its key alone, and beside the ids of what happened at the same time."""

from uuid import RFC_4122, UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from api.domain.ids import id_of
from api.domain.notice_ids import notice_id

WAIT = UUID("01a2046c-4011-74e9-928a-2d994609d85b")
TIME_BITS = 80  # Behind the first 48, which say when.


@given(st.uuids())
def test_an_id_is_the_uuid_of_its_number(known: UUID) -> None:
    made = id_of(known.int)

    assert (made, hash(made), str(made), made.is_safe) == (known, hash(known), str(known), known.is_safe)


@given(st.text(max_size=200))
def test_any_key_has_one_id_of_version_8(key: str) -> None:
    made = notice_id(key)

    assert (made.version, made.variant) == (8, RFC_4122)
    assert notice_id(key) == made


def test_it_begins_with_the_time_of_its_subject() -> None:
    made = notice_id(f"wait_warn:{WAIT}:2:{uuid4()}")

    assert made.int >> TIME_BITS == WAIT.int >> TIME_BITS


def test_what_is_told_of_an_older_key_begins_with_the_time_of_that_ones_subject() -> None:
    made = notice_id(f"churn_offered:churn_alert:{WAIT}:red:{uuid4()}")

    assert made.int >> TIME_BITS == WAIT.int >> TIME_BITS


def test_ids_of_one_subject_differ_as_their_keys_do() -> None:
    keys = [f"wait_warn:{WAIT}:{generation}:{staff}" for generation in (1, 2) for staff in (uuid4(), uuid4())]

    assert len({notice_id(key) for key in keys}) == len(keys)
