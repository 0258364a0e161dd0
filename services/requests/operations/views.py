"""Views: domain values as the contracts show them; instants carry the offset of the place.

A view takes the attributes that its fields name, so its contract says all that callers see. Nothing here
reads or decides.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from services.requests.domain import feed
from services.requests.domain.booking import BookingSettings
from services.requests.domain.hours import Opening, Override
from services.requests.domain.location import Location
from services.requests.domain.offers import Offer
from services.requests.domain.policy import Policy
from services.requests.domain.request import Request
from services.requests.domain.service import Service
from services.requests.domain.slots import Slot
from shared.contracts.base import Money
from shared.contracts.requests import feeds, hours, places, policies, requests, services, slots, values

View = TypeVar("View", bound=BaseModel)


def _view(kind: type[View], found: Any, **fields: Any) -> View:
    """Return a view with these `fields`, and the others as attributes of `found`, in its time zone if any."""
    zone = getattr(found, "time_zone", None)
    for name in kind.model_fields.keys() - fields.keys():
        value = getattr(found, name)
        fields[name] = value.astimezone(ZoneInfo(zone)) if zone and isinstance(value, datetime) else value
    return kind(**fields)


def location_view(found: Location) -> places.LocationView:
    return _view(places.LocationView, found, location_id=found.id)


def request_view(found: Request, *, costs: Money | None = None) -> requests.RequestView:
    """`costs` is the fee that a preview shows."""
    made, zone = found.proposal, ZoneInfo(found.time_zone)
    return _view(
        requests.RequestView,
        found,
        request_id=found.id,
        details=found.notes.details,
        joiners=list(found.notes.joiners),
        costs=costs,
        decline_words=found.notes.decline,
        proposal=made
        and _view(
            requests.ProposalView,
            made,
            proposal_id=made.id,
            professional_id=made.handed_to and made.handed_to.professional_id,
            service_id=made.handed_to and made.handed_to.service_id,
        ),
        follow_ups=[
            _view(
                requests.FollowUpView,
                each,
                follow_up_id=each.id,
                asked_at=each.asked_at.astimezone(zone),
                answered_at=each.answered_at and each.answered_at.astimezone(zone),
            )
            for each in found.notes.follow_ups
        ],
    )


def hours_view(
    weekly: Collection[tuple[Any, Opening]],
    place: Location,
    professional_id: UUID,
    *,
    version: int,
    outside: Collection[hours.OutsideRequest] = (),
) -> hours.HoursView:
    return hours.HoursView(
        professional_id=professional_id,
        location_id=place.id,
        version=version,
        time_zone=place.time_zone,
        weekly=[_view(hours.OpeningHours, each, weekday=weekday) for weekday, each in weekly],
        outside=list(outside),
    )


def override_view(found: Override, *, outside: Collection[hours.OutsideRequest] = ()) -> hours.OverrideView:
    openings = [_view(hours.DayHours, each) for each in found.hours]
    return _view(hours.OverrideView, found, exception_id=found.id, hours=openings, outside=list(outside))


def booking_settings_view(
    found: BookingSettings, *, outside: Collection[hours.OutsideRequest] = ()
) -> hours.BookingSettingsView:
    return _view(hours.BookingSettingsView, found, outside=list(outside), **dict(found.settings))


def service_view(found: Service) -> services.ServiceView:
    return _view(services.ServiceView, found, service_id=found.id, **dict(found.settings))


def slot_view(found: Slot) -> values.Slot:
    zone = ZoneInfo(found.time_zone)
    starts_at, ends_at = found.interval.start.astimezone(zone), found.interval.end.astimezone(zone)
    return _view(values.Slot, found, starts_at=starts_at, ends_at=ends_at)


def offered_view(found: Slot, offer: Offer) -> slots.OfferedSlot:
    return slots.OfferedSlot(
        professional_id=offer.service.professional_id,
        service_id=offer.service.id,
        **dict(slot_view(found)),
    )


def policy_view(found: Policy) -> policies.AppointmentPolicy:
    return _view(policies.AppointmentPolicy, found, **dict(found.settings))


def outside_view(row: Any) -> hours.OutsideRequest:
    return _view(hours.OutsideRequest, row, request_id=row.id)


def appointment_file(found: Request, place: Location) -> feeds.AppointmentFile:
    return _view(
        feeds.AppointmentFile,
        found,
        request_id=found.id,
        location_name=place.name,
        location_address=place.address,
        changed_at=feed.changed_at(found).astimezone(ZoneInfo(found.time_zone)),
    )
