"""The three kinds of files an operator can import: their columns, and what one row of each becomes.

The columns are the fields of the API, read by the same schemas. Files, batches and reports are in `imports`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries, services
from api.cli.csv_rows import Columns
from api.domain.customers import CustomerDraft, OwnerIsNotASalesRep
from api.domain.errors import Invalid
from api.domain.money import Money
from api.domain.shipments import CustomerCodeUnknown, ShipmentOutcome, ShipmentReport, Verdict
from api.domain.sites import SiteDraft
from api.domain.vocabulary import Role
from api.models import Branch
from api.schemas.customers import CreateCustomerSchema
from api.schemas.fields import parse_phone
from api.schemas.shipments import ReportShipmentSchema
from api.schemas.sites import AddSiteSchema

Draft = TypeVar("Draft")

# Made once: making a schema costs more than reading a row with it.
_CUSTOMER, _SITE, _SHIPMENT = CreateCustomerSchema(), AddSiteSchema(), ReportShipmentSchema()


class Outcome(StrEnum):
    """What became of a row, as the summary counts it."""

    ADDED = "added"
    KNOWN = "already there"
    SKIPPED = "skipped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Fate:
    """The outcome of one row; a refused one says why."""

    outcome: Outcome
    reason: str = ""


ADDED, KNOWN, SKIPPED = Fate(Outcome.ADDED), Fate(Outcome.KNOWN), Fate(Outcome.SKIPPED)


def refused(reason: str | None) -> Fate:
    return Fate(Outcome.REFUSED, reason or "refused")


class ImportKind(ABC, Generic[Draft]):
    """One kind of file, imported into one branch."""

    columns: ClassVar[Columns]

    def __init__(self, branch: Branch) -> None:
        self.branch = branch

    @abstractmethod
    def read(self, cells: dict[str, str]) -> Draft | None:
        """Make a draft of a row's cells; None skips the row. Raises ValidationError or a DomainError."""

    @abstractmethod
    def store(self, session: Session, drafts: Sequence[Draft], *, now: datetime) -> list[Fate]:
        """Store a batch set-based and return the fate of each draft, in order."""


@dataclass(frozen=True, slots=True)
class _OwnedDraft:
    customer: CustomerDraft
    owner_phone: str | None


class CustomerImport(ImportKind[_OwnedDraft]):
    """Customers, one by code. Owners are named by id, or by the number they sign in with."""

    columns = Columns(required=("code", "name"), optional=("industry", "grade", "owner_id", "owner_phone"))

    def read(self, cells: dict[str, str]) -> _OwnedDraft:
        typed = cells.pop("owner_phone", None)
        phone = None if typed is None else parse_phone(typed)
        if typed is not None and phone is None:
            raise Invalid({"owner_phone": ["Not a phone number."]})
        return _OwnedDraft(_CUSTOMER.load(cells), phone)

    def store(self, session: Session, drafts: Sequence[_OwnedDraft], *, now: datetime) -> list[Fate]:
        owned = _with_owners(session, drafts, self.branch.id)
        welcome = [customer for customer in owned if customer is not None]
        added = services.customers.add_missing(session, welcome, branch_id=self.branch.id, now=now)
        fates = []
        for customer in owned:
            if customer is None:
                fates.append(refused(OwnerIsNotASalesRep.__doc__))
            elif customer.code in added:
                added.remove(customer.code)
                fates.append(ADDED)
            else:
                fates.append(KNOWN)
        return fates


class SiteImport(ImportKind[tuple[str, SiteDraft]]):
    """Sites, one by customer and name."""

    columns = Columns(
        required=("customer_code", "name", "address", "latitude", "longitude"), optional=("radius_m",)
    )

    def read(self, cells: dict[str, str]) -> tuple[str, SiteDraft]:
        customer_code = _required(cells, "customer_code")
        return customer_code, _SITE.load(_with_numbers(cells, "radius_m"))

    def store(
        self, session: Session, drafts: Sequence[tuple[str, SiteDraft]], *, now: datetime
    ) -> list[Fate]:
        known = queries.customers.ids_by_code(session, self.branch.id, {code for code, _ in drafts})
        placed = [(known[code], draft) for code, draft in drafts if code in known]
        added = services.sites.add_missing(session, placed, branch_id=self.branch.id, now=now)
        fates = []
        for code, draft in drafts:
            if code not in known:
                fates.append(refused(CustomerCodeUnknown.__doc__))
            elif (known[code], draft.name) in added:
                added.remove((known[code], draft.name))
                fates.append(ADDED)
            else:
                fates.append(KNOWN)
        return fates


class ShipmentImport(ImportKind[ShipmentReport]):
    """Shipments, one by waybill. Instants without a zone are the branch's; revenue is in major units.

    Rows with `cancelled` 1 are no shipments and skipped. With `create_customers`, a code that nobody
    knows becomes a customer of that name; without, its rows are refused.
    """

    columns = Columns(
        required=("customer_code", "waybill", "picked_up_at", "revenue"),
        optional=("currency", "pieces", "failure", "cancelled"),
    )

    def __init__(self, branch: Branch, *, create_customers: bool = False) -> None:
        super().__init__(branch)
        self.zone = ZoneInfo(branch.timezone)
        self.create_customers = create_customers

    def read(self, cells: dict[str, str]) -> ShipmentReport | None:
        cancelled = cells.pop("cancelled", "0")
        if cancelled not in {"0", "1"}:
            raise Invalid({"cancelled": ["Is 0 or 1."]})
        if cancelled == "1":
            return None
        currency = cells.pop("currency", self.branch.currency)
        revenue = Money.from_decimal_text(_required(cells, "revenue"), currency)
        values = _with_numbers(cells, "pieces")
        values["revenue"] = {"amount_minor": revenue.amount_minor, "currency": revenue.currency}
        values["picked_up_at"] = self._with_zone(cells.get("picked_up_at", ""))
        report: ShipmentReport = _SHIPMENT.load(values)
        return report

    def store(self, session: Session, drafts: Sequence[ShipmentReport], *, now: datetime) -> list[Fate]:
        if self.create_customers:
            self._create_unknown(session, drafts, now)
        verdicts = services.shipments.record_reports(session, drafts, branch_id=self.branch.id, now=now)
        return [_fate_of(verdict) for verdict in verdicts]

    def _with_zone(self, written: str) -> str:
        # What is no instant at all stays as it is: the schema says so better.
        with suppress(ValueError):
            instant = datetime.fromisoformat(written)
            if instant.tzinfo is None:
                return instant.replace(tzinfo=self.zone).isoformat()
        return written

    def _create_unknown(self, session: Session, drafts: Sequence[ShipmentReport], now: datetime) -> None:
        codes = {draft.customer_code for draft in drafts}
        known = queries.customers.ids_by_code(session, self.branch.id, codes)
        new = [CustomerDraft(code=code, name=code) for code in sorted(codes - known.keys())]
        services.customers.add_missing(session, new, branch_id=self.branch.id, now=now)


def _with_owners(
    session: Session, drafts: Sequence[_OwnedDraft], branch_id: UUID
) -> list[CustomerDraft | None]:
    """Return the drafts with their owners' ids; None for one whose owner is no active rep of the branch."""
    reps = set(queries.staff.active_with_role(session, branch_id, Role.SALES_REP))
    by_phone = {
        phone: member.id
        for phone in {draft.owner_phone for draft in drafts if draft.owner_phone}
        if (member := queries.staff.find_by_phone(session, phone))
    }
    owned: list[CustomerDraft | None] = []
    for draft in drafts:
        named = draft.owner_phone is not None or draft.customer.owner_id is not None
        owner_id = draft.customer.owner_id or by_phone.get(draft.owner_phone or "")
        is_welcome = owner_id in reps or not named
        owned.append(replace(draft.customer, owner_id=owner_id) if is_welcome else None)
    return owned


def _fate_of(verdict: Verdict) -> Fate:
    match verdict.outcome:
        case ShipmentOutcome.CREATED:
            return ADDED
        case ShipmentOutcome.DUPLICATE:
            return KNOWN
        case _:
            return refused(verdict.refusal.message if verdict.refusal else None)


def _required(cells: dict[str, str], name: str) -> str:
    if name not in cells:
        raise Invalid({name: ["Missing data for required field."]})
    return cells.pop(name)


def _with_numbers(cells: dict[str, str], *names: str) -> dict[str, Any]:
    """Return the cells with whole numbers as numbers; what is no number is left for the schema to refuse."""
    numbers = {name: int(cells[name]) for name in names if _is_whole(cells.get(name, ""))}
    return {**cells, **numbers}


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
