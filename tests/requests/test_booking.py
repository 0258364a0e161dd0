"""The rules of booking settings."""

from datetime import timedelta
from typing import Any

import pytest

from services.requests.domain import booking
from services.requests.domain.booking import SHORTEST_REVIEW, Bookable, BookingSettings
from shared.contracts.refusals import Refused
from shared.contracts.requests.hours import BookingOptions, SetBookingSettings
from shared.contracts.requests.values import BookingMode
from tests.requests import builders
from tests.requests.builders import MONDAY, PROFESSIONAL, service

USUAL = BookingSettings(professional_id=PROFESSIONAL, practice_id=PROFESSIONAL)


def change(before: BookingSettings = USUAL, *, version: int = 0, **settings: Any) -> BookingSettings:
    command = SetBookingSettings(
        professional_id=PROFESSIONAL,
        by=PROFESSIONAL,
        role="professional",
        version=version,
        settings=BookingOptions(**settings),
    )
    return booking.change(before, command)


@pytest.mark.parametrize(
    ("hers", "of_service", "offered", "wanted"),
    [
        ("request", None, True, "request"),
        ("instant", None, True, "instant"),
        ("request", "instant", True, "instant"),
        ("instant", "request", True, "request"),
        ("instant", "off", True, "off"),
        ("off", "instant", True, "off"),
        ("off", None, True, "off"),
        ("instant", "instant", False, "off"),
    ],
)
def test_a_service_is_booked_in_its_own_way_unless_its_professional_is_off(
    hers: BookingMode, of_service: BookingMode | None, offered: bool, wanted: BookingMode
) -> None:
    asked = service(booking=of_service, offered=offered)
    assert builders.booking_settings(booking=hers).mode(asked) == wanted


def test_visits_follow_each_other_unless_there_is_a_grid() -> None:
    assert builders.booking_settings().step(service(50)) == timedelta(minutes=50)
    assert builders.booking_settings(grid_minutes=20).step(service(50)) == timedelta(minutes=20)


def test_whoever_asks_leaves_time_for_a_review_where_there_is_one() -> None:
    hers = builders.booking_settings(booking="instant", lead_minutes=60, horizon_days=10)
    latest = MONDAY + timedelta(days=10)
    lead = MONDAY + timedelta(hours=1)
    assert booking.bookable(hers, service(), now=MONDAY) == Bookable(lead, latest)
    reviewed = booking.bookable(hers, service(booking="request"), now=MONDAY)
    assert reviewed == Bookable(lead + SHORTEST_REVIEW, latest)


def test_the_practice_books_from_now_on() -> None:
    hers = builders.booking_settings(horizon_days=10)
    found = booking.bookable(hers, service(), by="professional", now=MONDAY)
    assert found == Bookable(MONDAY, MONDAY + timedelta(days=10))


def test_setting_the_same_again_changes_nothing() -> None:
    first = change(booking="instant")
    assert (first.version, change(first, version=0, booking="instant")) == (1, first)


@pytest.mark.parametrize("version", [0, 2])
def test_a_calendar_that_was_changed_since_is_not_overwritten(version: int) -> None:
    with pytest.raises(Refused) as refusal:
        change(change(booking="instant"), version=version, booking="off")
    assert (refusal.value.code, refusal.value.facts) == ("stale_version", {"version": 1})
