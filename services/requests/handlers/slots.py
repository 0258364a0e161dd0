"""Free times. Each answer is a few reads, whatever the history; the rest is reckoned in memory."""

from datetime import date, datetime
from itertools import islice

from services.requests import store
from services.requests.domain import slots
from services.requests.domain.interval import first_day, local_day
from services.requests.domain.slots import COMING_DAYS, Offered
from services.requests.operations.access import practices_for
from services.requests.operations.availability import (
    first_free,
    for_patients,
    for_practice,
    free,
    held_of,
    known_offers,
    offers_of,
)
from services.requests.operations.views import offered_view, slot_view
from shared.bus import handles
from shared.contracts.requests import refusals
from shared.contracts.requests.slots import (
    ClinicSlotsView,
    FindClinicSlots,
    FindNextFree,
    FindSlots,
    NextFreeView,
    SlotsView,
)
from shared.db import Unit, Work


@handles(FindSlots)
def find(unit: Unit, command: FindSlots, *, now: datetime) -> SlotsView:
    with unit() as work:
        offered = _when_asked(work, command, now=now)
        _refuse_beyond(offered, command.from_date)
        found = list(free(work, offered, first=command.from_date, days=command.days, now=now))
    return SlotsView(
        professional_id=command.professional_id,
        service_id=command.service_id,
        slots=[slot_view(each) for each in found],
    )


@handles(FindClinicSlots)
def find_at_clinic(unit: Unit, command: FindClinicSlots, *, now: datetime) -> ClinicSlotsView:
    with unit() as work:
        everybody = store.memberships.professionals_of(work, command.clinic_id)
        everywhere = offers_of(work, everybody, kind=command.kind, mode=command.mode, now=now)
        there = [each.at(command.location_id) for each in everywhere if each.practice_id == command.clinic_id]
        offers = [each for each in there if each.tables]
        first = max(command.from_date, first_day(now))
        days = command.days - (first - command.from_date).days
        found = first_free(work, offers, first=first, days=max(days, 0), now=now)
    return ClinicSlotsView(slots=[offered_view(slot, offer) for slot, offer in islice(found, command.limit)])


@handles(FindNextFree)
def find_next_free(unit: Unit, command: FindNextFree, *, now: datetime) -> NextFreeView:
    """A few reads for all professionals together; the rest in memory, when the connection is free again."""
    with unit() as work:
        offers = offers_of(work, command.professional_ids, kind=command.kind, mode=command.mode, now=now)
        first = first_day(now)
        held = held_of(work, offers, first=first, days=COMING_DAYS + 1)
    times = []
    for professional_id in dict.fromkeys(command.professional_ids):
        hers = [each for each in offers if each.service.professional_id == professional_id]
        candidates = [(offer, held.free(offer, first=first, days=COMING_DAYS + 1, now=now)) for offer in hers]
        if found := next(slots.first_free(candidates), None):
            times.append(offered_view(*found))
    return NextFreeView(times=times)


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


def _refuse_beyond(offered: Offered, first: date) -> None:
    """Refuses `too_far_ahead` where nothing can be known yet."""
    if offered and all(
        first > local_day(when.latest, each.location.time_zone)
        for offer, when in offered
        for each in offer.tables
    ):
        raise refusals.TooFarAhead("Slots this far ahead are not known yet.")
