"""Hours and the exceptions to them, on a real database."""

from datetime import date, time, timedelta
from uuid import UUID, uuid4

import pytest

from services.requests.handlers import locations, schedules
from shared.contracts.requests.hours import (
    AddOverride,
    DayHours,
    GetHours,
    HoursView,
    ListOverrides,
    OverrideView,
    RemoveOverride,
)
from shared.contracts.requests.places import ChangeLocation
from shared.db import Unit
from tests.requests.builders import CLINIC, LOCATION, MONDAY, PROFESSIONAL, RECEPTIONIST, STRANGER
from tests.requests.steps import (
    NEXT_MONDAY,
    all_done,
    at,
    confirmed,
    free,
    member,
    mondays,
    opening,
    place,
    refuses,
    set_booking_settings,
    submit,
)

THERE = UUID(int=60)
THAT_DAY = date(2027, 3, 8)


def publish(practice: Unit, **changes: object) -> HoursView:
    return schedules.publish_hours(practice, mondays(**({"version": 1} | changes)), now=MONDAY)


def test_hours_are_published_on_the_version_that_was_seen(practice: Unit) -> None:
    after = publish(practice, weekly=[opening("friday")])
    assert (after.version, after.time_zone) == (2, "Europe/Rome")
    assert publish(practice, weekly=[opening("friday")]) == after
    with refuses("stale_version") as refusal:
        publish(practice, weekly=[opening("tuesday")])
    assert refusal.value.facts == {"version": 2}
    shown = schedules.get_hours(practice, GetHours(professional_id=PROFESSIONAL), now=MONDAY).hours
    assert [(each.version, each.weekly) for each in shown] == [(2, [opening("friday")])]


@pytest.mark.parametrize("first", [True, False])
def test_of_two_edits_at_once_one_wins_and_the_other_is_stale(practice: Unit, first: bool) -> None:
    own = UUID(int=61)
    locations.add(practice, place(location_id=own))
    target = {"location_id": own, "version": 0} if first else {}
    edits = [
        lambda day=day: publish(practice, weekly=[opening(day)], **target) for day in ("tuesday", "friday")
    ]
    assert sorted(map(str, all_done(edits))) == ["None", "stale_version"]


def test_one_edit_that_is_sent_twice_at_once_is_no_race(practice: Unit) -> None:
    assert all_done([lambda: publish(practice, weekly=[opening("friday")])] * 8) == [None] * 8


def test_hours_at_a_clinics_location_are_of_its_professionals_only(practice: Unit) -> None:
    member(practice, RECEPTIONIST, "staff")
    member(practice, PROFESSIONAL, "professional")
    locations.add(practice, place(location_id=THERE, clinic_id=CLINIC, by=RECEPTIONIST, role="clinic"))
    there = {"location_id": THERE, "version": 0, "weekly": [opening("friday")]}
    for by, role in ((PROFESSIONAL, "professional"), (RECEPTIONIST, "clinic")):
        assert publish(practice, **there, by=by, role=role).version == 1
    with refuses("unknown_location"):
        publish(practice, **there, professional_id=STRANGER)
    with refuses("unknown_location"):
        publish(practice, version=0, professional_id=STRANGER)
    with refuses("unknown_location"):
        publish(practice, version=0, location_id=uuid4())


@pytest.mark.parametrize(
    ("weekly", "code"),
    [
        ([opening(opens="12:00", closes="09:00")], "invalid_hours"),
        ([opening(), opening(opens="11:00", closes="13:00")], "overlapping_hours"),
    ],
)
def test_hours_that_make_no_sense_are_refused(practice: Unit, weekly: list[object], code: str) -> None:
    with refuses(code):
        publish(practice, weekly=weekly)


def test_editing_lists_what_stands_outside_and_leaves_it(practice: Unit) -> None:
    early, late = submit(practice), confirmed(practice, starts_at=at(120))
    after = publish(practice, weekly=[opening(closes="10:00")])
    [outside] = after.outside
    assert (outside.request_id, outside.status, outside.version) == (late.request_id, "confirmed", 2)
    assert (outside.location_id, f"{outside.starts_at}") == (LOCATION, "2027-03-08 11:00:00+01:00")
    gone = publish(practice, version=2, weekly=[])
    assert [each.request_id for each in gone.outside] == [early.request_id, late.request_id]
    assert publish(practice, version=3).outside == []


def exception(practice: Unit, **changes: object) -> OverrideView:
    fields = {
        "exception_id": UUID(int=80),
        "professional_id": PROFESSIONAL,
        "by": PROFESSIONAL,
        "role": "professional",
        "kind": "closed",
        "first_day": THAT_DAY,
        "last_day": THAT_DAY,
    }
    return schedules.add_override(practice, AddOverride.model_validate(fields | changes), now=MONDAY)


def wall(opens: int, closes: int) -> list[DayHours]:
    return [DayHours(opens=time(opens), closes=time(closes))]


def test_a_closed_day_frees_nothing_and_lists_who_stands_outside_until_it_is_removed(practice: Unit) -> None:
    view = submit(practice)
    closed = exception(practice)
    assert [each.request_id for each in closed.outside] == [view.request_id]
    assert exception(practice) == closed
    assert free(practice) == []
    whose = {"professional_id": PROFESSIONAL, "by": PROFESSIONAL, "role": "professional"}
    asked = ListOverrides.model_validate(whose)
    listed = schedules.list_overrides(practice, asked, now=MONDAY).exceptions
    assert [(each.exception_id, each.kind) for each in listed] == [(UUID(int=80), "closed")]
    assert schedules.list_overrides(practice, asked, now=MONDAY + timedelta(days=9)).exceptions == []
    remove = RemoveOverride.model_validate(whose | {"exception_id": UUID(int=80)})
    for _ in range(2):
        left = schedules.remove_override(practice, remove, now=MONDAY)
        assert (left.exceptions, left.outside) == ([], [])
    assert len(free(practice)) == 5


def test_an_exception_changes_the_hours_of_its_days_or_adds_to_them(practice: Unit) -> None:
    exception(practice, kind="extra", hours=wall(14, 15))
    assert [each.hour for each in free(practice)][-2:] == [14, 14]
    exception(practice, exception_id=uuid4(), kind="changed", hours=wall(10, 11))
    assert [each.hour for each in free(practice)] == [10, 10, 14, 14]
    assert len(free(practice, from_date=THAT_DAY + timedelta(days=7))) == 6


def test_an_exception_at_one_location_leaves_the_others(practice: Unit) -> None:
    own = UUID(int=61)
    locations.add(practice, place(location_id=own))
    publish(practice, location_id=own, version=0, weekly=[opening(opens="14:00", closes="15:00")])
    exception(practice, location_id=own)
    assert len(free(practice)) == 6
    exception(practice, exception_id=uuid4())
    assert free(practice) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"by": STRANGER}, "not_yours"),
        ({"role": "patient"}, "not_yours"),
        ({"location_id": STRANGER}, "unknown_location"),
        ({"hours": wall(9, 10)}, "invalid_hours"),
        ({"kind": "extra"}, "invalid_hours"),
        ({"kind": "extra", "hours": wall(9, 11) + wall(10, 12)}, "overlapping_hours"),
        ({"last_day": date(2027, 3, 7)}, "invalid_days"),
        ({"first_day": date(2027, 2, 1), "last_day": date(2027, 2, 1)}, "in_the_past"),
    ],
)
def test_an_exception_that_cannot_be_is_refused(
    practice: Unit, changes: dict[str, object], code: str
) -> None:
    with refuses(code):
        exception(practice, **changes)
    assert len(free(practice)) == 6


def test_an_exception_under_a_used_id_is_refused_and_nobody_removes_that_of_another(practice: Unit) -> None:
    exception(practice)
    with refuses("idempotency_key_reused"):
        exception(practice, last_day=date(2027, 3, 9))
    with refuses("idempotency_key_reused"):
        exception(practice, professional_id=STRANGER, by=STRANGER)
    others = RemoveOverride(
        exception_id=UUID(int=80), professional_id=STRANGER, by=STRANGER, role="professional"
    )
    schedules.remove_override(practice, others, now=MONDAY)
    assert free(practice) == []


def test_two_hundred_exceptions_to_come_are_enough(practice: Unit) -> None:
    for _ in range(200):
        exception(practice, exception_id=uuid4())
    with refuses("too_many"):
        exception(practice)


def test_who_keeps_holidays_is_closed_on_those_of_each_place_and_learns_who_stands_outside(
    practice: Unit,
) -> None:
    """Easter Monday of 2027 is the 29th of March; in Rome it is a holiday, in New York it is none."""
    easter = NEXT_MONDAY + timedelta(weeks=3, hours=-1)
    view = confirmed(practice, starts_at=easter)
    region = {"by": PROFESSIONAL, "role": "professional", "name": "Studio"}
    at_home = ChangeLocation.model_validate(region | {"location_id": LOCATION, "version": 1, "country": "IT"})
    locations.change(practice, at_home)
    assert set_booking_settings(practice).outside == []
    kept = set_booking_settings(practice, version=1, keeps_holidays=True)
    assert [each.request_id for each in kept.outside] == [view.request_id]
    assert free(practice, from_date=easter.date()) == []
    abroad = ChangeLocation.model_validate(
        region | {"location_id": LOCATION, "version": 2, "country": "US", "subdivision": "NY"}
    )
    locations.change(practice, abroad)
    assert len(free(practice, from_date=easter.date())) == 5


def test_a_changed_day_on_a_holiday_is_kept_as_it_is_said(practice: Unit) -> None:
    easter = date(2027, 3, 29)
    locations.change(
        practice,
        ChangeLocation(
            location_id=LOCATION, by=PROFESSIONAL, role="professional", version=1, name="Studio", country="IT"
        ),
    )
    set_booking_settings(practice, keeps_holidays=True)
    exception(practice, kind="changed", first_day=easter, last_day=easter, hours=wall(9, 10))
    assert len(free(practice, from_date=easter)) == 2
