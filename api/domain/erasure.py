"""When a person can be forgotten, and what is refused because of it. What is destroyed: `queries.erasure`."""

from dataclasses import dataclass
from uuid import UUID

from api.domain.errors import Conflict
from api.domain.vocabulary import Locale

FORMER_STAFF_MEMBER = {Locale.ZH_CN: "已离职员工", Locale.EN: "former staff member"}
"""The name that stands under what an erased member did."""

SHORTEST_NEEDLE = 2
"""A name of one character would be found in every text."""


class ContactErased(Conflict):
    """This contact's personal data has been erased; add the person anew."""

    code = "contact_erased"


class PickupGoesOn(Conflict):
    """A pickup with this contact is not over; let it end or call it off first."""

    code = "pickup_goes_on"


class PhoneErased(Conflict):
    """Whoever has this number asked to be forgotten; enter it again only at his wish (`wants_back`)."""

    code = "phone_erased"


class StillActive(Conflict):
    """Only a staff member who was deactivated is erased."""

    code = "still_active"


@dataclass(frozen=True, slots=True)
class Traces:
    """By what a person is recognised in an answer that is kept sealed for a repeat."""

    id: UUID
    name: str
    phone: str | None = None
    email: str | None = None

    @property
    def needles(self) -> tuple[str, ...]:
        """The texts to look for; a name that is too short to mean anything is left out."""
        found = (str(self.id), self.name, self.phone, self.email)
        return tuple(text for text in found if text is not None and len(text) >= SHORTEST_NEEDLE)
