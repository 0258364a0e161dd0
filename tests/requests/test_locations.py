"""Locations of practices, on a real database."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from services.requests.handlers import locations, schedules
from shared.contracts.requests.places import ChangeLocation, ListLocations, LocationView
from shared.db import Unit
from tests.requests.builders import CLINIC, LOCATION, MONDAY, PATIENT, PROFESSIONAL, RECEPTIONIST, STRANGER
from tests.requests.steps import all_done, member, mondays, opening, place, refuses

THERE = UUID(int=60)
AT_CLINIC = {"location_id": THERE, "clinic_id": CLINIC, "by": RECEPTIONIST, "role": "clinic", "name": "Ward"}


@pytest.fixture
def clinic(practice: Unit) -> Unit:
    """The professional works at a clinic, which has a receptionist."""
    member(practice, RECEPTIONIST, "staff")
    member(practice, PROFESSIONAL, "professional")
    return practice


def change(practice: Unit, **changes: object) -> LocationView:
    fields = {
        "location_id": LOCATION,
        "by": PROFESSIONAL,
        "role": "professional",
        "version": 1,
        "name": "New",
    }
    return locations.change(practice, ChangeLocation.model_validate(fields | changes))


def names(practice: Unit, **of: UUID) -> list[str]:
    return [each.name for each in locations.list_locations(practice, ListLocations(**of)).locations]


def test_a_location_belongs_to_whoever_works_alone_or_to_the_clinic(clinic: Unit) -> None:
    own = locations.add(clinic, place())
    theirs = locations.add(clinic, place(**AT_CLINIC))
    assert (own.practice_id, theirs.practice_id, theirs.version) == (PROFESSIONAL, CLINIC, 1)
    assert names(clinic, professional_id=PROFESSIONAL) == ["Studio"]
    assert names(clinic, clinic_id=CLINIC) == ["Ward"]
    assert names(clinic) == []


def test_the_locations_of_a_professional_are_her_own_and_those_where_she_has_hours(clinic: Unit) -> None:
    locations.add(clinic, place(**AT_CLINIC))
    schedules.publish_hours(clinic, mondays(location_id=THERE, weekly=[opening("friday")]), now=MONDAY)
    assert names(clinic, professional_id=PROFESSIONAL) == ["Studio", "Ward"]


def test_adding_it_again_changes_nothing_though_it_was_changed_since(practice: Unit) -> None:
    changed = change(practice, name="Surgery")
    assert locations.add(practice, place()) == changed


def test_a_location_added_many_times_at_once_is_one(practice: Unit) -> None:
    with ThreadPoolExecutor(8) as pool:
        views = list(pool.map(lambda _: locations.add(practice, place(location_id=THERE)), range(8)))
    assert len({view.model_dump_json() for view in views}) == 1


@pytest.mark.parametrize("changes", [{"name": "Other"}, {"time_zone": "Europe/Paris"}, {"country": "IT"}])
def test_another_location_under_the_same_id_is_refused(practice: Unit, changes: dict[str, str]) -> None:
    with refuses("idempotency_key_reused"):
        locations.add(practice, place(**changes))


def test_the_id_of_somebody_elses_location_is_refused(practice: Unit) -> None:
    with refuses("idempotency_key_reused"):
        locations.add(practice, place(by=STRANGER))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"time_zone": "Mars/Olympus"}, "unknown_time_zone"),
        ({"country": "XX"}, "unknown_region"),
        ({"country": "IT", "subdivision": "NY"}, "unknown_region"),
        ({"subdivision": "BZ"}, "unknown_region"),
        ({"role": "clinic"}, "missing_field"),
        ({"role": "patient", "by": PATIENT}, "not_yours"),
        ({"clinic_id": CLINIC}, "not_yours"),
        ({"clinic_id": CLINIC, "role": "clinic"}, "not_yours"),
        ({"clinic_id": UUID(int=51), "by": RECEPTIONIST, "role": "clinic"}, "not_yours"),
    ],
)
def test_what_cannot_be_added_is_refused(clinic: Unit, changes: dict[str, object], code: str) -> None:
    with refuses(code):
        locations.add(clinic, place(**({"location_id": uuid4()} | changes)))
    assert names(clinic, professional_id=PROFESSIONAL) == ["Studio"]


@pytest.mark.parametrize(("country", "subdivision"), [("IT", None), ("IT", "BZ"), ("US", "NY")])
def test_a_location_may_say_whose_holidays_are_kept_there(
    practice: Unit, country: str, subdivision: str | None
) -> None:
    view = change(practice, country=country, subdivision=subdivision)
    assert (view.country, view.subdivision) == (country, subdivision)


def test_a_change_keeps_the_time_zone_and_the_practice(practice: Unit) -> None:
    after = change(practice, postal_address="Via Roma 1")
    assert (after.version, after.name, after.address) == (2, "New", "Via Roma 1")
    assert (after.time_zone, after.practice_id) == ("Europe/Rome", PROFESSIONAL)
    assert change(practice, postal_address="Via Roma 1") == after


def test_of_two_changes_of_one_version_one_wins(practice: Unit) -> None:
    codes = all_done([lambda name=name: change(practice, name=name) for name in ("One", "Two")])
    assert sorted(map(str, codes)) == ["None", "stale_version"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"version": 7}, "stale_version"),
        ({"country": "XX"}, "unknown_region"),
        ({"location_id": STRANGER}, "unknown_location"),
        ({"by": STRANGER}, "not_yours"),
        ({"by": RECEPTIONIST, "role": "clinic"}, "not_yours"),
        ({"role": "patient"}, "not_yours"),
        ({"location_id": THERE}, "not_yours"),
    ],
)
def test_nobody_else_changes_a_location(clinic: Unit, changes: dict[str, object], code: str) -> None:
    locations.add(clinic, place(**AT_CLINIC))
    with refuses(code):
        change(clinic, **changes)


def test_the_front_desk_changes_a_location_of_its_clinic(clinic: Unit) -> None:
    locations.add(clinic, place(**AT_CLINIC))
    assert change(clinic, location_id=THERE, by=RECEPTIONIST, role="clinic").name == "New"


def test_a_practice_has_at_most_fifty_locations(practice: Unit) -> None:
    for _ in range(49):
        locations.add(practice, place(location_id=uuid4()))
    with refuses("too_many"):
        locations.add(practice, place(location_id=uuid4()))
    assert locations.add(practice, place()).version == 1
