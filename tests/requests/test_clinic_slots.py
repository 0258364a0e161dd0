"""The first free times of a clinic and of professionals with several places, on a real database."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from services.requests.handlers import locations, schedules, services, slots
from shared.contracts.requests.places import ChangeLocation
from shared.contracts.requests.slots import FindClinicSlots, FindNextFree, OfferedSlot
from shared.db import Unit
from tests.requests.builders import CLINIC, LOCATION, MONDAY, PROFESSIONAL, RECEPTIONIST, STRANGER
from tests.requests.steps import (
    NEXT_MONDAY,
    at,
    first_visit,
    free,
    member,
    mondays,
    opening,
    place,
    refuses,
    set_booking_settings,
    submit,
)

WARD, ANNEX = UUID(int=60), UUID(int=61)
DESK = {"by": RECEPTIONIST, "role": "clinic", "clinic_id": CLINIC}
TUESDAY = NEXT_MONDAY + timedelta(days=1)


@pytest.fixture
def clinic(practice: Unit) -> Unit:
    """On Tuesdays two professionals are at a clinic: one at its ward, one later at its annex."""
    member(practice, RECEPTIONIST, "staff")
    for person_id in (PROFESSIONAL, STRANGER):
        member(practice, person_id, "professional")
    for location_id in (WARD, ANNEX):
        locations.add(practice, place(location_id=location_id, **DESK))
    tuesday = [opening("tuesday", "09:00", "10:30")]
    schedules.publish_hours(practice, mondays(location_id=WARD, weekly=tuesday), now=MONDAY)
    later = [opening("tuesday", "10:00", "11:00")]
    schedules.publish_hours(
        practice, mondays(professional_id=STRANGER, location_id=ANNEX, weekly=later), now=MONDAY
    )
    added = first_visit(service_id=UUID(int=11), professional_id=STRANGER, mode="video", minutes=20)
    services.add(practice, added, now=MONDAY)
    return practice


def first(practice: Unit, **wanted: object) -> list[OfferedSlot]:
    fields = {"clinic_id": CLINIC, "from_date": date(2027, 3, 7), "days": 7}
    command = FindClinicSlots.model_validate(fields | wanted)
    return slots.find_at_clinic(practice, command, now=MONDAY).slots


def shown(found: list[OfferedSlot]) -> list[tuple[str, UUID]]:
    return [(f"{each.starts_at:%H:%M}", each.professional_id) for each in found]


def test_the_first_times_of_all_its_professionals_come_in_order(clinic: Unit) -> None:
    assert shown(first(clinic)) == [
        ("09:00", PROFESSIONAL),
        ("09:30", PROFESSIONAL),
        ("10:00", STRANGER),
        ("10:00", PROFESSIONAL),
        ("10:20", STRANGER),
        ("10:40", STRANGER),
    ]
    assert {each.location_id for each in first(clinic)} == {WARD, ANNEX}
    assert shown(first(clinic, limit=1)) == [("09:00", PROFESSIONAL)]


def test_they_are_narrowed_down_by_place_and_sort_of_visit(clinic: Unit) -> None:
    assert len(first(clinic, location_id=WARD)) == len(first(clinic, location_id=ANNEX)) == 3
    assert {each.professional_id for each in first(clinic, mode="video")} == {STRANGER}
    assert first(clinic, kind="vaccination") == []
    assert first(clinic, location_id=LOCATION) == []


def test_what_is_taken_elsewhere_or_here_is_not_free(clinic: Unit) -> None:
    submit(clinic, starts_at=TUESDAY)
    assert shown(first(clinic, limit=1)) == [("09:30", PROFESSIONAL)]


def test_who_lets_herself_not_be_booked_or_has_left_is_absent(clinic: Unit) -> None:
    set_booking_settings(clinic, booking="off", clinic_id=CLINIC)
    assert {each.professional_id for each in first(clinic)} == {STRANGER}
    member(clinic, STRANGER, "professional", version=2, state="ended")
    assert first(clinic) == []


@pytest.mark.parametrize(
    "wanted",
    [
        {"clinic_id": UUID(int=51)},
        {"from_date": date(2027, 2, 1), "days": 3},
        {"from_date": date(9999, 12, 31)},
        {"from_date": date(1, 1, 1)},
    ],
    ids=str,
)
def test_where_and_when_there_is_nothing_nothing_is_found(clinic: Unit, wanted: dict[str, object]) -> None:
    assert first(clinic, **wanted) == []


def test_the_days_that_are_over_are_left_out_of_those_asked_for(clinic: Unit) -> None:
    assert len(first(clinic, from_date=date(2027, 2, 25), days=6)) == 6
    assert first(clinic, from_date=date(2027, 2, 25), days=5) == []


def test_the_next_free_time_is_the_first_at_any_of_her_places(clinic: Unit) -> None:
    def following() -> str:
        found = slots.find_next_free(clinic, FindNextFree(professional_ids=[PROFESSIONAL]), now=MONDAY)
        return f"{found.times[0].starts_at:%A %H:%M}"

    ward = mondays(location_id=WARD, version=1, weekly=[opening("monday", "12:00", "12:30")])
    schedules.publish_hours(clinic, ward, now=MONDAY)
    assert following() == "Monday 11:30"
    submit(clinic, starts_at=MONDAY + timedelta(minutes=150))
    assert following() == "Monday 12:00"
    assert submit(clinic, request_id=uuid4(), starts_at=MONDAY + timedelta(hours=3)).location_id == WARD
    assert following() == "Monday 09:00"


def test_times_at_her_places_are_found_together_or_one_by_one(clinic: Unit) -> None:
    assert len(free(clinic, days=2)) == 9
    assert len(free(clinic, days=2, location_id=WARD)) == 3
    with refuses("unknown_location"):
        free(clinic, location_id=ANNEX)


def test_nobody_is_at_two_places_at_once(clinic: Unit) -> None:
    ward = mondays(location_id=WARD, version=1, weekly=[opening()])
    schedules.publish_hours(clinic, ward, now=MONDAY)
    assert len(free(clinic)) == 12
    submit(clinic, location_id=WARD)
    assert at(0) not in free(clinic)
    with refuses("slot_taken"):
        submit(clinic, request_id=uuid4(), location_id=LOCATION)


def test_holidays_are_kept_in_what_is_free_next(clinic: Unit) -> None:
    """The 29th of March 2027 is Easter Monday."""
    for location_id in (LOCATION, WARD):
        own = location_id == LOCATION
        locations.change(
            clinic,
            ChangeLocation(
                location_id=location_id,
                by=PROFESSIONAL if own else RECEPTIONIST,
                role="professional" if own else "clinic",
                version=1,
                name="Studio",
                country="IT",
            ),
        )
    set_booking_settings(clinic, keeps_holidays=True)
    easter = MONDAY + timedelta(weeks=4, hours=-4)
    found = slots.find_next_free(clinic, FindNextFree(professional_ids=[PROFESSIONAL]), now=easter)
    assert f"{found.times[0].starts_at:%A %H:%M}" == "Tuesday 09:00"
    asked = FindClinicSlots(clinic_id=CLINIC, from_date=easter.date(), days=2)
    assert len(slots.find_at_clinic(clinic, asked, now=easter).slots) == 6
