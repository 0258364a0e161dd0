"""Free times. Each answer is a few reads, whatever the history; the rest is reckoned in memory."""

import heapq
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from services.requests import store
from services.requests.domain import slots
from services.requests.domain.calendar import Calendar, bookable, bookable_by_practice
from services.requests.domain.hours import Timetable
from services.requests.domain.interval import Interval, days_from, first_day, local_day
from services.requests.domain.service import Service
from services.requests.domain.slots import COMING_DAYS, Offer, Offered, Slot
from services.requests.handlers.desks import practices_for
from services.requests.handlers.services import unknown_service
from services.requests.handlers.timetables import by_practice, known_tables, with_holidays
from shared.bus import handles
from shared.contracts.requests.slots import (
    ClinicSlotsView,
    FindClinicSlots,
    FindNextFree,
    FindSlots,
    NextFreeView,
    OfferedSlot,
    SlotsView,
)
from shared.contracts.requests.slots import Slot as SlotView
from shared.contracts.requests.values import ServiceKind, VisitMode
from shared.db import Unit, Work
from shared.errors import Refused

ALTERNATIVES = 3
"""Free times shown to somebody whose wanted time was taken."""
MOST_AHEAD = timedelta(days=366)
"""No calendar reaches further."""
_LOOK_AHEAD = 14  # days
_LONGEST_BUFFER = timedelta(hours=4)


@handles(FindSlots)
def find(unit: Unit, command: FindSlots, *, now: datetime) -> SlotsView:
    with unit() as work:
        offered = _when_asked(work, command, now=now)
        _refuse_beyond(offered, command.from_date)
        found = list(free(work, offered, first=command.from_date, days=command.days, now=now))
    return SlotsView(
        professional_id=command.professional_id,
        service_id=command.service_id,
        slots=[view(each) for each in found],
    )


@handles(FindClinicSlots)
def find_at_clinic(unit: Unit, command: FindClinicSlots, *, now: datetime) -> ClinicSlotsView:
    with unit() as work:
        everybody = store.desks.professionals_of(work, command.clinic_id)
        everywhere = _offers(work, everybody, kind=command.kind, mode=command.mode, now=now)
        there = [each.at(command.location_id) for each in everywhere if each.practice_id == command.clinic_id]
        offers = [each for each in there if each.tables]
        first = max(command.from_date, first_day(now))
        days = command.days - (first - command.from_date).days
        found = _first_free(work, offers, first=first, days=max(days, 0), now=now)
    return ClinicSlotsView(slots=[_offered_view(slot, offer) for slot, offer in islice(found, command.limit)])


@handles(FindNextFree)
def find_next_free(unit: Unit, command: FindNextFree, *, now: datetime) -> NextFreeView:
    """A few reads for all professionals together; the rest in memory, when the connection is free again."""
    with unit() as work:
        offers = _offers(work, command.professional_ids, kind=command.kind, mode=command.mode, now=now)
        first = first_day(now)
        held = _held_of(work, offers, first=first, days=COMING_DAYS + 1)
    times = []
    for professional_id in dict.fromkeys(command.professional_ids):
        hers = [each for each in offers if each.service.professional_id == professional_id]
        candidates = [(offer, held.free(offer, first=first, days=COMING_DAYS + 1, now=now)) for offer in hers]
        if found := next(slots.first_free(candidates), None):
            times.append(_offered_view(*found))
    return NextFreeView(times=times)


@dataclass(frozen=True)
class HeldTimes:
    """What is taken of the time of several professionals."""

    of: dict[UUID, list[slots.Hold]]

    def free(self, offer: Offer, *, first: date, days: int, now: datetime) -> Iterator[Slot]:
        when = bookable(offer.calendar, offer.service, now=now)
        ahead = slots.of_offer(offer, first=first, days=days)
        return slots.free(ahead, self.of.get(offer.service.professional_id, ()), offer, when)


def known_offers(
    work: Work,
    service_id: UUID,
    professional_id: UUID,
    *,
    practice_ids: Collection[UUID] | None = None,
    now: datetime,
) -> list[Offer]:
    """Return an offer for each practice where the professional can be seen for it, or for each of these.

    Refuses `unknown_professional` and `unknown_service`.
    """
    tables = known_tables(work, professional_id, now=now)
    service = store.services.find(work, service_id)
    if service is None or service.professional_id != professional_id:
        raise unknown_service()
    calendars = store.policies.calendars_of(work, [professional_id])
    offers = _by_practice(service, tables, calendars, now=now)
    return [each for each in offers if practice_ids is None or each.practice_id in practice_ids]


def for_patients(offers: Collection[Offer], *, now: datetime) -> Offered:
    """Return the offers with the starts that patients can ask for. Refuses `booking_off` if none."""
    offered = [each for each in offers if each.calendar.booking(each.service) != "off"]
    if offers and not offered:
        raise _booking_off()
    return [(each, bookable(each.calendar, each.service, now=now)) for each in offered]


def for_practice(offers: Collection[Offer], *, now: datetime) -> Offered:
    """When the practice itself can ask. Refuses `booking_off` where the service is offered no more."""
    if not all(each.service.offered for each in offers):
        raise _booking_off()
    return [(each, bookable_by_practice(each.calendar, now=now)) for each in offers]


def free(work: Work, offered: Offered, *, first: date, days: int, now: datetime) -> Iterator[Slot]:
    """One range read of what is taken; the rest in memory, and only as far as it is looked at."""
    today = first_day(now)
    first, days = max(first, today), min(days, days - (today - first).days)
    if days <= 0 or not offered:
        return iter(())
    offers = [offer for offer, _ in offered]
    held = store.holds.held(work, offers[0].service.professional_id, _window(offers, first=first, days=days))
    return heapq.merge(
        *(
            slots.free(slots.of_offer(offer, first=first, days=days), held, offer, when)
            for offer, when in offered
        )
    )


def alternatives(work: Work, offered: Offered, wanted: Slot, *, now: datetime) -> list[SlotView]:
    """The next free times after the one that was wanted."""
    first = local_day(wanted.visit.start, wanted.time_zone)
    found = free(work, offered, first=first, days=_LOOK_AHEAD, now=now)
    later = (each for each in found if each.visit.start > wanted.visit.start)
    return [view(each) for each in islice(later, ALTERNATIVES)]


def view(found: Slot) -> SlotView:
    zone = ZoneInfo(found.time_zone)
    return SlotView(
        starts_at=found.visit.start.astimezone(zone),
        ends_at=found.visit.end.astimezone(zone),
        location_id=found.location_id,
        time_zone=found.time_zone,
    )


def _offers(
    work: Work,
    professional_ids: Collection[UUID],
    *,
    kind: ServiceKind | None,
    mode: VisitMode | None,
    now: datetime,
) -> list[Offer]:
    """What patients can ask these people for; the shortest services first."""
    tables = store.hours.timetables(work, professional_ids, first=first_day(now))
    services = store.services.offered_by_all(work, tables, kind=kind, mode=mode)
    calendars = store.policies.calendars_of(work, list(services))
    found = []
    for professional_id, hers in services.items():
        for service in hers:
            offers = _by_practice(service, tables[professional_id], calendars, now=now)
            found += [each for each in offers if each.calendar.booking(service) != "off"]
    return sorted(found, key=lambda each: (each.service.length, each.service.id))


def _by_practice(
    service: Service,
    tables: Collection[Timetable],
    calendars: Mapping[tuple[UUID, UUID], Calendar],
    *,
    now: datetime,
) -> list[Offer]:
    """Return an offer for each practice of the service, with the settings of that practice."""
    offers = []
    for practice_id, there in by_practice(tables).items():
        if service.practice_id not in (None, practice_id):
            continue
        key = (service.professional_id, practice_id)
        calendar = calendars.get(key) or Calendar(professional_id=key[0], practice_id=practice_id)
        offers.append(
            Offer(service=service, calendar=calendar, tables=with_holidays(there, calendar, now=now))
        )
    return offers


def _first_free(
    work: Work, offers: Collection[Offer], *, first: date, days: int, now: datetime
) -> Iterator[tuple[Slot, Offer]]:
    if not days or not offers or first > (now + MOST_AHEAD).date():
        return iter(())
    held = _held_of(work, offers, first=first, days=days)
    return slots.first_free((each, held.free(each, first=first, days=days, now=now)) for each in offers)


def _held_of(work: Work, offers: Collection[Offer], *, first: date, days: int) -> HeldTimes:
    if not offers:
        return HeldTimes({})
    people: list[UUID] = sorted({each.service.professional_id for each in offers})
    return HeldTimes(store.holds.held_of_all(work, people, _window(offers, first=first, days=days)))


def _window(offers: Collection[Offer], *, first: date, days: int) -> Interval:
    """All of these local dates, wherever the offers are, and the buffers around them."""
    zones = {table.location.time_zone for offer in offers for table in offer.tables}
    intervals = [days_from(first, days, zone) for zone in zones]
    start, end = min(each.start for each in intervals), max(each.end for each in intervals)
    return Interval(start - _LONGEST_BUFFER, end + _LONGEST_BUFFER)


def _when_asked(work: Work, command: FindSlots, *, now: datetime) -> Offered:
    """Return the offers for which the caller acts, with the starts that can be asked for.

    Refuses `booking_off` and `unknown_location`; and `not_yours` to callers who ask as the practice and are
    not of it.
    """
    practices = None
    if asked := command.asked_by:
        practices = practices_for(work, command.professional_id, by=asked.by, role=asked.role)
    offers = known_offers(work, command.service_id, command.professional_id, practice_ids=practices, now=now)
    offers = slots.all_at_location(offers, command.location_id)
    return for_patients(offers, now=now) if practices is None else for_practice(offers, now=now)


def _booking_off() -> Refused:
    detail = "Visits of this kind cannot be asked for online: please call the practice."
    return Refused("booking_off", detail, field="service_id")


def _refuse_beyond(offered: Offered, first: date) -> None:
    """Refuses `too_far_ahead` where nothing can be known yet."""
    if offered and all(
        first > local_day(when.latest, each.location.time_zone)
        for offer, when in offered
        for each in offer.tables
    ):
        raise Refused("too_far_ahead", "Free times are not known so far ahead.", field="from")


def _offered_view(found: Slot, offer: Offer) -> OfferedSlot:
    return OfferedSlot(
        professional_id=offer.service.professional_id, service_id=offer.service.id, **dict(view(found))
    )
