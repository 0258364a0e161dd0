"""Free slots of one professional, of a clinic, or the next one of each of several professionals.

Each answer takes a few reads, whatever the history; `domain.slots` computes the rest in memory.
"""

from datetime import datetime
from itertools import islice

from services.requests import store
from services.requests.domain import interval, offers, slots
from services.requests.operations import access, availability, views
from shared.bus import handles
from shared.contracts.requests import slots as contract
from shared.db import Unit, Work


@handles(contract.FindSlots)
def find(unit: Unit, command: contract.FindSlots, *, now: datetime) -> contract.SlotsView:
    with unit() as work:
        offered = _offered(work, command, now=now)
        offers.refuse_beyond(offered, command.from_date)
        found = availability.free(work, offered, first=command.from_date, days=command.days, now=now)
        shown = [views.slot_view(each) for each in found]
    return contract.SlotsView(
        professional_id=command.professional_id, service_id=command.service_id, slots=shown
    )


@handles(contract.FindClinicSlots)
def find_at_clinic(
    unit: Unit, command: contract.FindClinicSlots, *, now: datetime
) -> contract.ClinicSlotsView:
    with unit() as work:
        everybody = store.memberships.professionals_of(work, command.clinic_id)
        everywhere = availability.offers_of(work, everybody, kind=command.kind, mode=command.mode, now=now)
        there = [each.at(command.location_id) for each in everywhere if each.practice_id == command.clinic_id]
        offered = offers.starts_for("patient", [each for each in there if each.tables], now=now)
        found = slots.first_free(
            availability.free_of_each(work, offered, first=command.from_date, days=command.days, now=now)
        )
    shown = [views.offered_view(slot, offer) for slot, offer in islice(found, command.limit)]
    return contract.ClinicSlotsView(slots=shown)


@handles(contract.FindNextFree)
def find_next_free(unit: Unit, command: contract.FindNextFree, *, now: datetime) -> contract.NextFreeView:
    """Find the next slot of each professional, computed in memory once the connection is free again."""
    with unit() as work:
        found = availability.offers_of(
            work, command.professional_ids, kind=command.kind, mode=command.mode, now=now
        )
        offered = offers.starts_for("patient", found, now=now)
        free = availability.free_of_each(
            work, offered, first=interval.first_day(now), days=slots.COMING_DAYS + 1, now=now
        )
    times = []
    for professional_id in dict.fromkeys(command.professional_ids):
        theirs = [each for each in free if each[0].service.professional_id == professional_id]
        if first := next(slots.first_free(theirs), None):
            times.append(views.offered_view(*first))
    return contract.NextFreeView(times=times)


def _offered(work: Work, command: contract.FindSlots, *, now: datetime) -> offers.Offered:
    """Return the offers for which the caller acts, with the starts that can be asked for.

    Refuses `booking_off` and `unknown_location`; and `not_yours` to callers who ask as the practice and are
    not of it.
    """
    practices = None
    if asked := command.asked_by:
        practices = access.practices_for(work, command.professional_id, by=asked.by, role=asked.role)
    found = availability.known_offers(
        work, command.service_id, command.professional_id, practice_ids=practices, now=now
    )
    there = offers.at_location(found, command.location_id)
    return offers.open_to("patient" if practices is None else "professional", there, now=now)
