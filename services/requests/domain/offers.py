"""Offers: one service of a professional at one practice, and the starts that each side can ask for there.

The slots of an offer are computed in `slots`. A location is refused where nobody is seen at it, a service
where it cannot be booked online.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.requests.domain.booking import Bookable, BookingSettings, bookable
from services.requests.domain.hours import Timetable
from services.requests.domain.interval import local_day
from services.requests.domain.service import Service
from shared.contracts.requests import refusals
from shared.contracts.requests.values import Side


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One service of one professional at one practice, with its booking settings and hours."""

    service: Service
    booking: BookingSettings
    tables: Sequence[Timetable]

    @property
    def practice_id(self) -> UUID:
        return self.booking.practice_id

    def at(self, location_id: UUID | None) -> "Offer":
        """Return the offer at that location alone; None: at all of its locations."""
        return replace(self, tables=[each for each in self.tables if location_id in (None, each.location.id)])


Offered = Sequence[tuple[Offer, Bookable]]
"""Offers of one service at several practices, each with the starts that can be asked for there."""


def starts_for(side: Side, offers: Iterable[Offer], *, now: datetime) -> Offered:
    """Return the offers with the starts that this side can ask for."""
    return [(each, bookable(each.booking, each.service, by=side, now=now)) for each in offers]


def open_to(side: Side, offers: Collection[Offer], *, now: datetime) -> Offered:
    """Return the offers that are open to this side, with the starts it can ask for.

    Refuses `booking_off`: to patients where none is open, to the practice where the service is withdrawn.
    """
    shown = [each for each in offers if side == "professional" or each.booking.mode(each.service) != "off"]
    if (offers and not shown) or (side == "professional" and not all(each.service.offered for each in shown)):
        raise refusals.BookingOff()
    return starts_for(side, shown, now=now)


def admit_new_patients(offers: Iterable[Offer]) -> bool:
    return all(each.service.settings.new_patients for each in offers)


def refuse_new_patient(*, seen: bool) -> None:
    """Refuse a patient whom the professional has not `seen` yet. Refuses `existing_patients_only`."""
    if not seen:
        raise refusals.ExistingPatientsOnly()


def at_location(offers: Iterable[Offer], location_id: UUID | None) -> list[Offer]:
    """Return the offers at that location; None: all of them. Refuses `unknown_location`."""
    there = [found for each in offers if (found := each.at(location_id)).tables]
    if location_id is not None and not there:
        raise refusals.UnknownLocation("The professional doesn't work at this location.")
    return there


def refuse_beyond(offered: Offered, first: date) -> None:
    """Refuse dates at which no offer can be asked for yet. Refuses `too_far_ahead`."""
    if offered and all(
        first > local_day(when.latest, each.location.time_zone)
        for offer, when in offered
        for each in offer.tables
    ):
        raise refusals.TooFarAhead("Slots this far ahead are not known yet.", field="from")
