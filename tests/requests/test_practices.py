"""Hours, services and booking settings belong to a practice, on a real database."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.requests.domain import service
from services.requests.handlers import locations, reading, schedules, services, video_calls
from services.requests.operations import views
from services.requests.store import tables
from shared.contracts.requests.hours import (
    AddOverride,
    BookingSettingsView,
    ListOverrides,
    OverrideView,
    ReadBookingSettings,
    RemoveOverride,
)
from shared.contracts.requests.requests import ConfirmRequest, SyncRequests
from shared.contracts.requests.services import ChangeService, ServiceSettings, ServiceView
from shared.contracts.requests.slots import OfPractice
from shared.contracts.requests.video_calls import GetJoinLink
from shared.db import Unit
from tests.requests.builders import CLINIC, LOCATION, MONDAY, PATIENT, PROFESSIONAL, RECEPTIONIST, STRANGER
from tests.requests.steps import (
    NEXT_MONDAY,
    TOOLS,
    act,
    at,
    first_visit,
    free,
    member,
    mondays,
    opening,
    place,
    refuses,
    rows,
    set_booking_settings,
    submit,
)

WARD, OTHER_CLINIC = UUID(int=60), UUID(int=51)
TUESDAY = NEXT_MONDAY + timedelta(days=1)
DESK: dict[str, Any] = {"by": RECEPTIONIST, "role": "clinic"}
OTHER_DESK: dict[str, Any] = {"by": STRANGER, "role": "clinic"}
ROOM = "https://video.example.org/room"


@pytest.fixture
def both(practice: Unit) -> Unit:
    """On Mondays the professional works alone, on Tuesdays at a clinic, and at another one not yet."""
    member(practice, RECEPTIONIST, "staff")
    member(practice, PROFESSIONAL, "professional")
    member(practice, STRANGER, "owner", clinic_id=OTHER_CLINIC)
    member(practice, PROFESSIONAL, "professional", clinic_id=OTHER_CLINIC)
    locations.add(practice, place(location_id=WARD, clinic_id=CLINIC, **DESK))
    schedules.publish_hours(practice, mondays(location_id=WARD, weekly=[opening("tuesday")]), now=MONDAY)
    return practice


def read(practice: Unit, **who: Any) -> BookingSettingsView:
    wanted = {"professional_id": PROFESSIONAL, "by": PROFESSIONAL, "role": "professional"} | who
    return schedules.read_booking_settings(practice, ReadBookingSettings(**wanted), now=MONDAY)


def close(practice: Unit, day: date, **who: Any) -> OverrideView:
    fields = {"exception_id": uuid4(), "professional_id": PROFESSIONAL, "kind": "closed"}
    fields |= {"first_day": day, "last_day": day, "by": PROFESSIONAL, "role": "professional"}
    return schedules.add_override(practice, AddOverride(**(fields | who)), now=MONDAY)


def starts(practice: Unit, **who: Any) -> tuple[int, int]:
    """Return the number of free slots on Monday (alone) and on Tuesday (at the clinic)."""
    asked = {"asked_by": OfPractice(**who)} if who else {}
    return tuple(len(free(practice, from_date=day.date(), **asked)) for day in (NEXT_MONDAY, TUESDAY))


def withdraw(practice: Unit, found: ServiceView, **who: Any) -> ServiceView:
    fields = {"service_id": found.service_id, "professional_id": PROFESSIONAL, "version": found.version}
    settings = ServiceSettings(name=found.name, minutes=found.minutes, offered=False)
    who = {"by": PROFESSIONAL, "role": "professional"} | who
    return services.change(practice, ChangeService(**fields, **who, settings=settings), now=MONDAY)


def test_booking_settings_hold_at_one_practice(both: Unit) -> None:
    assert set_booking_settings(both, booking="off", **DESK).practice_id == CLINIC
    assert starts(both) == (6, 0)
    assert (read(both).booking, read(both, **DESK).booking) == ("request", "off")
    set_booking_settings(both, grid_minutes=60)
    assert starts(both) == (3, 0)
    set_booking_settings(both, version=1, clinic_id=CLINIC)
    assert starts(both) == (3, 6)


def test_the_lead_time_and_the_horizon_of_each_practice_are_its_own(both: Unit) -> None:
    set_booking_settings(both, horizon_days=7, **DESK)
    assert starts(both) == (6, 0)
    with refuses("too_far_ahead"):
        submit(both, starts_at=TUESDAY)
    assert submit(both, starts_at=at(0)).practice_id == PROFESSIONAL


def test_a_daily_maximum_counts_the_visits_at_its_practice(both: Unit) -> None:
    """Both practices see people on that Tuesday."""
    schedules.publish_hours(
        both, mondays(version=1, weekly=[opening("tuesday", "14:00", "16:00")]), now=MONDAY
    )
    set_booking_settings(both, daily_maximum=1, **DESK)
    submit(both, request_id=uuid4(), starts_at=TUESDAY + timedelta(hours=5))
    assert starts(both) == (0, 6 + 3)
    submit(both, request_id=uuid4(), starts_at=TUESDAY)
    assert starts(both) == (0, 3)
    with refuses("day_full"):
        submit(both, request_id=uuid4(), starts_at=TUESDAY + timedelta(minutes=30))


def test_a_desk_of_several_clinics_of_a_professional_says_which_it_means(both: Unit) -> None:
    member(both, RECEPTIONIST, "staff", clinic_id=OTHER_CLINIC)
    with refuses("missing_field") as refusal:
        set_booking_settings(both, **DESK)
    assert refusal.value.field == "clinic_id"
    assert set_booking_settings(both, clinic_id=OTHER_CLINIC, **DESK).practice_id == OTHER_CLINIC


@pytest.mark.parametrize("elsewhere", [CLINIC, PROFESSIONAL])
def test_the_desk_of_another_clinic_settles_nothing_elsewhere(both: Unit, elsewhere: UUID) -> None:
    before = rows(both, tables.booking_settings), rows(both, tables.services), rows(both, tables.overrides)
    for attempt in (
        lambda: set_booking_settings(both, clinic_id=elsewhere, video_url=ROOM, **OTHER_DESK),
        lambda: read(both, clinic_id=elsewhere, **OTHER_DESK),
        lambda: services.add(
            both, first_visit(service_id=uuid4(), clinic_id=elsewhere, **OTHER_DESK), now=MONDAY
        ),
        lambda: close(both, TUESDAY.date(), clinic_id=elsewhere, **OTHER_DESK),
        lambda: close(both, TUESDAY.date(), location_id=WARD, **OTHER_DESK),
        lambda: close(both, TUESDAY.date(), location_id=LOCATION, **OTHER_DESK),
        lambda: schedules.publish_hours(
            both, mondays(location_id=WARD, version=1, weekly=[], **OTHER_DESK), now=MONDAY
        ),
        lambda: schedules.publish_hours(both, mondays(version=1, weekly=[], **OTHER_DESK), now=MONDAY),
    ):
        with refuses("not_yours"):
            attempt()
    after = rows(both, tables.booking_settings), rows(both, tables.services), rows(both, tables.overrides)
    assert (after, starts(both)) == (before, (6, 6))


def test_free_times_for_a_desk_are_those_at_its_clinic_and_a_visit_elsewhere_is_busy(both: Unit) -> None:
    assert (starts(both, **DESK), starts(both, **OTHER_DESK)) == ((0, 6), (0, 0))
    schedules.publish_hours(both, mondays(version=1, weekly=[opening("tuesday")]), now=MONDAY)
    submit(both, starts_at=TUESDAY, location_id=LOCATION)
    assert starts(both, **DESK) == (0, 5)


def test_an_exception_of_a_desk_holds_at_its_clinic_and_one_of_the_professional_everywhere(
    both: Unit,
) -> None:
    schedules.publish_hours(both, mondays(version=1, weekly=[opening("tuesday")]), now=MONDAY)
    assert close(both, TUESDAY.date(), **DESK).practice_id == CLINIC
    assert len(free(both, from_date=TUESDAY.date(), location_id=LOCATION)) == 6
    assert free(both, from_date=TUESDAY.date(), location_id=WARD) == []
    assert close(both, TUESDAY.date()).practice_id is None
    assert free(both, from_date=TUESDAY.date()) == []


def test_a_desk_sees_the_exceptions_that_bear_on_its_clinic_and_takes_back_its_own(both: Unit) -> None:
    everywhere, alone = close(both, TUESDAY.date()), close(both, TUESDAY.date(), location_id=LOCATION)
    theirs = close(both, TUESDAY.date(), **DESK)
    asks = ListOverrides(professional_id=PROFESSIONAL, **DESK)
    seen = {each.exception_id for each in schedules.list_overrides(both, asks, now=MONDAY).exceptions}
    assert seen == {everywhere.exception_id, theirs.exception_id}
    for each in (everywhere, alone):
        with refuses("not_yours"):
            take_back(both, each, **DESK)
    with refuses("not_yours"):
        take_back(both, theirs, **OTHER_DESK)
    take_back(both, theirs, **DESK)
    assert len(rows(both, tables.overrides)) == 2


def take_back(practice: Unit, found: OverrideView, **who: Any) -> None:
    command = RemoveOverride(exception_id=found.exception_id, professional_id=PROFESSIONAL, **who)
    schedules.remove_override(practice, command, now=MONDAY)


def test_requests_outside_the_hours_are_shown_to_a_desk_where_they_are_at_its_clinic(both: Unit) -> None:
    alone = submit(both, request_id=uuid4())
    there = submit(both, request_id=uuid4(), starts_at=TUESDAY)
    schedules.publish_hours(both, mondays(version=1, weekly=[]), now=MONDAY)
    emptied = mondays(location_id=WARD, version=1, weekly=[], **DESK)
    assert [each.request_id for each in schedules.publish_hours(both, emptied, now=MONDAY).outside] == [
        there.request_id
    ]
    assert [each.request_id for each in read(both).outside] == [alone.request_id]
    closed = close(both, TUESDAY.date())
    assert {each.request_id for each in closed.outside} == {alone.request_id, there.request_id}


def test_a_service_of_a_clinic_is_offered_there_alone_and_changed_by_its_desk(both: Unit) -> None:
    theirs = services.add(both, first_visit(service_id=uuid4(), **DESK), now=MONDAY)
    assert theirs.practice_id == CLINIC
    for day, times in ((NEXT_MONDAY, 0), (TUESDAY, 6)):
        assert len(free(both, from_date=day.date(), service_id=theirs.service_id)) == times
    with refuses("outside_hours"):
        submit(both, service_id=theirs.service_id)
    with refuses("not_yours"):
        withdraw(both, theirs, **OTHER_DESK)
    assert not withdraw(both, theirs, **DESK).offered


def test_a_service_of_the_professional_is_changed_by_no_desk(both: Unit) -> None:
    own = views.service_view(service.add(first_visit(), practice_id=None, now=MONDAY)[0])
    for desk in (DESK, OTHER_DESK):
        with refuses("not_yours"):
            withdraw(both, own, **desk)
    assert not withdraw(both, own).offered


def test_a_video_room_is_that_of_the_practice_of_the_visit(both: Unit) -> None:
    online = first_visit(service_id=uuid4(), mode="video", name="Online")
    services.add(both, online, now=MONDAY)
    set_booking_settings(both, video_url=ROOM, **DESK)
    urls = []
    for starts_at in (at(0), TUESDAY):
        visit = submit(both, request_id=uuid4(), service_id=online.service_id, starts_at=starts_at)
        act(both, ConfirmRequest, visit)
        wanted = GetJoinLink(request_id=visit.request_id, by=PATIENT, role="patient")
        with_room = starts_at == TUESDAY
        if with_room:
            urls.append(
                video_calls.get_join_link(both, wanted, tools=TOOLS, video_calls=None, now=starts_at).url
            )
        else:
            with refuses("video_not_set_up"):
                video_calls.get_join_link(both, wanted, tools=TOOLS, video_calls=None, now=starts_at)
    assert urls == [ROOM]


def test_a_desk_learns_by_sync_what_changed_at_its_clinic_and_nothing_else(both: Unit) -> None:
    submit(both, request_id=uuid4())
    there = submit(both, request_id=uuid4(), starts_at=TUESDAY)
    for who, wanted in ((DESK, [there]), (OTHER_DESK, [])):
        asks = SyncRequests(person_id=who["by"], role="clinic", professional_id=PROFESSIONAL)
        assert reading.sync(both, asks, tools=TOOLS, access_id=uuid4(), now=MONDAY).requests == wanted
