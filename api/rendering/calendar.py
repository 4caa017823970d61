"""A rep's visits as an iCalendar file (RFC 5545), for the calendar of his phone to subscribe to."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event

from api.domain.visit_calendar import CalendarVisit, alarms
from api.domain.vocabulary import Locale

ASK_AGAIN_AFTER = timedelta(hours=1)

_NAMES = {Locale.ZH_CN: "走访", Locale.EN: "Visits"}
_SUMMARIES = {
    Locale.ZH_CN: ("走访：{name}", "走访（待确认）：{name}"),
    Locale.EN: ("Visit: {name}", "Visit (proposed): {name}"),
}


def ics(visits: Sequence[CalendarVisit], zone: ZoneInfo, locale: Locale, *, now: datetime) -> bytes:
    """Write the visits down. Fixed times travel as UTC, so that no table of a time zone has to come along."""
    calendar = Calendar()
    calendar.add("prodid", "-//Doorstep//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", _NAMES[locale])
    calendar.add("x-wr-calname", _NAMES[locale])
    calendar.add("x-wr-timezone", zone.key)
    calendar.add("refresh-interval", ASK_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for visit in visits:
        calendar.add_component(_event(visit, zone, locale, now))
    return bytes(calendar.to_ical())


def _event(visit: CalendarVisit, zone: ZoneInfo, locale: Locale, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{visit.visit_id}@doorstep")
    event.add("sequence", visit.version)
    event.add("dtstamp", visit.created_at.astimezone(UTC))
    summary = _SUMMARIES[locale][visit.is_tentative].format(name=visit.customer_name)
    event.add("summary", summary)
    event.add("status", "TENTATIVE" if visit.is_tentative else "CONFIRMED")
    if visit.starts_at is None or visit.ends_at is None:
        event.add("dtstart", visit.planned_on)
        event.add("dtend", visit.planned_on + timedelta(days=1))
        event.add("transp", "TRANSPARENT")  # A visit some time that day does not take up all of it.
    else:
        event.add("dtstart", visit.starts_at.astimezone(UTC))
        event.add("dtend", visit.ends_at.astimezone(UTC))
    for at in alarms(visit, zone, now):
        event.add_component(_alarm(at, summary))
    return event


def _alarm(at: datetime, summary: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", at.astimezone(UTC), parameters={"VALUE": "DATE-TIME"})
    return alarm
