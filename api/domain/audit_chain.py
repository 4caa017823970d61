"""The chain of the audit trail: how an entry is hashed, and what is wrong where the hashes do not fit.

Each entry is hashed together with the hash before it, so that whoever changes, takes out or moves one has
to make all later ones anew; checkpoints, signed with a key outside the database, tell that he did.
Construction: Haber and Stornetta, "How to time-stamp a digital document" (1991).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

GENESIS = hashlib.sha256(b"doorstep audit trail").hexdigest()
"""What stands before the first entry."""

SIGNED_EVERY = timedelta(days=1)


class CheckpointKind(StrEnum):
    REACHED = "reached"
    PURGED = "purged"


class Fault(StrEnum):
    """What is wrong with a broken chain."""

    CHANGED = "changed"
    DELETED = "deleted"
    REORDERED = "re-ordered"
    CUT_OFF = "cut off at the end"
    MADE_ANEW = "made anew"
    FORGED = "checkpoint forged"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the chain: after so many entries, with this hash."""

    position: int
    hash: str


START = Place(0, GENESIS)


@dataclass(frozen=True, slots=True)
class Chained:
    """One entry as it is stored. `content` is None when what is sealed in it does not open."""

    place: Place
    content: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One checkpoint as it is stored, and whether its signature is ours."""

    kind: CheckpointKind
    place: Place
    made_at: datetime
    is_genuine: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far the chain is whole, and what is wrong with the place after that; None: nothing."""

    whole_up_to: Place
    entries: int
    fault: Fault | None = None
    position: int | None = None


def canonical(content: Mapping[str, Any]) -> str:
    """Write what is hashed in the one possible way: sorted keys, no blanks, ASCII, instants in UTC."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), default=_text)


def link_hash(before: str, content: Mapping[str, Any]) -> str:
    """Return SHA-256 (hexadecimal) of the hash before and the canonical content."""
    return hashlib.sha256(f"{before}\n{canonical(content)}".encode()).hexdigest()


def signed_text(kind: CheckpointKind, place: Place, made_at: datetime) -> str:
    """Return what a checkpoint's signature is made of."""
    return canonical({"kind": kind, "position": place.position, "hash": place.hash, "made_at": made_at})


def verify(entries: Iterable[Chained], checkpoints: Iterable[Checkpoint]) -> Verdict:
    """Walk along the entries, given in order of their positions, and return the first thing that is wrong.

    The walk begins where the last purge ended and keeps one entry and the checkpoints in memory. A forged
    checkpoint is reported before anything else: nothing that it says can be trusted.
    """
    known = sorted(checkpoints, key=lambda one: one.place.position)
    forged = next((one for one in known if not one.is_genuine), None)
    start = max(
        (one.place for one in known if one.kind is CheckpointKind.PURGED),
        key=lambda place: place.position,
        default=START,
    )
    if forged is not None:
        return Verdict(start, 0, Fault.FORGED, forged.place.position)
    vouched = {one.place.position: one.place.hash for one in known if one.place.position > start.position}
    walked = iter(entry for entry in entries if entry.place.position > start.position)
    verdict = _walk(walked, start, vouched)
    if verdict.fault is None and verdict.whole_up_to.position < max(vouched, default=0):
        cut = verdict.whole_up_to.position + 1
        return Verdict(verdict.whole_up_to, verdict.entries, Fault.CUT_OFF, cut)
    return verdict


def _walk(entries: Iterator[Chained], start: Place, vouched: Mapping[int, str]) -> Verdict:
    here = start
    for entry in entries:
        fault = _fault_of(entry, here, vouched)
        if fault is Fault.CHANGED and _fits_later(entry, here, entries):
            fault = Fault.REORDERED
        if fault is not None:
            return Verdict(here, here.position - start.position, fault, here.position + 1)
        here = entry.place
    return Verdict(here, here.position - start.position)


def _fault_of(entry: Chained, before: Place, vouched: Mapping[int, str]) -> Fault | None:
    if entry.place.position != before.position + 1:
        return Fault.DELETED
    if entry.content is None or link_hash(before.hash, entry.content) != entry.place.hash:
        return Fault.CHANGED
    if vouched.get(entry.place.position, entry.place.hash) != entry.place.hash:
        return Fault.MADE_ANEW
    return None


def _fits_later(misfit: Chained, before: Place, later: Iterator[Chained]) -> bool:
    """Tell whether an entry further on belongs here: the two changed places, with their hashes or not."""
    for entry in later:
        if entry.content is None:
            continue
        fitting = link_hash(before.hash, entry.content)
        if fitting in {misfit.place.hash, entry.place.hash}:
            return True
    return False


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value)
