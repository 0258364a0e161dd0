"""Targets of a move: the wanted slot, and the professional to whom a visit is handed over."""

from datetime import datetime

from services.requests.domain import request
from services.requests.domain.calendar import Bookable, bookable, bookable_by_practice
from services.requests.domain.proposal import HandedTo
from services.requests.domain.request import Request
from services.requests.domain.slots import Offer, Offered, Slot, all_at_location, slot_among
from services.requests.handlers.erasure import refuse_erased
from services.requests.handlers.slots import known_offers
from shared.contracts.requests.proposals import ProposeTime
from shared.contracts.requests.values import Side
from shared.contracts.requests.visits import RescheduleRequest
from shared.db import Work
from shared.errors import Refused


def target_slot(
    work: Work, before: Request, command: RescheduleRequest | ProposeTime, *, side: Side, now: datetime
) -> tuple[Offered, Offer, Slot]:
    """Return the target of a move, in the practice whose terms the visit has.

    Refuses as `known_offers` and `slot_among` do.
    """
    here, service_id, professional_id = [before.practice_id], before.service_id, before.professional_id
    if isinstance(command, ProposeTime) and command.professional_id is not None:
        if command.service_id is None:
            raise Refused("missing_field", "Add service_id: which service of theirs?", field="service_id")
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
        return bookable(offer.calendar, offer.service, now=now)
    return bookable_by_practice(offer.calendar, now=now)
