"""Views: domain values as the contracts show them; instants carry the offset of the place."""

from collections.abc import Collection
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

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
from shared.contracts.requests.feeds import AppointmentFile
from shared.contracts.requests.hours import (
    BookingSettingsView,
    HoursView,
    OpeningHours,
    OutsideRequest,
    OverrideView,
)
from shared.contracts.requests.hours import Hours as WallHours
from shared.contracts.requests.places import LocationView
from shared.contracts.requests.policies import PolicyView
from shared.contracts.requests.requests import FollowUpView, ProposalView, RequestView
from shared.contracts.requests.services import ServiceView
from shared.contracts.requests.slots import OfferedSlot
from shared.contracts.requests.values import Slot as SlotView


def location_view(location: Location) -> LocationView:
    return LocationView(
        location_id=location.id,
        version=location.version,
        practice_id=location.practice_id,
        name=location.name,
        address=location.address,
        time_zone=location.time_zone,
        country=location.country,
        subdivision=location.subdivision,
    )


def request_view(found: Request, *, costs: Money | None = None) -> RequestView:
    """Instants carry the offset of the place; `costs` is what a preview says beside."""
    zone = ZoneInfo(found.time_zone)
    return RequestView(
        request_id=found.id,
        version=found.version,
        status=found.status,
        outcome=found.outcome,
        patient_id=found.patient_id,
        dependent_id=found.dependent_id,
        professional_id=found.professional_id,
        practice_id=found.practice_id,
        location_id=found.location_id,
        service_id=found.service_id,
        service_name=found.service_name,
        mode=found.mode,
        starts_at=found.starts_at.astimezone(zone),
        ends_at=found.ends_at.astimezone(zone),
        time_zone=found.time_zone,
        details=found.notes.details,
        joiners=list(found.notes.joiners),
        submitted_at=found.submitted_at.astimezone(zone),
        submitted_by=found.submitted_by,
        verified=found.verified,
        expires_at=found.expires_at.astimezone(zone),
        confirmed_at=found.confirmed_at and found.confirmed_at.astimezone(zone),
        ended_at=found.ended_at and found.ended_at.astimezone(zone),
        price=found.price,
        terms=found.terms,
        fee=found.fee,
        costs=costs,
        decline_reason=found.decline_reason,
        decline_words=found.notes.decline,
        unstaffed=found.unstaffed,
        proposal=_proposal_view(found),
        follow_ups=_follow_up_views(found, zone),
    )


def _proposal_view(found: Request) -> ProposalView | None:
    if (made := found.proposal) is None:
        return None
    zone = ZoneInfo(made.time_zone)
    return ProposalView(
        proposal_id=made.id,
        by=made.by,
        state=made.state,
        location_id=made.location_id,
        starts_at=made.starts_at.astimezone(zone),
        ends_at=made.ends_at.astimezone(zone),
        expires_at=made.expires_at.astimezone(zone),
        fee=made.fee,
        professional_id=made.handed_to and made.handed_to.professional_id,
        service_id=made.handed_to and made.handed_to.service_id,
    )


def _follow_up_views(found: Request, zone: ZoneInfo) -> list[FollowUpView]:
    return [
        FollowUpView(
            follow_up_id=each.id,
            question=each.question,
            asked_at=each.asked_at.astimezone(zone),
            answer=each.answer,
            answered_at=each.answered_at and each.answered_at.astimezone(zone),
        )
        for each in found.notes.follow_ups
    ]


def hours_view(
    weekly: Collection[tuple[Any, Opening]],
    place: Location,
    professional_id: UUID,
    *,
    version: int,
    outside: Collection[OutsideRequest] = (),
) -> HoursView:
    return HoursView(
        professional_id=professional_id,
        location_id=place.id,
        version=version,
        time_zone=place.time_zone,
        weekly=[
            OpeningHours(weekday=weekday, opens=each.opens, closes=each.closes) for weekday, each in weekly
        ],
        outside=list(outside),
    )


def override_view(found: Override, *, outside: Collection[OutsideRequest] = ()) -> OverrideView:
    return OverrideView(
        exception_id=found.id,
        professional_id=found.professional_id,
        practice_id=found.practice_id,
        location_id=found.location_id,
        kind=found.kind,
        first_day=found.first_day,
        last_day=found.last_day,
        hours=[WallHours(opens=each.opens, closes=each.closes) for each in found.hours],
        outside=list(outside),
    )


def booking_settings_view(
    found: BookingSettings, *, outside: Collection[OutsideRequest] = ()
) -> BookingSettingsView:
    return BookingSettingsView(
        professional_id=found.professional_id,
        practice_id=found.practice_id,
        version=found.version,
        outside=list(outside),
        **dict(found.settings),
    )


def service_view(found: Service) -> ServiceView:
    return ServiceView(
        service_id=found.id,
        version=found.version,
        professional_id=found.professional_id,
        practice_id=found.practice_id,
        kind=found.kind,
        mode=found.mode,
        **dict(found.settings),
    )


def slot_view(found: Slot) -> SlotView:
    zone = ZoneInfo(found.time_zone)
    return SlotView(
        starts_at=found.visit.start.astimezone(zone),
        ends_at=found.visit.end.astimezone(zone),
        location_id=found.location_id,
        time_zone=found.time_zone,
    )


def offered_view(found: Slot, offer: Offer) -> OfferedSlot:
    return OfferedSlot(
        professional_id=offer.service.professional_id,
        service_id=offer.service.id,
        **dict(slot_view(found)),
    )


def policy_view(found: Policy) -> PolicyView:
    return PolicyView(practice_id=found.practice_id, version=found.version, **dict(found.settings))


def outside_view(row: Any) -> OutsideRequest:
    zone = ZoneInfo(row.time_zone)
    return OutsideRequest(
        request_id=row.id,
        version=row.version,
        status=row.status,
        location_id=row.location_id,
        starts_at=row.starts_at.astimezone(zone),
        ends_at=row.ends_at.astimezone(zone),
    )


def appointment_file(found: Request, place: Location) -> AppointmentFile:
    zone = ZoneInfo(found.time_zone)
    return AppointmentFile(
        request_id=found.id,
        version=found.version,
        status=found.status,
        patient_id=found.patient_id,
        professional_id=found.professional_id,
        service_name=found.service_name,
        mode=found.mode,
        location_name=place.name,
        location_address=place.address,
        starts_at=found.starts_at.astimezone(zone),
        ends_at=found.ends_at.astimezone(zone),
        time_zone=found.time_zone,
        verified=found.verified,
        changed_at=feed.changed_at(found).astimezone(zone),
    )
