"""Visits as calendar apps read them: iCalendar (RFC 5545), and what is to be done with it (RFC 5546).

Private by default: people are ids, and nothing tells who comes along, or why.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress
from starlette.responses import Response

from shared.contracts.requests.feeds import AppointmentFile, FeedView
from shared.contracts.requests.values import Status

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]

REFRESHED_EVERY = timedelta(minutes=15)
"""The refresh interval that calendar apps are asked for; many refresh less often."""
STATUSES: dict[Status, str] = {
    "pending": "TENTATIVE",
    "confirmed": "CONFIRMED",
    "completed": "CONFIRMED",
    "declined": "CANCELLED",
    "cancelled": "CANCELLED",
    "expired": "CANCELLED",
}
_YEAR = timedelta(days=366)


class CalendarFile(Response):
    media_type = "text/calendar"


def one(visit: AppointmentFile) -> CalendarFile:
    """To be put into a calendar; once the visit is off, to be struck out there."""
    method: Method = "CANCEL" if STATUSES[visit.status] == "CANCELLED" else "REQUEST"
    event = _event(visit)
    patient = vCalAddress(visit.patient_id.urn)
    patient.params["PARTSTAT"] = "ACCEPTED"
    event.add("attendee", patient)
    return _file(_calendar(method), [visit], [event], method)


def feed(view: FeedView) -> CalendarFile:
    """The whole of a subscribed calendar. What is published has no attendees (RFC 5546, 3.2.1)."""
    calendar = _calendar("PUBLISH")
    calendar.calendar_name = "HealthConnect"
    calendar.add("refresh-interval", REFRESHED_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    return _file(calendar, view.events, [_event(each) for each in view.events], "PUBLISH")


def _calendar(method: Method) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//HealthConnect//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def _event(visit: AppointmentFile) -> Event:
    """Apps know it again by its uid, and which of two is newer by its sequence."""
    zone = ZoneInfo(visit.time_zone)
    changed_at = visit.changed_at.astimezone(UTC)
    facts: dict[str, Any] = {
        "uid": f"{visit.request_id}@healthconnect",
        "sequence": visit.version,
        "status": STATUSES[visit.status],
        "class": "PRIVATE",
        "dtstamp": changed_at,
        "last-modified": changed_at,
        "dtstart": _local(visit.starts_at, zone),
        "dtend": _local(visit.ends_at, zone),
        "summary": visit.service_name,
        "organizer": vCalAddress(visit.professional_id.urn),
    }
    if visit.mode == "in_person":
        facts["location"] = ", ".join(filter(None, (visit.location_name, visit.location_address)))
    event = Event()
    for name, value in facts.items():
        event.add(name, value)
    return event


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    """As clocks there show it; in UTC where they show it for the second time, which no wall time can tell."""
    local = at.astimezone(zone)
    return at.astimezone(UTC) if local.fold else local


def _file(
    calendar: Calendar, visits: Sequence[AppointmentFile], events: Sequence[Event], method: Method
) -> CalendarFile:
    for event in events:
        calendar.add_component(event)
    if visits:
        # a year around them holds every change of the clocks that matters, and not those since 1970
        first, last = min(each.starts_at for each in visits), max(each.ends_at for each in visits)
        calendar.add_missing_timezones((first - _YEAR).date(), (last + _YEAR).date())
    return CalendarFile(calendar.to_ical(), media_type=f"text/calendar; charset=utf-8; method={method}")
