"""The next free slots of many professionals, on a real database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from services.requests.handlers import schedules, services, slots, submissions
from shared.contracts.requests.services import ListServices
from shared.contracts.requests.slots import FindNextFree, FindSlots, OfferedSlot
from shared.contracts.requests.values import Slot
from shared.db import Unit
from tests.requests.builders import MONDAY, PROFESSIONAL, command
from tests.requests.steps import TOOLS, first_visit, mondays, opening, settle

ROME, ST_JOHNS, LORD_HOWE, AUCKLAND = (UUID(int=n) for n in (21, 22, 23, 24))
PLACES = {
    ROME: "Europe/Rome",
    ST_JOHNS: "America/St_Johns",
    LORD_HOWE: "Australia/Lord_Howe",
    AUCKLAND: "Pacific/Auckland",
}
CLOCKS_CHANGE = datetime(2027, 3, 27, 12, tzinfo=UTC)
"""A Saturday: in the night after it the clocks go forward in Rome, a week later back down under."""


@pytest.fixture
def towns(unit: Any) -> Unit:
    """Professionals round the world, with two services each, seen by day and by night at weekends."""
    requests: Unit = unit("requests")
    for number, (professional_id, zone) in enumerate(PLACES.items()):
        weekly = [opening("sunday", "01:00", "05:00"), opening("monday", "09:00", "12:00")]
        settle(requests, professional_id, zone=zone, weekly=weekly)
        for minutes, kind, mode in ((45, "first_visit", "in_person"), (20, "follow_up", "video")):
            added = first_visit(
                service_id=UUID(int=100 * number + minutes),
                professional_id=professional_id,
                kind=kind,
                mode=mode,
                minutes=minutes,
            )
            services.add(requests, added, now=MONDAY)
    return requests


def next_free(practice: Unit, *professional_ids: UUID, now: datetime, **wanted: Any) -> list[OfferedSlot]:
    query = FindNextFree(professional_ids=list(professional_ids), **wanted)
    return slots.find_next_free(practice, query, now=now).times


def by_slots(practice: Unit, professional_id: UUID, *, now: datetime, **wanted: Any) -> OfferedSlot:
    """The same found the long way: all slots of each service, one by one."""
    today = now.astimezone(ZoneInfo(PLACES[professional_id])).date()
    found: list[tuple[datetime, int, UUID, Slot]] = []
    for service in services.list_services(
        practice, ListServices(professional_id=professional_id), now=MONDAY
    ).services:
        if all(getattr(service, name) == value for name, value in wanted.items()):
            query = FindSlots(
                professional_id=professional_id, service_id=service.service_id, from_date=today, days=35
            )
            found += [
                (slot.starts_at, service.minutes, service.service_id, slot)
                for slot in slots.find(practice, query, now=now).slots
            ]
    _, _, service_id, first = min(found, key=lambda each: each[:3])
    return OfferedSlot(professional_id=professional_id, service_id=service_id, **dict(first))


@pytest.mark.parametrize("now", [MONDAY, CLOCKS_CHANGE, CLOCKS_CHANGE + timedelta(days=7)], ids=str)
@pytest.mark.parametrize("wanted", [{}, {"kind": "first_visit"}, {"mode": "video"}], ids=str)
def test_the_next_free_time_is_the_first_of_all_slots(
    towns: Unit, now: datetime, wanted: dict[str, str]
) -> None:
    for _ in range(6):  # each time the slots found are taken, so that the next are others
        found = next_free(towns, *PLACES, now=now, **wanted)
        assert [each.model_dump_json() for each in found] == [
            by_slots(towns, each, now=now, **wanted).model_dump_json() for each in PLACES
        ]
        for each in found:
            take(towns, each, now=now)


def test_a_night_on_which_the_clocks_change_is_offered_as_it_is(towns: Unit) -> None:
    """At 02:00 the clocks jump to 03:00, so the slot from 01:45 on ends at 03:30 by the wall."""
    late = CLOCKS_CHANGE.replace(hour=22)
    [found] = next_free(towns, ROME, now=late, kind="first_visit")
    assert (f"{found.starts_at}", f"{found.ends_at}") == (
        "2027-03-28 01:45:00+01:00",
        "2027-03-28 03:30:00+02:00",
    )
    take(towns, found, now=late)
    [following] = next_free(towns, ROME, now=late, kind="first_visit")
    assert f"{following.starts_at}" == "2027-03-28 04:00:00+02:00"


def take(towns: Unit, found: OfferedSlot, *, now: datetime) -> None:
    asked = command(
        request_id=uuid4(),
        professional_id=found.professional_id,
        service_id=found.service_id,
        starts_at=found.starts_at.astimezone(UTC),
    )
    submissions.submit(towns, asked, tools=TOOLS, access_id=uuid4(), now=now)


def test_the_last_evening_in_the_west_is_known_to_be_busy(towns: Unit) -> None:
    """The 35 days end hours later there than in Rome, where another professional of the same search works."""
    evenings = [opening("sunday", "20:00", "20:45")]
    own = UUID(int=ST_JOHNS.int << 32)
    weekly = mondays(professional_id=ST_JOHNS, location_id=own, version=1, weekly=evenings)
    schedules.publish_hours(towns, weekly, now=MONDAY)
    for _ in range(5):
        [_, found] = next_free(towns, ROME, ST_JOHNS, now=MONDAY, kind="first_visit")
        take(towns, found, now=MONDAY)
    assert f"{found.starts_at}" == "2027-04-04 20:00:00-02:30"
    [only] = next_free(towns, ROME, ST_JOHNS, now=MONDAY, kind="first_visit")
    assert only.professional_id == ROME


def test_they_are_answered_in_the_order_asked_for_and_once_each(towns: Unit) -> None:
    found = next_free(towns, LORD_HOWE, ROME, LORD_HOWE, now=MONDAY)
    assert [each.professional_id for each in found] == [LORD_HOWE, ROME]


def test_who_cannot_be_seen_is_absent(towns: Unit) -> None:
    without_services, without_hours, always_closed = UUID(int=31), UUID(int=32), UUID(int=33)
    settle(towns, without_services)
    services.add(towns, first_visit(service_id=UUID(int=1), professional_id=without_hours), now=MONDAY)
    settle(towns, always_closed, weekly=[])
    services.add(towns, first_visit(service_id=UUID(int=2), professional_id=always_closed), now=MONDAY)
    everybody = (without_services, without_hours, always_closed, PROFESSIONAL, ROME)
    assert [each.professional_id for each in next_free(towns, *everybody, now=MONDAY)] == [ROME]
    assert next_free(towns, ROME, now=MONDAY, kind="vaccination") == []
    assert next_free(towns, ROME, now=MONDAY, kind="first_visit", mode="video") == []
    assert next_free(towns, now=MONDAY) == []


def test_a_hundred_professionals_cost_five_reads(towns: Unit) -> None:
    asked: list[str] = []
    sa.event.listen(towns.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    next_free(towns, *(UUID(int=n) for n in range(100)), now=MONDAY)
    assert len(asked) == 5
