"""Customers of the branch; a sales rep sees and changes his own."""

from api import queries, services
from api.domain.contact_log import ContactTimeImpossible
from api.domain.customers import CustomerCodeTaken, OwnerIsNotASalesRep, OwnerIsNotYours, RiskIsForSales
from api.domain.errors import NotFound
from api.domain.exports import ExportTooLong, TooManyExports
from api.domain.pickups import ContactOfAnotherCustomer
from api.domain.rate_limits import REPORTS
from api.domain.vocabulary import Role
from api.queries.customer_risks import Ranking
from api.queries.customers import CustomerFilter
from api.rendering import customer_book
from api.schemas.base import PageQuerySchema
from api.schemas.customer_story import (
    DuesSchema,
    LogContactSchema,
    LoggedContactPageSchema,
    LoggedContactSchema,
    TimelinePageSchema,
    TimelineQuerySchema,
)
from api.schemas.customers import (
    ChangeCustomerSchema,
    CreateCustomerSchema,
    CustomerPageSchema,
    CustomerQuerySchema,
    CustomerSchema,
    ExportCustomersSchema,
)
from api.web.blueprint import Blueprint
from api.web.context import if_match, now, principal, session
from api.web.csv_files import CSV, EXPORT_ID, csv_file
from api.web.paging import as_page, page_request

blp = Blueprint("customers", __name__, url_prefix="/v1/customers", description="The businesses that ship.")

KEEPERS = (Role.MANAGER, Role.ADMIN, Role.INTEGRATION, Role.SERVICE_AGENT, Role.SALES_REP)
"""Who keeps the records of customers, their contacts and sites."""

READERS = (*KEEPERS, Role.DISPATCHER)

CARERS = (Role.SALES_REP, Role.SERVICE_AGENT, Role.DISPATCHER, Role.MANAGER)
"""Who is in touch with customers."""


@blp.get("")
@blp.requires(*READERS)
@blp.arguments(CustomerQuerySchema, location="query")
@blp.response(200, CustomerPageSchema)
@blp.raises(RiskIsForSales)
def list_customers(query):
    """List customers by code, or the most value at risk first."""
    page, ranking = page_request(query), Ranking(query.pop("sort"), query.pop("band", None))
    return as_page(
        queries.customer_risks.listed(
            session(), by=principal(), only=CustomerFilter(**query), ranking=ranking, page=page
        )
    )


@blp.post("")
@blp.requires(*KEEPERS)
@blp.repeatable
@blp.arguments(CreateCustomerSchema)
@blp.response(201, CustomerSchema)
@blp.raises(CustomerCodeTaken, OwnerIsNotASalesRep, OwnerIsNotYours)
@blp.versioned
def create_customer(draft):
    """Take in a customer."""
    return services.customers.create(session(), draft, by=principal(), now=now())


@blp.post("/export")
@blp.requires(Role.SALES_REP, Role.MANAGER, Role.ADMIN)
@blp.within(REPORTS)
@blp.confirmed
@blp.arguments(ExportCustomersSchema)
@blp.response(200, {"type": "string"}, content_type=CSV, headers=EXPORT_ID)
@blp.raises(ExportTooLong, TooManyExports)
def export_customers(body):
    """Take your own customers away as CSV, a manager the branch's; that you did is recorded.

    There are no contacts in it.
    """
    only = CustomerFilter(**body)
    taken = services.customers.export_book(session(), only=only, by=principal(), now=now())
    return csv_file(customer_book.csv_of(taken), customer_book.file_name(taken.mark), taken.mark)


@blp.get("/<uuid:customer_id>")
@blp.requires(*READERS)
@blp.response(200, CustomerSchema)
@blp.raises(NotFound)
@blp.versioned
def get_customer(customer_id):
    """Show a customer."""
    return queries.customers.by_id(session(), customer_id, by=principal())


@blp.patch("/<uuid:customer_id>")
@blp.requires(*KEEPERS)
@blp.arguments(ChangeCustomerSchema)
@blp.response(200, CustomerSchema)
@blp.raises(NotFound, OwnerIsNotASalesRep, OwnerIsNotYours)
@blp.edits
@blp.versioned
def change_customer(body, customer_id):
    """Change a customer; only a manager gives one to another rep."""
    return services.customers.change(
        session(), customer_id=customer_id, changes=body, version=if_match(), by=principal(), now=now()
    )


@blp.get("/<uuid:customer_id>/timeline")
@blp.requires(*CARERS, Role.ADMIN)
@blp.arguments(TimelineQuerySchema, location="query")
@blp.response(200, TimelinePageSchema)
@blp.raises(NotFound)
def list_timeline(query, customer_id):
    """List what happened with a customer, newest first: pickups, waits, ratings, cases, visits ..."""
    page = page_request(query)
    return as_page(queries.timeline.of_customer(session(), customer_id, by=principal(), page=page, **query))


@blp.get("/<uuid:customer_id>/contact-log")
@blp.requires(*CARERS)
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, LoggedContactPageSchema)
@blp.raises(NotFound)
def list_contact_log(query, customer_id):
    """List calls, chats, mails and meetings with a customer, newest first."""
    page = page_request(query)
    return as_page(queries.contact_log.of_customer(session(), customer_id, by=principal(), page=page))


@blp.post("/<uuid:customer_id>/contact-log")
@blp.requires(*CARERS)
@blp.repeatable
@blp.arguments(LogContactSchema)
@blp.response(201, LoggedContactSchema)
@blp.raises(NotFound, ContactOfAnotherCustomer, ContactTimeImpossible)
def log_contact(new, customer_id):
    """Log that you were in touch with a customer; the next visit is due all the same."""
    return services.contact_log.log(session(), customer_id=customer_id, new=new, by=principal(), now=now())


@blp.get("/<uuid:customer_id>/dues")
@blp.requires(*CARERS)
@blp.response(200, DuesSchema)
@blp.raises(NotFound)
def get_dues(customer_id):
    """Show by when a customer should be visited, and by when heard of in any way."""
    return queries.contact_log.dues_of(session(), customer_id, by=principal())
