"""Ratings: a courier's own, the branch's, and whether one counts."""

from api import queries, services
from api.domain.errors import NotFound
from api.domain.feedback import AlreadyObjected, FeedbackNotUnderReview
from api.domain.vocabulary import Role
from api.queries.feedback import FeedbackFilter
from api.schemas.base import PageQuerySchema
from api.schemas.feedback import (
    FeedbackPageSchema,
    FeedbackQuerySchema,
    FeedbackSchema,
    ObjectToFeedbackSchema,
    OwnRatingPageSchema,
    OwnRatingSchema,
    ReviewFeedbackSchema,
)
from api.web.blueprint import Blueprint
from api.web.context import locale, now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint("feedback", __name__, url_prefix="/v1", description="Ratings of pickups.")

READERS = (Role.SALES_REP, Role.SERVICE_AGENT, Role.DISPATCHER, Role.MANAGER)
REVIEWERS = (Role.DISPATCHER, Role.MANAGER)


@blp.get("/me/feedback")
@blp.requires(Role.COURIER)
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, OwnRatingPageSchema)
def list_my_feedback(query):
    """List the ratings of your pickups, the newest first, and why one does not count."""
    page = page_request(query)
    return as_page(queries.feedback.mine(session(), by=principal(), locale=locale(), page=page))


@blp.get("/feedback")
@blp.requires(*READERS)
@blp.arguments(FeedbackQuerySchema, location="query")
@blp.response(200, FeedbackPageSchema)
def list_feedback(query):
    """List ratings, the newest first; a rep's are those of his customers."""
    page = page_request(query)
    only = FeedbackFilter(**query)
    return as_page(queries.feedback.listed(session(), by=principal(), only=only, page=page))


@blp.post("/feedback/<uuid:feedback_id>/objection")
@blp.requires(Role.COURIER)
@blp.arguments(ObjectToFeedbackSchema)
@blp.response(200, OwnRatingSchema)
@blp.raises(NotFound, AlreadyObjected)
def object_to_feedback(body, feedback_id):
    """Say, once, why a rating of yours should not count. A manager decides."""
    given = services.feedback_reviews.object_to(
        session(), feedback_id=feedback_id, **body, by=principal(), now=now()
    )
    return queries.feedback.own_view(given, locale())


@blp.post("/feedback/<uuid:feedback_id>/review")
@blp.requires(*REVIEWERS)
@blp.arguments(ReviewFeedbackSchema)
@blp.response(200, FeedbackSchema)
@blp.raises(NotFound, FeedbackNotUnderReview)
def review_feedback(body, feedback_id):
    """Decide whether a rating counts in the courier's average."""
    given = services.feedback_reviews.review(
        session(), feedback_id=feedback_id, **body, by=principal(), now=now()
    )
    return queries.feedback.entry_of(given)
