"""What failed by a mistake of ours, and is left alone for a while so that what stands behind it is done."""

from datetime import datetime, timedelta
from uuid import UUID

TRIED_AGAIN_AFTER = timedelta(minutes=1)
"""Long enough for the others, and soon enough once the mistake is mended."""


class SetAside:
    """One process's memory: what is forgotten with it is found again by the next."""

    def __init__(self) -> None:
        self._until: dict[UUID, datetime] = {}

    def add(self, subject_id: UUID, *, now: datetime) -> None:
        self._until[subject_id] = now + TRIED_AGAIN_AFTER

    def at(self, now: datetime) -> frozenset[UUID]:
        """Return what is to be left alone now; what was for long enough is forgotten."""
        self._until = {subject_id: until for subject_id, until in self._until.items() if until > now}
        return frozenset(self._until)
