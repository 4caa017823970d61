"""The wait slip: the record of one pickup's waits that both sides can hold in their hands.

It protects a polite courier, so it says only what is known, how well it is known, and whether anything was
changed after it was signed. How it looks on paper is in `rendering`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from api.domain.errors import Conflict
from api.domain.proofs import MentionedProof
from api.domain.vocabulary import Quality, Trust, WaitCause, WaitOutcome
from api.domain.wait_ending import WaitSpan, avoidable_wait

UNCOUNTED = frozenset({WaitOutcome.UNDONE})
"""An arrival that was reported by mistake says nothing about anybody."""

SIGNED_ON = frozenset({WaitOutcome.COLLECTED, WaitOutcome.LEFT})


class WaitGoesOn(Conflict):
    """The slip can be signed once the handover has begun or the courier has left."""

    code = "wait_goes_on"


class AlreadyAcknowledged(Conflict):
    """This wait's slip has been signed, with another name or picture."""

    code = "already_acknowledged"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who signed for a wait, and the hash of what the slip said then."""

    signer_name: str
    proof_sha256: str | None
    acknowledged_at: datetime
    slip_hash: str
    changed_since: bool

    def is_same(self, signer_name: str, proof_sha256: str | None) -> bool:
        return (self.signer_name, self.proof_sha256) == (signer_name, proof_sha256)


@dataclass(frozen=True, slots=True)
class SlipWait:
    """One wait as the slip tells it. What has not happened yet, or is not known, is None."""

    wait_id: UUID
    attempt: int
    courier_name: str
    window_start: datetime
    window_end: datetime
    arrived_at: datetime
    promised_ready_at: datetime | None
    """What was promised when the courier came; a later promise does not move the clock."""
    clock_started_at: datetime
    limit_seconds: int
    handover_started_at: datetime | None
    departed_at: datetime | None
    dwell_seconds: int | None
    avoidable_wait_seconds: int | None
    outcome: WaitOutcome | None
    cause: WaitCause | None
    protected: bool
    trust: Trust
    quality: Quality
    acknowledgement: Acknowledgement | None = None

    @property
    def can_be_signed(self) -> bool:
        return self.handover_started_at is not None or self.outcome in SIGNED_ON

    @property
    def slip_hash(self) -> str:
        """Return the SHA-256 of what a signer signs: the times until the handover, and the wait between.

        Departure and cause are not in it: they come after the signing. A cause of ours shows in it
        all the same, since it takes the avoidable wait away.
        """
        instants = [
            self.window_start,
            self.window_end,
            self.arrived_at,
            self.promised_ready_at,
            self.clock_started_at,
            self.handover_started_at,
        ]
        said = [instant and instant.isoformat() for instant in instants]
        body = json.dumps([str(self.wait_id), self.attempt, *said, self.avoidable_wait_seconds])
        return hashlib.sha256(body.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class WaitSlip:
    """All the waits of a pickup, oldest first; times are shown in the branch's zone."""

    pickup_id: UUID
    external_ref: str
    branch_name: str
    hotline: str | None
    zone: ZoneInfo
    customer_name: str
    site_name: str
    window_start: datetime
    window_end: datetime
    waits: Sequence[SlipWait]
    proofs: Sequence[MentionedProof]
    server_now: datetime

    @property
    def timezone(self) -> str:
        return self.zone.key


def is_on_slip(outcome: WaitOutcome | None, *, signed: bool) -> bool:
    """Tell whether a wait is told of. What somebody has signed never vanishes, whatever we learn later."""
    return signed or outcome not in UNCOUNTED


def avoidable_so_far(
    span: WaitSpan | None, cause: WaitCause | None, *, measured_seconds: int | None
) -> int | None:
    """Return the avoidable wait in whole seconds: as measured at the end, else as it stood at the handover.

    `span` is that of a handover which goes on: it is taken to depart when the handover began. None when
    there is neither: then nobody knows yet.
    """
    if measured_seconds is not None or span is None:
        return measured_seconds
    return round(avoidable_wait(span, cause).total_seconds())


def check_can_be_signed(wait: SlipWait) -> None:
    """Raise WaitGoesOn while there is nothing yet that anybody could acknowledge."""
    if not wait.can_be_signed:
        raise WaitGoesOn()
