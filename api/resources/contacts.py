"""The people at customers. Phone numbers and e-mails are masked unless somebody entitled asks for them."""

from api import queries, services
from api.domain.audit import ReasonNeeded
from api.domain.contact_reveal import ContactNotRevealed
from api.domain.contacts import MAY_UNMASK, BirthdayImpossible
from api.domain.erasure import ContactErased, PhoneErased
from api.domain.errors import NotFound
from api.domain.preferences import ChannelNotPossible, HoursImpossible
from api.domain.vocabulary import Role
from api.resources.customers import KEEPERS, READERS
from api.schemas.base import PageQuerySchema
from api.schemas.contacts import (
    AddContactSchema,
    ChangeContactSchema,
    ContactPageSchema,
    ContactQuerySchema,
    ContactSchema,
    RevealedContactSchema,
    ShowContactSchema,
    UnmaskedContactSchema,
)
from api.web.blueprint import Blueprint
from api.web.context import if_match, now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint("contacts", __name__, url_prefix="/v1", description="The people at customers.")


@blp.get("/customers/<uuid:customer_id>/contacts")
@blp.requires(*READERS)
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, ContactPageSchema)
@blp.raises(NotFound)
def list_contacts(query, customer_id):
    """List a customer's contacts."""
    page = page_request(query)
    return as_page(queries.contacts.of_customer(session(), customer_id, by=principal(), page=page))


@blp.post("/customers/<uuid:customer_id>/contacts")
@blp.requires(*KEEPERS)
@blp.repeatable
@blp.arguments(AddContactSchema)
@blp.response(201, ContactSchema)
@blp.raises(NotFound, BirthdayImpossible, PhoneErased)
@blp.versioned
def add_contact(draft, customer_id):
    """Add a contact to a customer."""
    return services.contacts.add(session(), draft, customer_id=customer_id, by=principal(), now=now())


@blp.get("/contacts")
@blp.requires(*READERS)
@blp.arguments(ContactQuerySchema, location="query")
@blp.response(200, ContactPageSchema)
def find_contacts(query):
    """Find contacts by their phone number."""
    page = page_request(query)
    return as_page(queries.contacts.with_phone(session(), by=principal(), page=page, **query))


@blp.get("/contacts/<uuid:contact_id>")
@blp.requires(*READERS)
@blp.response(200, ContactSchema)
@blp.raises(NotFound)
@blp.versioned
def get_contact(contact_id):
    """Show a contact, phone number and e-mail masked."""
    return queries.contacts.by_id(session(), contact_id, by=principal())


@blp.patch("/contacts/<uuid:contact_id>")
@blp.requires(*KEEPERS)
@blp.arguments(ChangeContactSchema)
@blp.response(200, ContactSchema)
@blp.raises(NotFound, BirthdayImpossible, ChannelNotPossible, HoursImpossible, ContactErased, PhoneErased)
@blp.edits
@blp.versioned
def change_contact(body, contact_id):
    """Change a contact, and how he wants to be written to. He can do the latter himself by his own link."""
    return services.contacts.change(
        session(), contact_id=contact_id, changes=body, version=if_match(), by=principal(), now=now()
    )


@blp.post("/contacts/<uuid:contact_id>/unmasking")
@blp.requires(*MAY_UNMASK)
@blp.arguments(ShowContactSchema)
@blp.response(200, UnmaskedContactSchema)
@blp.raises(NotFound, ReasonNeeded)
def unmask_contact(body, contact_id):
    """Show a contact's phone number and e-mail in full; that you asked, and why, is recorded.

    No reason is needed while a courier is on his way to the contact or at his door.
    """
    return services.contacts.unmask(session(), contact_id=contact_id, **body, by=principal(), now=now())


@blp.post("/pickups/<uuid:pickup_id>/contact-reveal")
@blp.requires(Role.COURIER)
@blp.arguments(ShowContactSchema)
@blp.response(200, RevealedContactSchema)
@blp.raises(NotFound, ContactNotRevealed, ReasonNeeded)
def reveal_contact(body, pickup_id):
    """Show the phone number of your pickup's contact; that you asked is recorded.

    From your departure until an hour after the pickup's end; once it has ended, say why.
    """
    return services.contacts.reveal(session(), pickup_id=pickup_id, **body, by=principal(), now=now())
