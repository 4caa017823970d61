"""What is to be done is stored as words of a vocabulary: the database itself refuses any other."""

import pytest
from sqlalchemy import Enum, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.domain.vocabulary import TimerKind
from api.models import Base, WaitTimer
from tests.factories import make_wait
from tests.fakes import NOW


@pytest.mark.parametrize("column", ["kind", "state"])
def test_g5_work_that_is_not_on_the_list_cannot_be_stored(session: Session, column: str) -> None:
    wait = make_wait(session)
    session.add(WaitTimer(wait_id=wait.id, kind=TimerKind.WARN, generation=1, due_at=NOW, expires_at=NOW))
    session.flush()

    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text(f"UPDATE wait_timers SET {column} = 'os.system'"))


def test_g5_every_vocabulary_is_checked_and_no_column_holds_objects() -> None:
    columns = [column for table in Base.metadata.sorted_tables for column in table.columns]
    words = [column for column in columns if isinstance(column.type, Enum)]

    assert words
    assert not [str(column) for column in words if not column.type.create_constraint]
    assert not [str(column) for column in columns if "Pickle" in type(column.type).__name__]
