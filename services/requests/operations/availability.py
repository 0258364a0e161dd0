"""Availability: the offers of professionals, and the slots that are free in them.

Each answer takes a few reads, whatever the history; the slots are computed in memory by `domain.slots`.
Nothing here writes.
"""

import heapq
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from uuid import UUID

from services.requests import store
from services.requests.domain import request, slots
from services.requests.domain.booking import LONGEST_HORIZON, BookingSettings
from services.requests.domain.hours import Timetable
from services.requests.domain.interval import Interval, days_from, first_day, local_day
from services.requests.domain.offers import Offer, Offered, at_location, starts_for
from services.requests.domain.request import Request
from services.requests.domain.service import LONGEST_BUFFER, Service
from services.requests.domain.slots import Slot, Wanted
from services.requests.operations import access, timetables, views
from shared.contracts.requests import refusals
from shared.contracts.requests.proposals import ProposeTime
from shared.contracts.requests.requests import RescheduleRequest
from shared.contracts.requests.values import AppointmentMode, ServiceKind, Side
from shared.contracts.requests.values import Slot as SlotView
from shared.db import Work


def target_slot(
    work: Work, before: Request, command: RescheduleRequest | ProposeTime, *, side: Side, now: datetime
) -> Wanted:
    """Return the target of a move, in the practice whose terms the request has.

    Refuses as `known_offers` and `slot_among` do.
    """
    service_id, professional_id = before.service_id, before.professional_id
    if isinstance(command, ProposeTime) and command.professional_id is not None:
        if command.service_id is None:
            raise refusals.MissingField("Add service_id to say which of their services.", field="service_id")
        service_id, professional_id = command.service_id, command.professional_id
        if side == "professional":
            access.refuse_erased(work, professional_id=professional_id, person_id=command.by)
    else:
        request.refuse_unstaffed(before)
    offers = known_offers(work, service_id, professional_id, practice_ids=[before.practice_id], now=now)
    offered = starts_for(side, at_location(offers, command.location_id), now=now)
    return slots.slot_among(offered, command.starts_at, at=command.location_id, now=now)


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
    tables = timetables.known_tables(work, professional_id, now=now)
    service = store.services.find(work, service_id)
    if service is None or service.professional_id != professional_id:
        raise refusals.UnknownService()
    settings_of = store.policies.booking_settings_of_all(work, [professional_id])
    offers = _offers(service, tables, settings_of, now=now)
    return [each for each in offers if practice_ids is None or each.practice_id in practice_ids]


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
    found = [
        offer
        for professional_id, offered in services.items()
        for service in offered
        for offer in _offers(service, tables[professional_id], settings_of, now=now)
        if offer.booking.mode(service) != "off"
    ]
    return sorted(found, key=lambda each: (each.service.length, each.service.id))


def _offers(
    service: Service,
    tables: Collection[Timetable],
    settings_of: Mapping[tuple[UUID, UUID], BookingSettings],
    *,
    now: datetime,
) -> list[Offer]:
    """Return an offer for each practice of the service, with the settings of that practice."""
    return [
        Offer(service=service, booking=booking, tables=there)
        for booking, there in timetables.by_practice(tables, settings_of, now=now)
        if service.practice_id in (None, booking.practice_id)
    ]


def free(work: Work, offered: Offered, *, first: date, days: int, now: datetime) -> Iterator[Slot]:
    """Yield the free slots of all offers, in order."""
    found = free_of_each(work, offered, first=first, days=days, now=now)
    return heapq.merge(*(slots_of_one for _, slots_of_one in found))


def free_of_each(
    work: Work, offered: Offered, *, first: date, days: int, now: datetime
) -> list[tuple[Offer, Iterator[Slot]]]:
    """Return each offer with its free slots that start on one of `days` local dates from `first` on.

    Dates that are over are left out. One read of the holds; the slots are computed as they are taken.
    """
    today = first_day(now)
    first, days = max(first, today), days - max((today - first).days, 0)
    if days <= 0 or not offered or first > (now + LONGEST_HORIZON).date():
        return []
    people = sorted({offer.service.professional_id for offer, _ in offered})
    held = store.holds.held(work, people, _window(offered, first=first, days=days))
    return [
        (offer, slots.free(ahead, held.get(offer.service.professional_id, ()), offer, when))
        for offer, when in offered
        for ahead in [slots.of_offer(offer, first=first, days=days)]
    ]


def _window(offered: Offered, *, first: date, days: int) -> Interval:
    """Return the interval of these local dates in all zones of the offers, with the longest buffers."""
    zones = {table.location.time_zone for offer, _ in offered for table in offer.tables}
    intervals = [days_from(first, days, zone) for zone in zones]
    start, end = min(each.start for each in intervals), max(each.end for each in intervals)
    return Interval(start - LONGEST_BUFFER, end + LONGEST_BUFFER)


def alternatives(work: Work, wanted: Wanted, *, now: datetime) -> list[SlotView]:
    """Return the next free slots after the wanted one."""
    start = wanted.slot.interval.start
    first = local_day(start, wanted.slot.time_zone)
    found = free(work, wanted.offered, first=first, days=slots.LOOK_AHEAD, now=now)
    later = (each for each in found if each.interval.start > start)
    return [views.slot_view(each) for each in islice(later, slots.ALTERNATIVES)]
