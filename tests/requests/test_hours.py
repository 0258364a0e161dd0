"""Weekly hours of a professional at a location, and overrides of them."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.requests.domain import hours
from services.requests.domain.hours import Hours, Override, Timetable
from services.requests.domain.interval import Interval
from shared.contracts.refusals import Refused
from shared.contracts.requests.hours import AddOverride, OpeningHours, PublishHours
from tests.requests.builders import LOCATION, MONDAY, PROFESSIONAL, location, opening, timetable

NEVER = Hours(professional_id=PROFESSIONAL, location_id=LOCATION, version=0, weekly=())
TODAY = MONDAY.date()
ELSEWHERE = UUID(int=21)
Given = tuple[str, str]


def publish(*weekly: tuple[str, str, str], before: Hours = NEVER, version: int | None = None) -> Hours:
    command = PublishHours(
        professional_id=PROFESSIONAL,
        location_id=LOCATION,
        by=PROFESSIONAL,
        role="professional",
        version=before.version if version is None else version,
        weekly=[
            OpeningHours.model_validate({"weekday": day, "opens": opens, "closes": closes})
            for day, opens, closes in weekly
        ],
    )
    return hours.publish(before, command)


def command(kind: str, *given: Given, **changes: Any) -> AddOverride:
    fields = {
        "exception_id": UUID(int=30),
        "professional_id": PROFESSIONAL,
        "by": PROFESSIONAL,
        "role": "professional",
        "kind": kind,
        "first_day": TODAY,
        "last_day": TODAY,
        "hours": [{"opens": opens, "closes": closes} for opens, closes in given],
    }
    return AddOverride.model_validate(fields | changes)


def exception(kind: str, *given: Given, **changes: Any) -> Override:
    return hours.add_override(command(kind, *given, **changes), today=TODAY)


def open_on(day: date, *exceptions: Override, **changes: Any) -> list[Given]:
    """Usually it is nine to five."""
    table = timetable(exceptions=exceptions, **changes)
    return [(f"{each.opens:%H:%M}", f"{each.closes:%H:%M}") for each in table.openings_on(day)]


def test_hours_are_kept_in_the_order_of_the_week() -> None:
    published = publish(
        ("tuesday", "09:00", "12:00"), ("monday", "12:00", "13:00"), ("monday", "09:00", "12:00")
    )
    assert published.version == 1
    assert published.weekly == (
        ("monday", opening("09:00", "12:00")),
        ("monday", opening("12:00", "13:00")),
        ("tuesday", opening("09:00", "12:00")),
    )


@pytest.mark.parametrize(
    ("weekly", "code"),
    [
        ([("09:00", "09:00")], "invalid_hours"),
        ([("12:00", "09:00")], "invalid_hours"),
        ([("09:00", "12:00"), ("11:59", "13:00")], "overlapping_hours"),
        ([("20:00", "00:00"), ("22:00", "23:00")], "overlapping_hours"),
        ([("00:00", "00:00"), ("00:00", "01:00")], "overlapping_hours"),
    ],
)
def test_hours_must_be_possible(weekly: list[Given], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        publish(*(("monday", *each) for each in weekly))
    assert (refusal.value.code, refusal.value.field) == (code, "weekly")


def test_hours_of_different_days_do_not_overlap() -> None:
    assert len(publish(("monday", "09:00", "12:00"), ("tuesday", "11:00", "13:00")).weekly) == 2


def test_publishing_the_same_again_changes_nothing() -> None:
    first = publish(("monday", "09:00", "12:00"))
    assert publish(("monday", "09:00", "12:00"), before=first, version=0) == first


@pytest.mark.parametrize("version", [0, 2])
def test_hours_that_were_changed_since_are_not_overwritten(version: int) -> None:
    first = publish(("monday", "09:00", "12:00"))
    with pytest.raises(Refused) as refusal:
        publish(("monday", "09:00", "13:00"), before=first, version=version)
    assert (refusal.value.code, refusal.value.facts) == ("stale_version", {"version": 1})


def test_the_usual_hours_are_those_of_the_weekday() -> None:
    weekly = publish(("monday", "09:00", "12:00"), ("monday", "14:00", "18:00")).weekly
    assert open_on(TODAY, weekly=weekly) == [("09:00", "12:00"), ("14:00", "18:00")]
    assert open_on(TODAY + timedelta(days=1), weekly=weekly) == []


def test_an_exception_holds_on_its_days_alone() -> None:
    away = exception("closed", last_day=TODAY + timedelta(days=1))
    days = [TODAY + timedelta(days=n) for n in (-1, 0, 1, 2)]
    assert [bool(open_on(day, away)) for day in days] == [True, False, False, True]


CLOSED = ("closed",)
SHORT = ("changed", ("10:00", "11:00"))
EVENING = ("extra", ("19:00", "20:00"))


@pytest.mark.parametrize(
    ("said", "holiday", "wanted"),
    [
        ([], False, [("09:00", "17:00")]),
        ([], True, []),
        ([CLOSED], False, []),
        ([CLOSED], True, []),
        ([SHORT], False, [("10:00", "11:00")]),
        ([SHORT], True, [("10:00", "11:00")]),
        ([CLOSED, SHORT], False, [("10:00", "11:00")]),
        ([SHORT, CLOSED], True, [("10:00", "11:00")]),
        ([EVENING], False, [("09:00", "17:00"), ("19:00", "20:00")]),
        ([EVENING], True, [("19:00", "20:00")]),
        ([CLOSED, EVENING], False, [("19:00", "20:00")]),
        ([EVENING, CLOSED, SHORT], True, [("10:00", "11:00"), ("19:00", "20:00")]),
    ],
)
def test_changed_hours_come_before_closed_days_and_those_before_the_usual_and_extra_on_top(
    said: list[Any], holiday: bool, wanted: list[Given]
) -> None:
    holidays = frozenset({TODAY}) if holiday else frozenset()
    assert open_on(TODAY, *(exception(*each) for each in said), holidays=holidays) == wanted


def test_a_holiday_closes_no_other_day() -> None:
    assert open_on(TODAY, holidays=frozenset({TODAY + timedelta(days=1)})) == [("09:00", "17:00")]


@pytest.mark.parametrize(
    ("extra", "wanted"),
    [
        ([("17:00", "19:00")], [("09:00", "19:00")]),
        ([("08:00", "09:00")], [("08:00", "17:00")]),
        ([("10:00", "11:00")], [("09:00", "17:00")]),
        ([("16:00", "00:00")], [("09:00", "00:00")]),
        ([("00:00", "00:00")], [("00:00", "00:00")]),
        ([("08:00", "10:00"), ("16:00", "18:00")], [("08:00", "18:00")]),
        ([("17:01", "18:00")], [("09:00", "17:00"), ("17:01", "18:00")]),
    ],
)
def test_openings_that_meet_are_one(extra: list[Given], wanted: list[Given]) -> None:
    assert open_on(TODAY, exception("extra", *extra)) == wanted


def test_nothing_is_added_to_hours_that_last_until_midnight() -> None:
    late = exception("extra", ("22:00", "23:00"))
    assert open_on(TODAY, late, opens=time(20), closes=time(0)) == [("20:00", "00:00")]


def test_midnight_closes_at_the_end_of_the_day() -> None:
    interval = opening("22:00", "00:00").interval(date(2027, 3, 1), ZoneInfo("Europe/Rome"))
    assert interval.start.isoformat() == "2027-03-01T21:00:00+00:00"
    assert interval.end - interval.start == timedelta(hours=2)


def test_a_whole_day_is_as_long_as_its_day() -> None:
    whole, rome = opening("00:00", "00:00"), ZoneInfo("Europe/Rome")
    lengths = {
        day: (interval.end - interval.start) // timedelta(hours=1)
        for day in (date(2027, 3, 27), date(2027, 3, 28), date(2027, 10, 31))
        for interval in [whole.interval(day, rome)]
    }
    assert list(lengths.values()) == [24, 23, 25]


@pytest.mark.parametrize(
    ("opens", "closes", "first", "last"),
    [
        ("02:30", "05:00", "03:00", "05:00"),
        ("01:00", "02:30", "01:00", "03:00"),
        ("02:10", "02:50", "03:00", "03:00"),
    ],
)
def test_hours_that_begin_or_end_while_the_clocks_jump_do_so_as_they_jump(
    opens: str, closes: str, first: str, last: str
) -> None:
    rome = ZoneInfo("Europe/Rome")
    interval = opening(opens, closes).interval(date(2027, 3, 28), rome)
    assert [f"{each.astimezone(rome):%H:%M}" for each in (interval.start, interval.end)] == [first, last]


@pytest.mark.parametrize(
    ("kind", "given", "changes", "code", "field"),
    [
        ("closed", [("09:00", "10:00")], {}, "invalid_hours", "hours"),
        ("extra", [], {}, "invalid_hours", "hours"),
        ("changed", [], {}, "invalid_hours", "hours"),
        ("extra", [("10:00", "09:00")], {}, "invalid_hours", "hours"),
        ("extra", [("09:00", "11:00"), ("10:00", "12:00")], {}, "overlapping_hours", "hours"),
        ("closed", [], {"last_day": TODAY - timedelta(days=1)}, "invalid_days", "last_day"),
        ("closed", [], {"last_day": TODAY + timedelta(days=367)}, "invalid_days", "last_day"),
        (
            "closed",
            [],
            {"first_day": TODAY - timedelta(days=2), "last_day": TODAY - timedelta(days=1)},
            "in_the_past",
            "last_day",
        ),
    ],
)
def test_an_exception_must_be_possible(
    kind: str, given: list[Given], changes: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        exception(kind, *given, **changes)
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_an_exception_may_have_begun_and_last_a_year() -> None:
    first = TODAY - timedelta(days=366)
    assert exception("closed", first_day=first).first_day == first


def test_hours_of_an_exception_are_kept_in_order() -> None:
    made = exception("extra", ("18:00", "19:00"), ("07:00", "08:00"))
    assert made.hours == (opening("07:00", "08:00"), opening("18:00", "19:00"))


def visit(start: datetime = MONDAY, minutes: int = 30) -> Interval:
    return Interval(start, start + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("start", "minutes", "wanted"),
    [
        (MONDAY, 480, True),
        (MONDAY, 481, False),
        (MONDAY - timedelta(minutes=1), 30, False),
        (MONDAY + timedelta(hours=7, minutes=30), 30, True),
        (MONDAY + timedelta(hours=7, minutes=31), 30, False),
    ],
)
def test_a_visit_fits_that_lies_in_one_opening(start: datetime, minutes: int, wanted: bool) -> None:
    assert hours.fits([timetable()], LOCATION, visit(start, minutes)) == wanted


def test_a_visit_over_a_break_fits_no_opening() -> None:
    weekly = publish(("monday", "09:00", "10:00"), ("monday", "10:15", "11:00")).weekly
    assert not hours.fits([timetable(weekly=weekly)], LOCATION, visit(MONDAY + timedelta(minutes=45)))


def test_a_visit_fits_at_its_own_location_alone() -> None:
    there = replace(timetable(), location=location(id=ELSEWHERE))
    assert not hours.fits([there], LOCATION, visit())
    assert hours.fits([there, timetable()], LOCATION, visit())


def test_a_visit_on_a_day_that_was_closed_since_does_not_fit() -> None:
    assert not hours.fits([timetable(exceptions=(exception("closed"),))], LOCATION, visit())


def test_nothing_fits_where_there_are_no_hours() -> None:
    nothing = Timetable(professional_id=PROFESSIONAL, location=location(), weekly=())
    assert not hours.fits([nothing], LOCATION, visit())
    assert not hours.fits([], LOCATION, visit())


def test_the_first_visit_after_the_clocks_jumped_over_the_opening_fits() -> None:
    table = timetable(opens=time(2, 30), closes=time(5))
    three = datetime(2027, 3, 28, 3, 0, tzinfo=ZoneInfo("Europe/Rome"))
    assert hours.fits([table], LOCATION, visit(three))
