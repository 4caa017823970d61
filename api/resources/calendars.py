"""A rep's visits in the calendar of his phone: the link to it, and the feed that the link opens."""

from flask import Response

from api import services
from api.domain.errors import NotFound
from api.domain.link_policy import LinkUnknown
from api.domain.vocabulary import Role
from api.schemas.calendars import CalendarAddressSchema
from api.web.blueprint import Blueprint
from api.web.context import now, principal, session
from api.web.link_limits import guard

blp = Blueprint("calendars", __name__, url_prefix="/v1", description="Visits in the phone's own calendar.")

guard(blp)

ICS = "text/calendar"


@blp.get("/me/calendar")
@blp.requires(Role.SALES_REP)
@blp.response(200, CalendarAddressSchema)
@blp.raises(NotFound)
def get_my_calendar():
    """Show where your calendar is to be subscribed to."""
    return services.calendars.address_of(session(), by=principal())


@blp.post("/me/calendar")
@blp.requires(Role.SALES_REP)
@blp.response(201, CalendarAddressSchema)
def share_my_calendar():
    """Get a link to your calendar; the one in use is handed out again."""
    return services.calendars.share(session(), by=principal(), now=now())


@blp.delete("/me/calendar")
@blp.requires(Role.SALES_REP)
@blp.response(204)
def revoke_my_calendar():
    """Shut the link to your calendar at once; without one nothing changes."""
    services.calendars.revoke(session(), staff_id=principal().staff_id, by=principal(), now=now())


@blp.get("/calendars/<string:token>.ics")
@blp.public
@blp.response(200, {"type": "string"}, content_type=ICS)
@blp.raises(LinkUnknown)
def get_calendar_feed(token):
    """Read the visits of whoever's link it is, as iCalendar (RFC 5545). Changes nothing."""
    from api.rendering import calendar  # Its library takes a twentieth of a second to load.

    feed = services.calendars.open_feed(session(), token=token, now=now())
    data = calendar.ics(feed.visits, feed.zone, feed.locale, now=feed.now)
    response = Response(data, content_type=f"{ICS}; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="visits.ics"'
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
