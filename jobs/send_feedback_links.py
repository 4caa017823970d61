"""Sends contacts the feedback link a few minutes after a collection, unless they have rated already."""

from uuid import UUID

from api import queries, services
from jobs.context import JobContext, each

BATCH = 200


def send_feedback_links(context: JobContext) -> int:
    """Invite where it is due, each pickup in its own transaction; return how many invitations were sent."""
    with context.database.unit_of_work(read_only=True) as session:
        due = queries.feedback.due_invitations(session, now=context.now(), limit=BATCH)

    def invite(pickup_id: UUID) -> bool:
        now = context.now()
        with context.unit_of_work() as session:
            pickup = queries.feedback.claim_due_invitation(session, pickup_id, now=now)
            return pickup is not None and services.feedback.invite(session, pickup, now=now)

    return each(due, invite)
