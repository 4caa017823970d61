"""Cases: what customers need answered, by whom and until when."""

from api import queries, services
from api.domain.cases import CaseIsClosed, NewCase, NotACaseOwner
from api.domain.errors import NotFound
from api.domain.pickups import ContactOfAnotherCustomer
from api.domain.vocabulary import Role
from api.queries.case_lists import CaseFilter
from api.schemas.cases import (
    AnswerCaseSchema,
    AssignCaseSchema,
    CasePageSchema,
    CaseQuerySchema,
    CaseSchema,
    CloseCaseSchema,
    OpenCaseSchema,
)
from api.web.blueprint import Blueprint
from api.web.context import if_match, now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint("cases", __name__, url_prefix="/v1/cases", description="What customers need answered.")

WORKERS = (Role.SALES_REP, Role.SERVICE_AGENT, Role.DISPATCHER, Role.MANAGER)


@blp.get("")
@blp.requires(*WORKERS)
@blp.arguments(CaseQuerySchema, location="query")
@blp.response(200, CasePageSchema)
def list_cases(query):
    """List cases, the one to be answered first at the top; a rep's are his and his customers'."""
    page = page_request(query)
    only = CaseFilter(**query)
    return as_page(queries.case_lists.listed(session(), by=principal(), only=only, page=page, now=now()))


@blp.post("")
@blp.requires(*WORKERS)
@blp.repeatable
@blp.arguments(OpenCaseSchema)
@blp.response(201, CaseSchema)
@blp.raises(NotFound, ContactOfAnotherCustomer, NotACaseOwner)
@blp.versioned
def open_case(body):
    """Open a case for a customer, e.g. after a call."""
    new = NewCase(branch_id=principal().branch_id, **body)
    opened = services.case_work.open_case(session(), new, by=principal(), now=now())
    return queries.case_lists.entry_of(session(), opened, now=now())


@blp.get("/<uuid:case_id>")
@blp.requires(*WORKERS)
@blp.response(200, CaseSchema)
@blp.raises(NotFound)
@blp.versioned
def get_case(case_id):
    """Show a case with all that was said."""
    return queries.case_lists.entry_by_id(session(), case_id, by=principal(), now=now())


@blp.post("/<uuid:case_id>/answer")
@blp.requires(*WORKERS)
@blp.arguments(AnswerCaseSchema)
@blp.response(200, CaseSchema)
@blp.raises(NotFound, CaseIsClosed)
@blp.edits
@blp.versioned
def answer_case(body, case_id):
    """Answer the contact, who is told. Refused when something was said that you have not read."""
    case = services.case_work.answer(
        session(), case_id=case_id, **body, version=if_match(), by=principal(), now=now()
    )
    return queries.case_lists.entry_of(session(), case, now=now())


@blp.post("/<uuid:case_id>/closure")
@blp.requires(*WORKERS)
@blp.arguments(CloseCaseSchema)
@blp.response(200, CaseSchema)
@blp.raises(NotFound, CaseIsClosed)
@blp.edits
@blp.versioned
def close_case(body, case_id):
    """Close a case and tell the contact how it ended; he can open it again by writing."""
    case = services.case_work.close(
        session(), case_id=case_id, **body, version=if_match(), by=principal(), now=now()
    )
    return queries.case_lists.entry_of(session(), case, now=now())


@blp.post("/<uuid:case_id>/assignment")
@blp.requires(*WORKERS)
@blp.arguments(AssignCaseSchema)
@blp.response(200, CaseSchema)
@blp.raises(NotFound, CaseIsClosed, NotACaseOwner)
@blp.edits
@blp.versioned
def assign_case(body, case_id):
    """Give a case to a colleague, who is told."""
    case = services.case_work.assign(
        session(), case_id=case_id, **body, version=if_match(), by=principal(), now=now()
    )
    return queries.case_lists.entry_of(session(), case, now=now())
