"""Availability: the offers of professionals, and the slots that are free in them.

Each answer takes a few reads, whatever the history; the slots are computed in memory by `domain.slots`.
Nothing here writes.
"""

import heapq
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from uuid import UUID

from services.requests import store
from services.requests.domain import request, slots
from services.requests.domain.booking import Bookable, BookingSettings, bookable, bookable_by_practice
from services.requests.domain.hours import Timetable
from services.requests.domain.interval import Interval, days_from, first_day, local_day
from services.requests.domain.proposal import HandedTo
from services.requests.domain.request import Request
from services.requests.domain.service import Service
from services.requests.domain.slots import Offer, Offered, Slot, all_at_location, slot_among
from services.requests.operations.access import refuse_erased
from services.requests.operations.lookups import unknown_service
from services.requests.operations.timetables import by_practice, known_tables, with_holidays
from services.requests.operations.views import slot_view
from shared.contracts.requests import refusals
from shared.contracts.requests.proposals import ProposeTime
from shared.contracts.requests.requests import RescheduleRequest
from shared.contracts.requests.values import AppointmentMode, ServiceKind, Side
from shared.contracts.requests.values import Slot as SlotView
from shared.db import Work

ALTERNATIVES = 3
"""The number of free slots shown in place of a taken one."""
MOST_AHEAD = timedelta(days=366)
"""The farthest horizon of any booking settings."""
_LOOK_AHEAD = 14  # days
_LONGEST_BUFFER = timedelta(hours=4)


def target_slot(
    work: Work, before: Request, command: RescheduleRequest | ProposeTime, *, side: Side, now: datetime
) -> tuple[Offered, Offer, Slot]:
    """Return the target of a move, in the practice whose terms the visit has.

    Refuses as `known_offers` and `slot_among` do.
    """
    here, service_id, professional_id = [before.practice_id], before.service_id, before.professional_id
    if isinstance(command, ProposeTime) and command.professional_id is not None:
        if command.service_id is None:
            raise refusals.MissingField("Add service_id to say which of their services.", field="service_id")
        service_id, professional_id = command.service_id, command.professional_id
        if side == "professional":
            refuse_erased(work, professional_id=professional_id, person_id=command.by)
    else:
        request.refuse_unstaffed(before)
    offers = known_offers(work, service_id, professional_id, practice_ids=here, now=now)
    offered = [(each, _when(each, side, now=now)) for each in all_at_location(offers, command.location_id)]
    return offered, *slot_among(offered, command.starts_at, at=command.location_id, now=now)


def handed_to(command: RescheduleRequest | ProposeTime, offer: Offer) -> HandedTo | None:
    if not isinstance(command, ProposeTime) or command.professional_id is None:
        return None
    service = offer.service
    return HandedTo(
        professional_id=service.professional_id,
        service_id=service.id,
        service_name=service.name,
        mode=service.mode,
    )


def _when(offer: Offer, side: Side, *, now: datetime) -> Bookable:
    if side == "patient":
        return bookable(offer.booking, offer.service, now=now)
    return bookable_by_practice(offer.booking, now=now)


@dataclass(frozen=True)
class HeldTimes:
    """The holds of several professionals."""

    of: dict[UUID, list[slots.Hold]]

    def free(self, offer: Offer, *, first: date, days: int, now: datetime) -> Iterator[Slot]:
        when = bookable(offer.booking, offer.service, now=now)
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
    settings_of = store.policies.booking_settings_of_all(work, [professional_id])
    offers = _by_practice(service, tables, settings_of, now=now)
    return [each for each in offers if practice_ids is None or each.practice_id in practice_ids]


def for_patients(offers: Collection[Offer], *, now: datetime) -> Offered:
    """Return the offers with the starts that patients can ask for. Refuses `booking_off` if none."""
    offered = [each for each in offers if each.booking.mode(each.service) != "off"]
    if offers and not offered:
        raise _booking_off()
    return [(each, bookable(each.booking, each.service, now=now)) for each in offered]


def for_practice(offers: Collection[Offer], *, now: datetime) -> Offered:
    """Return the offers with the starts that the practice can request. Refuses `booking_off` if withdrawn."""
    if not all(each.service.offered for each in offers):
        raise _booking_off()
    return [(each, bookable_by_practice(each.booking, now=now)) for each in offers]


def free(work: Work, offered: Offered, *, first: date, days: int, now: datetime) -> Iterator[Slot]:
    """Yield free slots: one range read of the holds, the rest in memory and lazily."""
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


@dataclass(frozen=True)
class Wanted:
    """A slot, and the offers that it was chosen from."""

    offered: Offered
    slot: Slot


def alternatives(work: Work, wanted: Wanted, *, now: datetime) -> list[SlotView]:
    """Return the next free slots after the wanted one."""
    start = wanted.slot.visit.start
    first = local_day(start, wanted.slot.time_zone)
    found = free(work, wanted.offered, first=first, days=_LOOK_AHEAD, now=now)
    later = (each for each in found if each.visit.start > start)
    return [slot_view(each) for each in islice(later, ALTERNATIVES)]


def offers_of(
    work: Work,
    professional_ids: Collection[UUID],
    *,
    kind: ServiceKind | None,
    mode: AppointmentMode | None,
    now: datetime,
) -> list[Offer]:
    """Return the offers of these professionals to patients, those of the shortest services first."""
    tables = store.hours.timetables(work, professional_ids, first=first_day(now))
    services = store.services.offered_by_all(work, tables, kind=kind, mode=mode)
    settings_of = store.policies.booking_settings_of_all(work, list(services))
    found = []
    for professional_id, hers in services.items():
        for service in hers:
            offers = _by_practice(service, tables[professional_id], settings_of, now=now)
            found += [each for each in offers if each.booking.mode(service) != "off"]
    return sorted(found, key=lambda each: (each.service.length, each.service.id))


def _by_practice(
    service: Service,
    tables: Collection[Timetable],
    settings_of: Mapping[tuple[UUID, UUID], BookingSettings],
    *,
    now: datetime,
) -> list[Offer]:
    """Return an offer for each practice of the service, with the settings of that practice."""
    offers = []
    for practice_id, there in by_practice(tables).items():
        if service.practice_id not in (None, practice_id):
            continue
        key = (service.professional_id, practice_id)
        booking = settings_of.get(key) or BookingSettings(professional_id=key[0], practice_id=practice_id)
        offers.append(Offer(service=service, booking=booking, tables=with_holidays(there, booking, now=now)))
    return offers


def first_free(
    work: Work, offers: Collection[Offer], *, first: date, days: int, now: datetime
) -> Iterator[tuple[Slot, Offer]]:
    if not days or not offers or first > (now + MOST_AHEAD).date():
        return iter(())
    held = held_of(work, offers, first=first, days=days)
    return slots.first_free((each, held.free(each, first=first, days=days, now=now)) for each in offers)


def held_of(work: Work, offers: Collection[Offer], *, first: date, days: int) -> HeldTimes:
    if not offers:
        return HeldTimes({})
    people: list[UUID] = sorted({each.service.professional_id for each in offers})
    return HeldTimes(store.holds.held_of_all(work, people, _window(offers, first=first, days=days)))


def _window(offers: Collection[Offer], *, first: date, days: int) -> Interval:
    """Return the interval of these local dates in all zones of the offers, with the longest buffers."""
    zones = {table.location.time_zone for offer in offers for table in offer.tables}
    intervals = [days_from(first, days, zone) for zone in zones]
    start, end = min(each.start for each in intervals), max(each.end for each in intervals)
    return Interval(start - _LONGEST_BUFFER, end + _LONGEST_BUFFER)


def _booking_off() -> refusals.Refused:
    return refusals.BookingOff()
