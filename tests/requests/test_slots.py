"""Slots that can be requested. `test_dst` covers changes of the clocks."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.requests.domain import slots
from services.requests.domain.booking import Bookable, bookable
from services.requests.domain.hours import Timetable
from services.requests.domain.interval import Interval, days_from
from services.requests.domain.offers import Offer
from services.requests.domain.service import Service
from services.requests.domain.slots import COMING_DAYS, Hold, Slot
from shared.contracts.refusals import Refused
from tests.requests.builders import (
    LOCATION,
    MONDAY,
    booking_settings,
    location,
    offer,
    opening,
    service,
    timetable,
)

ROME = ZoneInfo("Europe/Rome")
ZONES = ["Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns", "UTC"]
TODAY = MONDAY.date()
ELSEWHERE = UUID(int=21)
ANY_TIME = Bookable(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
MINUTE = timedelta(minutes=1)


def starts(
    table: Timetable, wanted: Service | None = None, *, step: int = 30, first: date = TODAY, days: int = 1
) -> list[str]:
    found = slots.slots(table, wanted or service(), step=timedelta(minutes=step), first=first, days=days)
    return [f"{each.interval.start.astimezone(table.zone):%a %H:%M}" for each in found]


def free(
    wanted: Offer, *held: Hold, when: Bookable = ANY_TIME, first: date = TODAY, days: int = 1
) -> list[str]:
    found = slots.free(slots.of_offer(wanted, first=first, days=days), held, wanted, when)
    return [f"{each.interval.start.astimezone(ROME):%a %H:%M}" for each in found]


def held(wall: str, minutes: int = 30, *, day: date = TODAY) -> Hold:
    start = datetime.combine(day, time.fromisoformat(wall), ROME).astimezone(UTC)
    return Hold(Interval(start, start + timedelta(minutes=minutes)), start)


def morning(opens: str = "09:00", closes: str = "11:00") -> Timetable:
    weekly = (("monday", opening(opens, closes)),)
    return replace(timetable(), weekly=weekly)


def elsewhere(opens: str = "09:00", closes: str = "11:00") -> Timetable:
    return replace(morning(opens, closes), location=location(id=ELSEWHERE))


def ask(wanted: Offer, start: datetime, when: Bookable = ANY_TIME, at: UUID | None = None) -> Slot:
    return slots.slot_at(wanted, start, when, at=at, now=MONDAY)


def refusal(*asked: Any, **also: Any) -> tuple[str, str | None]:
    with pytest.raises(Refused) as refused:
        ask(*asked, **also)
    return refused.value.code, refused.value.field


def test_slots_fill_an_opening_and_stay_inside_it() -> None:
    assert starts(morning("09:00", "10:45"), days=7) == ["Mon 09:00", "Mon 09:30", "Mon 10:00"]


def test_slots_start_whole_steps_after_their_opening() -> None:
    table = morning("09:10", "11:00")
    assert starts(table, service(60), step=20) == ["Mon 09:10", "Mon 09:30", "Mon 09:50"]


def test_the_grid_of_one_opening_does_not_reach_into_the_next() -> None:
    weekly = (("monday", opening("09:00", "10:00")), ("monday", opening("11:00", "12:00")))
    assert starts(timetable(weekly=weekly), step=240) == ["Mon 09:00", "Mon 11:00"]


def test_the_grid_of_a_night_does_not_reach_into_the_next_day() -> None:
    weekly = (("monday", opening("22:00", "00:00")), ("tuesday", opening("00:00", "02:00")))
    assert starts(timetable(weekly=weekly), step=240, days=2) == ["Mon 22:00", "Tue 00:00"]


def test_slots_go_on_until_the_end_of_the_day() -> None:
    assert starts(morning("22:30", "00:00")) == ["Mon 22:30", "Mon 23:00", "Mon 23:30"]


def test_a_visit_longer_than_the_opening_has_no_slot() -> None:
    assert starts(morning("09:00", "10:00"), service(61)) == []


def test_wall_times_that_the_clocks_jump_over_are_skipped() -> None:
    night = timetable(opens=time(1), closes=time(5))
    assert starts(night, service(60), step=60, first=date(2027, 3, 28)) == [
        "Sun 01:00",
        "Sun 03:00",
        "Sun 04:00",
    ]


def test_nobody_starts_before_the_visit_from_before_the_jump_is_over() -> None:
    night = timetable(opens=time(1), closes=time(5))
    assert starts(night, service(45), step=45, first=date(2027, 3, 28)) == [
        "Sun 01:00",
        "Sun 01:45",
        "Sun 04:00",
    ]


def test_an_hour_that_comes_twice_is_offered_once() -> None:
    night = timetable(opens=time(1), closes=time(5))
    found = slots.slots(night, service(60), step=timedelta(hours=1), first=date(2027, 10, 31), days=1)
    assert [f"{each.interval.start.astimezone(ROME):%H:%M%z}" for each in found] == [
        "01:00+0200",
        "02:00+0200",
        "03:00+0100",
        "04:00+0100",
    ]


@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(date(2024, 1, 1), date(2037, 12, 1)),
    minutes=st.integers(5, 240),
)
def test_slots_are_in_order_apart_and_inside_the_local_day(zone: str, day: date, minutes: int) -> None:
    table = timetable(zone, opens=time(0), closes=time(23, 59))
    step = timedelta(minutes=minutes)
    found = [each.interval for each in slots.slots(table, service(minutes), step=step, first=day, days=3)]
    assert found
    assert found == sorted(found)
    for one, other in itertools.pairwise(found):
        assert one.end <= other.start
    for interval in found:
        assert interval.end - interval.start == step
        assert day <= interval.start.astimezone(ZoneInfo(zone)).date() < day + timedelta(days=3)


@pytest.mark.parametrize("grid", [None, 20])
@given(offset=st.integers(0, 60 * 24 * 14))
def test_what_is_shown_free_can_be_asked_for_and_nothing_else_can(grid: int | None, offset: int) -> None:
    wanted = offer(grid_minutes=grid, horizon_days=10)
    when = bookable(wanted.booking, wanted.service, now=MONDAY)
    start = MONDAY + timedelta(minutes=offset)
    shown = slots.free(slots.of_offer(wanted, first=TODAY, days=16), [], wanted, when)
    if any(slot.interval.start == start for slot in shown):
        assert ask(wanted, start, when).interval.start == start
    else:
        code, field = refusal(wanted, start, when)
        assert code in {"in_the_past", "too_soon", "too_far_ahead", "outside_hours", "not_a_slot"}
        assert field == "starts_at"


LEAD, REVIEW, HORIZON = timedelta(hours=2), timedelta(minutes=30), timedelta(days=180)


@pytest.mark.parametrize(
    ("start", "code"),
    [
        (MONDAY - timedelta(minutes=30), "in_the_past"),
        (MONDAY, "in_the_past"),
        (datetime(1, 1, 1, tzinfo=UTC), "in_the_past"),
        (MONDAY + timedelta(minutes=30), "too_soon"),
        (MONDAY + LEAD, "too_soon"),
        (MONDAY + HORIZON + MINUTE, "too_far_ahead"),
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), "too_far_ahead"),
        (MONDAY + timedelta(hours=10), "outside_hours"),
        (MONDAY + timedelta(hours=8), "outside_hours"),
        (MONDAY + timedelta(hours=5, minutes=7), "not_a_slot"),
        (MONDAY + timedelta(hours=5, microseconds=1), "not_a_slot"),
        (MONDAY + timedelta(hours=7, minutes=45), "not_a_slot"),
    ],
)
def test_a_time_that_cannot_be_asked_for_is_refused_with_its_reason(start: datetime, code: str) -> None:
    wanted = offer()
    when = bookable(wanted.booking, wanted.service, now=MONDAY)
    assert refusal(wanted, start, when) == (code, "starts_at")


def test_the_first_and_the_last_moment_can_be_asked_for() -> None:
    wanted = offer()
    when = bookable(wanted.booking, wanted.service, now=MONDAY)
    for start in (MONDAY + LEAD + REVIEW, MONDAY + HORIZON - timedelta(hours=1)):  # the clocks are ahead then
        assert ask(wanted, start, when).interval == Interval(start, start + timedelta(minutes=30))


def test_a_slot_is_asked_for_in_any_time_zone() -> None:
    tokyo = datetime(2027, 3, 1, 18, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert ask(offer(), tokyo).interval.start == tokyo


def test_only_slots_that_are_soon_and_late_enough_are_free() -> None:
    wanted = offer(morning(), lead_minutes=0, booking="instant", horizon_days=7)
    late = MONDAY + 45 * MINUTE
    when = bookable(wanted.booking, wanted.service, now=late)
    assert free(wanted, when=when, days=15) == ["Mon 10:00", "Mon 10:30", "Mon 09:00", "Mon 09:30"]


def test_the_practice_books_up_to_the_last_moment() -> None:
    wanted = offer(morning(), horizon_days=1)
    when = bookable(wanted.booking, wanted.service, by="professional", now=MONDAY + MINUTE)
    assert free(wanted, when=when, days=15) == ["Mon 09:30", "Mon 10:00", "Mon 10:30"]


def test_busy_times_are_not_free() -> None:
    assert free(offer(morning()), held("09:15")) == ["Mon 10:00", "Mon 10:30"]


def test_a_visit_may_begin_when_another_ends() -> None:
    assert free(offer(morning()), held("10:30"), held("09:30", 60), held("08:00", 60)) == ["Mon 09:00"]


def test_times_that_hold_each_other_hide_nothing_else() -> None:
    """A visit and the time proposed in its place may overlap."""
    assert free(offer(morning("09:00", "12:00")), held("09:30", 90), held("10:00")) == [
        "Mon 09:00",
        "Mon 11:00",
        "Mon 11:30",
    ]


def test_buffers_keep_their_distance_from_other_visits() -> None:
    wanted = offer(morning("09:00", "12:00"), offered=service(buffer_before=15, buffer_after=20))
    assert free(wanted, held("10:30", 15)) == ["Mon 09:00", "Mon 09:30", "Mon 11:00", "Mon 11:30"]


def test_buffers_may_lie_outside_the_hours() -> None:
    wanted = offer(morning("09:00", "09:30"), offered=service(buffer_before=60, buffer_after=60))
    assert free(wanted) == ["Mon 09:00"]
    slot = ask(replace(wanted, tables=[morning()]), MONDAY + timedelta(minutes=30))
    assert wanted.service.held(slot.interval) == Interval(MONDAY - 30 * MINUTE, MONDAY + 120 * MINUTE)


def test_a_day_is_full_when_its_maximum_is_reached() -> None:
    wanted = offer(daily_maximum=2)
    taken = [held("09:00"), held("16:30"), held("10:00", day=TODAY + timedelta(days=1))]
    assert {each[:3] for each in free(wanted, *taken, days=3)} == {"Tue", "Wed"}


def test_a_visit_counts_on_the_local_date_of_its_start_whatever_its_buffers() -> None:
    wanted = offer(timetable(opens=time(0), closes=time(0)), daily_maximum=1)
    start = datetime(2027, 3, 2, 0, 0, tzinfo=ROME).astimezone(UTC)
    late = Hold(Interval(start - timedelta(hours=1), start + timedelta(hours=1)), start)
    assert {each[:3] for each in free(wanted, late, days=3)} == {"Mon", "Wed"}


def test_each_location_has_its_own_dates() -> None:
    start = datetime(2027, 3, 1, 23, 30, tzinfo=UTC)  # Tuesday in Rome, Monday in London
    counted = slots.full_days(
        [Hold(Interval(start, start + 30 * MINUTE), start)], booking_settings(daily_maximum=1)
    )
    visit = Interval(MONDAY, MONDAY + 30 * MINUTE)
    assert not counted(Slot(visit, LOCATION, "Europe/Rome"))
    assert counted(Slot(visit, LOCATION, "Europe/London"))


def test_slots_of_several_locations_come_in_the_order_of_time() -> None:
    wanted = offer(morning(), elsewhere("09:15", "10:15"))
    found = list(slots.of_offer(wanted, first=TODAY, days=1))
    assert found == sorted(found)
    assert [each.location_id for each in found] == [
        LOCATION, ELSEWHERE, LOCATION, ELSEWHERE, LOCATION, LOCATION,
    ]  # fmt: skip


def test_being_busy_at_one_location_is_being_busy_at_all() -> None:
    assert free(offer(morning(), elsewhere()), held("09:00", 90)) == ["Mon 10:30", "Mon 10:30"]


def test_a_service_is_offered_at_its_own_location_alone() -> None:
    wanted = offer(morning(), elsewhere("14:00", "15:00"), offered=service(location_id=ELSEWHERE))
    assert free(wanted) == ["Mon 14:00", "Mon 14:30"]
    assert refusal(wanted, MONDAY + 30 * MINUTE) == ("not_a_slot", "starts_at")


def test_the_location_is_the_one_that_is_meant() -> None:
    wanted, half_past = offer(morning(), elsewhere()), MONDAY + 30 * MINUTE
    assert refusal(wanted, half_past) == ("missing_field", "location_id")
    assert ask(wanted, half_past, at=LOCATION).location_id == LOCATION
    assert ask(wanted, half_past, at=ELSEWHERE).location_id == ELSEWHERE
    assert refusal(wanted, half_past, at=UUID(int=22)) == ("unknown_location", "location_id")
    only_here = offer(morning(), elsewhere("14:00", "15:00"))
    assert refusal(only_here, half_past, at=ELSEWHERE) == ("outside_hours", "starts_at")


def first_free(
    table: Timetable, *services: Service, taken: list[Hold], when: Bookable
) -> tuple[Any, ...] | None:
    offers = [offer(table, offered=each) for each in services]
    days = {"first": TODAY, "days": COMING_DAYS}
    found = ((each, slots.free(slots.of_offer(each, **days), taken, each, when)) for each in offers)
    first = next(slots.first_free(found), None)
    return first and (first[1].service, first[0].interval)


AS_USUAL = bookable(booking_settings(), service(), now=MONDAY)


def test_the_next_free_slot_is_the_earliest_then_the_shortest() -> None:
    long, short, other = service(60, 11), service(20, 13), service(20, 12)
    start = datetime(2027, 3, 1, 10, 40, tzinfo=UTC)  # 11:40 in Rome, the first on their grid
    assert first_free(timetable(), long, short, other, taken=[], when=AS_USUAL) == (
        other,
        Interval(start, start + 20 * MINUTE),
    )
    noon = datetime(2027, 3, 1, 12, tzinfo=UTC)
    assert first_free(timetable(), long, short, taken=[held("11:00", 110)], when=AS_USUAL) == (
        short,
        Interval(noon, noon + 20 * MINUTE),
    )


def test_a_longer_service_is_found_where_it_starts_earlier() -> None:
    long, short = service(45, 11), service(60, 12)
    ends_at_ten = timetable(closes=time(9, 50))
    tomorrow = MONDAY + timedelta(days=1)
    assert first_free(ends_at_ten, short, long, taken=[], when=AS_USUAL) == (
        long,
        Interval(tomorrow, tomorrow + 45 * MINUTE),
    )


def test_nothing_is_free_where_all_coming_days_are_busy() -> None:
    coming = days_from(TODAY, COMING_DAYS, "Europe/Rome")
    assert coming.end - coming.start == timedelta(days=35) - timedelta(hours=1)  # the clocks go forward
    full = [Hold(coming, coming.start)]
    assert first_free(timetable(), service(), taken=full, when=AS_USUAL) is None
    all_but_the_last = [Hold(Interval(coming.start, coming.end - timedelta(hours=8)), coming.start)]
    found = first_free(timetable(), service(), taken=all_but_the_last, when=AS_USUAL)
    assert found
    assert f"{found[1].start.astimezone(ROME)}" == "2027-04-04 16:00:00+02:00"
