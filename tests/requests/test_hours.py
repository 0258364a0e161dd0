"""When a professional can be seen, in any time zone."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.requests.domain import hours
from services.requests.domain.hours import Span
from shared.contracts.requests import OpeningHours, PublishHours
from shared.errors import Refused
from tests.requests import builders
from tests.requests.builders import MONDAY, PROFESSIONAL

ROME = ZoneInfo("Europe/Rome")
ZONES = ["Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns", "UTC"]


def publish(*openings: tuple[str, str, str], zone: str = "Europe/Rome") -> hours.Hours:
    weekly = [
        OpeningHours(weekday=day, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))
        for day, opens, closes in openings
    ]
    return hours.publish(
        PublishHours(
            professional_id=PROFESSIONAL, by=PROFESSIONAL, role="professional", time_zone=zone, weekly=weekly
        )
    )


def local_starts(day: date, zone: str = "Europe/Rome", **opening: time) -> list[str]:
    weekly = builders.hours(zone, **opening)
    found = hours.slots(weekly, builders.service(60), first=day, days=1)
    return [f"{span.start.astimezone(ZoneInfo(zone)):%H:%M%z}" for span in found]


def test_slots_fill_an_opening_and_stay_inside_it() -> None:
    weekly = publish(("monday", "09:00", "10:45"))
    found = list(hours.slots(weekly, builders.service(30), first=MONDAY.date(), days=7))
    assert [f"{span.start.astimezone(ROME):%a %H:%M}" for span in found] == [
        "Mon 09:00",
        "Mon 09:30",
        "Mon 10:00",
    ]


def test_wall_times_that_the_clocks_jump_over_are_skipped() -> None:
    assert local_starts(date(2027, 3, 28), opens=time(1), closes=time(5)) == [
        "01:00+0100",
        "03:00+0200",
        "04:00+0200",
    ]


def test_an_hour_that_comes_twice_is_offered_once() -> None:
    assert local_starts(date(2027, 10, 31), opens=time(1), closes=time(5)) == [
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
    weekly = builders.hours(zone, opens=time(0), closes=time(23, 59))
    found = list(hours.slots(weekly, builders.service(minutes), first=day, days=3))
    assert found
    assert found == sorted(found)
    for one, other in itertools.pairwise(found):
        assert one.end <= other.start
    for span in found:
        assert span.end - span.start == timedelta(minutes=minutes)
        assert day <= span.start.astimezone(ZoneInfo(zone)).date() < day + timedelta(days=3)


@given(offset=st.integers(0, 60 * 24 * 14))
def test_what_is_shown_free_can_be_asked_for_and_nothing_else_can(offset: int) -> None:
    weekly, service = builders.hours(), builders.service()
    start = MONDAY + timedelta(minutes=offset)
    shown = hours.slots(weekly, service, first=MONDAY.date(), days=16)
    is_shown = any(span.start == start for span in hours.free(shown, [], now=MONDAY))
    if is_shown:
        assert hours.slot_at(weekly, service, start, now=MONDAY).start == start
    else:
        with pytest.raises(Refused) as refusal:
            hours.slot_at(weekly, service, start, now=MONDAY)
        assert refusal.value.code in {"in_the_past", "too_soon", "outside_hours", "not_a_slot"}


@pytest.mark.parametrize(
    ("start", "code"),
    [
        (MONDAY - timedelta(minutes=30), "in_the_past"),
        (datetime(1, 1, 1, tzinfo=UTC), "in_the_past"),
        (MONDAY + timedelta(minutes=30), "too_soon"),
        (MONDAY + hours.NOTICE - timedelta(minutes=30), "too_soon"),
        (MONDAY + timedelta(days=181), "too_far_ahead"),
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), "too_far_ahead"),
        (MONDAY + timedelta(hours=10), "outside_hours"),
        (MONDAY + timedelta(hours=5, minutes=7), "not_a_slot"),
        (MONDAY + timedelta(hours=5, microseconds=1), "not_a_slot"),
    ],
)
def test_a_time_that_cannot_be_asked_for_is_refused_with_its_reason(start: datetime, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        hours.slot_at(builders.hours(), builders.service(), start, now=MONDAY)
    assert (refusal.value.code, refusal.value.field) == (code, "starts_at")


def test_busy_times_are_not_free() -> None:
    weekly, service = builders.hours(), builders.service()
    all_slots = list(hours.slots(weekly, service, first=date(2027, 3, 2), days=1))
    nine = all_slots[0].start
    busy = [Span(nine + timedelta(minutes=15), nine + timedelta(minutes=45))]
    assert list(hours.free(all_slots, busy, now=MONDAY)) == all_slots[2:]


def test_days_that_are_over_are_not_looked_at() -> None:
    today = MONDAY.date()
    ahead = {
        "all": hours.days_ahead(builders.hours(), first=today, days=7, now=MONDAY),
        "some": hours.days_ahead(builders.hours(), first=today - timedelta(days=3), days=7, now=MONDAY),
        "none": hours.days_ahead(builders.hours(), first=date.min, days=7, now=MONDAY),
    }
    assert ahead == {"all": (today, 7), "some": (today, 4), "none": (today, 0)}
    with pytest.raises(Refused, match="180 days"):
        hours.days_ahead(builders.hours(), first=date.max, days=7, now=MONDAY)


def test_hours_must_be_possible() -> None:
    with pytest.raises(Refused) as refusal:
        publish(("monday", "09:00", "09:00"))
    assert refusal.value.code == "invalid_hours"
    with pytest.raises(Refused) as refusal:
        publish(("monday", "09:00", "12:00"), ("monday", "11:59", "13:00"))
    assert refusal.value.code == "overlapping_hours"
    with pytest.raises(Refused) as refusal:
        publish(zone="Europe/Atlantis")
    assert refusal.value.code == "unknown_time_zone"
    assert len(publish(("monday", "12:00", "13:00"), ("monday", "09:00", "12:00")).weekly) == 2


def test_the_next_free_slot_is_the_earliest_then_the_shortest() -> None:
    weekly = builders.hours()
    long, short, other = builders.service(60, 11), builders.service(20, 13), builders.service(20, 12)
    found = hours.next_free(weekly, [long, short, other], [], now=MONDAY)
    start = datetime(
        2027, 3, 1, 10, 40, tzinfo=UTC
    )  # 11:40 in Rome, the first after the notice on their grid
    assert found == (other, Span(start, start + timedelta(minutes=20)))
    from_ten_to_half_past_eleven = Span(datetime(2027, 3, 1, 10, tzinfo=UTC), start + timedelta(minutes=70))
    found = hours.next_free(weekly, [long, short], [from_ten_to_half_past_eleven], now=MONDAY)
    noon = datetime(2027, 3, 1, 12, tzinfo=UTC)
    assert found == (short, Span(noon, noon + timedelta(minutes=20)))


def test_a_longer_service_is_found_where_it_starts_earlier() -> None:
    long, short = builders.service(45, 11), builders.service(60, 12)
    ends_at_ten = builders.hours(opens=time(9), closes=time(9, 50))
    assert hours.next_free(ends_at_ten, [short, long], [], now=MONDAY) == (
        long,
        Span(MONDAY + timedelta(days=1), MONDAY + timedelta(days=1, minutes=45)),
    )


def test_nothing_is_free_where_all_coming_days_are_busy() -> None:
    weekly = builders.hours()
    coming = hours.coming(weekly, now=MONDAY)
    assert coming.end - coming.start == timedelta(days=35) - timedelta(hours=1)  # the clocks go forward
    assert hours.next_free(weekly, [builders.service()], [coming], now=MONDAY) is None
    all_but_the_last = Span(coming.start, coming.end - timedelta(hours=8))
    found = hours.next_free(weekly, [builders.service()], [all_but_the_last], now=MONDAY)
    assert found
    assert f"{found[1].start.astimezone(ROME)}" == "2027-04-04 16:00:00+02:00"
