"""Visits as calendar apps read them: what is written is read back."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import icalendar
import pytest

from gateway import calendar
from gateway.calendar import CalendarFile
from shared.contracts.requests.feeds import AppointmentFile, FeedView
from shared.contracts.requests.values import Status

PATIENT, PROFESSIONAL = UUID(int=2), UUID(int=1)
START = datetime(2027, 3, 8, 8, 0, tzinfo=UTC)
OFF = ("declined", "cancelled", "expired")
SUMMER = datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
"""The change of clocks in Rome from 02:00 to 03:00."""
WINTER = datetime(2027, 10, 31, 1, 0, tzinfo=UTC)
"""The change of clocks in Rome from 03:00 back to 02:00."""


def visit(minutes: int = 30, **changes: Any) -> AppointmentFile:
    fields: dict[str, Any] = {
        "request_id": UUID(int=100),
        "version": 3,
        "status": "confirmed",
        "patient_id": PATIENT,
        "professional_id": PROFESSIONAL,
        "service_name": "First visit",
        "mode": "in_person",
        "location_name": "Studio Trastevere",
        "location_address": "Via Roma 1, 00184 Roma",
        "starts_at": START,
        "time_zone": "Europe/Rome",
        "changed_at": datetime(2027, 3, 1, 9, 0, tzinfo=ZoneInfo("Europe/Rome")),
    } | changes
    fields.setdefault("ends_at", fields["starts_at"] + timedelta(minutes=minutes))
    return AppointmentFile(**fields)


def read(file: CalendarFile) -> icalendar.Calendar:
    """As an app would: every line whole, and no longer than it may be."""
    lines = file.body.split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)
    return icalendar.Calendar.from_ical(file.body)


def event(file: CalendarFile) -> icalendar.Event:
    [found] = read(file).events
    return found


def text(file: CalendarFile) -> str:
    """Its lines unfolded."""
    return file.body.decode().replace("\r\n ", "")


def test_a_visit_is_one_event_that_is_known_again() -> None:
    file = calendar.one(visit())
    found = event(file)
    assert found["UID"] == "00000000-0000-0000-0000-000000000064@healthconnect"
    assert found["SEQUENCE"] == 3
    assert found["SUMMARY"] == "First visit"
    assert found["DTSTAMP"].dt == found["LAST-MODIFIED"].dt == datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
    assert found.start == START
    assert found.end == START + timedelta(minutes=30)
    assert file.headers["Content-Type"] == "text/calendar; charset=utf-8; method=REQUEST"


@pytest.mark.parametrize("status", get_args(Status))
def test_the_status_says_whether_it_is_on_and_the_method_what_to_do(status: Status) -> None:
    file = calendar.one(visit(status=status))
    expected = {"pending": "TENTATIVE"} | dict.fromkeys(OFF, "CANCELLED")
    method = "CANCEL" if status in OFF else "REQUEST"
    assert event(file)["STATUS"] == expected.get(status, "CONFIRMED")
    assert read(file)["METHOD"] == method
    assert file.headers["Content-Type"].endswith(f"; method={method}")


def test_people_are_ids_and_nobody_is_named() -> None:
    file = calendar.one(visit())
    found = event(file)
    assert found["ORGANIZER"] == PROFESSIONAL.urn
    assert found["ATTENDEE"] == PATIENT.urn
    assert found["CLASS"] == "PRIVATE"
    assert "CN=" not in text(file)
    assert "mailto:" not in text(file).lower()
    assert "DESCRIPTION" not in found


def test_a_place_is_told_for_visits_in_person_alone() -> None:
    assert event(calendar.one(visit()))["LOCATION"] == "Studio Trastevere, Via Roma 1, 00184 Roma"
    assert event(calendar.one(visit(location_address="")))["LOCATION"] == "Studio Trastevere"
    assert "LOCATION" not in event(calendar.one(visit(mode="video")))


@pytest.mark.parametrize(
    "name",
    [
        "Visita; prima, con calma: “sì”",
        "Zweite Meinung\\n",
        "Ärztliche Beratung für Menschen über sechzig Jahre, mit Übersetzung, und Äpfeln, öfter",
        "初診と健康相談、ご家族の方もどうぞ。" * 6,
        "👩‍⚕️" * 20,
    ],
)
def test_every_name_comes_back_as_it_was(name: str) -> None:
    assert event(calendar.one(visit(service_name=name)))["SUMMARY"] == name


def test_a_line_break_in_a_name_begins_no_line_of_the_calendar() -> None:
    crafty = visit().model_copy(update={"service_name": "First\r\nATTENDEE:mailto:x@example.org\nvisit"})
    found = event(calendar.one(crafty))
    assert found["ATTENDEE"] == PATIENT.urn
    assert found["SUMMARY"].splitlines() == ["First", "ATTENDEE:mailto:x@example.org", "visit"]


@pytest.mark.parametrize(
    ("starts_at", "wall", "minutes"),
    [
        (SUMMER - timedelta(days=1), "20270327T020000", 30),
        (SUMMER - timedelta(minutes=30), "20270328T013000", 90),
        (SUMMER, "20270328T030000", 30),
        (SUMMER + timedelta(days=1), "20270329T030000", 30),
        (WINTER - timedelta(days=1), "20271030T030000", 30),
        (WINTER - timedelta(minutes=60), "20271031T020000", 30),
        (WINTER + timedelta(hours=1), "20271031T030000", 30),
    ],
)
def test_times_are_those_of_the_clocks_there(starts_at: datetime, wall: str, minutes: int) -> None:
    file = calendar.one(visit(minutes, starts_at=starts_at))
    assert f"DTSTART;TZID=Europe/Rome:{wall}" in text(file)
    assert "DTEND;TZID=Europe/Rome:" in text(file)
    found = event(file)
    assert found.start.astimezone(UTC) == starts_at
    assert found.end.astimezone(UTC) - starts_at == timedelta(minutes=minutes)


def test_what_clocks_show_for_the_second_time_is_told_in_utc() -> None:
    file = calendar.one(visit(starts_at=WINTER - timedelta(minutes=15)))
    assert "DTSTART;TZID=Europe/Rome:20271031T024500" in text(file)
    assert "DTEND:20271031T011500Z" in text(file)


@pytest.mark.parametrize(
    ("zone", "winter", "summer"),
    [
        ("Europe/Rome", 1, 2),
        ("America/New_York", -5, -4),
        ("Australia/Lord_Howe", 11, 10.5),
        ("Africa/Casablanca", 1, 1),
        ("Asia/Kolkata", 5.5, 5.5),
    ],
)
def test_the_rules_of_its_clocks_come_along(zone: str, winter: float, summer: float) -> None:
    for starts_at, offset in ((START - timedelta(days=45), winter), (START + timedelta(days=130), summer)):
        file = calendar.one(visit(starts_at=starts_at, time_zone=zone))
        [rules] = read(file).timezones
        assert rules.tz_name == zone
        wall = event(file).start.replace(tzinfo=None)
        assert rules.to_tz(lookup_tzid=False).utcoffset(wall) == timedelta(hours=offset)


def test_a_place_in_utc_needs_no_rules() -> None:
    file = calendar.one(visit(time_zone="UTC"))
    assert "DTSTART:20270308T080000Z" in text(file)
    assert read(file).timezones == []


def test_a_feed_is_published_and_asked_for_again_soon() -> None:
    found = visit(), visit(request_id=UUID(int=101), time_zone="Asia/Tokyo", status="pending")
    file = calendar.feed(FeedView(events=list(found)))
    whole = read(file)
    assert file.headers["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    assert whole["METHOD"] == "PUBLISH"
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT15M" in text(file)
    assert "X-PUBLISHED-TTL:PT15M" in text(file)
    assert [each["STATUS"] for each in whole.events] == ["CONFIRMED", "TENTATIVE"]
    assert {each.tz_name for each in whole.timezones} == {"Europe/Rome", "Asia/Tokyo"}


def test_what_is_published_has_no_attendees() -> None:
    [found] = read(calendar.feed(FeedView(events=[visit()]))).events
    assert found["ORGANIZER"] == PROFESSIONAL.urn
    assert "ATTENDEE" not in found


def test_a_feed_without_visits_is_a_calendar_all_the_same() -> None:
    assert read(calendar.feed(FeedView(events=[]))).events == []
