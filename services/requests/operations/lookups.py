"""Lookups: each finds what an id names, or refuses.

Rights are decided in `access`. No lookup writes anything but an entry of the access log.
"""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.requests import store
from services.requests.domain import membership
from services.requests.domain.location import Location
from services.requests.domain.request import Request
from services.requests.operations import access
from services.requests.tools import Tools
from shared.contracts.requests import refusals
from shared.contracts.requests.hours import AddOverride, PublishHours
from shared.contracts.requests.values import ActingRole, Side
from shared.db import Work


class AboutRequest(Protocol):
    """A command about one request, by a caller in the role they are signed in with."""

    @property
    def request_id(self) -> UUID: ...
    @property
    def by(self) -> UUID: ...
    @property
    def role(self) -> ActingRole: ...


def known_request(work: Work, request_id: UUID, *, tools: Tools, to_change: bool = False) -> Request:
    """Return the request; `to_change` locks it. Refuses `unknown_request`."""
    found = store.requests.find(work, tools.master, request_id, to_change=to_change)
    if found is None:
        raise refusals.UnknownRequest()
    return found


def request_to_decide(work: Work, command: AboutRequest, *, tools: Tools) -> tuple[Request, Side]:
    """Return the request, locked, and the caller's side. Refuses `unknown_request` and `not_yours`."""
    found = known_request(work, command.request_id, tools=tools, to_change=True)
    return found, access.side_on(work, found, by=command.by, role=command.role)


def known_place(work: Work, location_id: UUID, *, professional_id: UUID) -> Location:
    """Return a location where this professional works. Refuses `unknown_location`."""
    found = known_location(work, location_id)
    if not store.memberships.works_at(work, professional_id, found.practice_id):
        raise refusals.UnknownLocation()
    return found


def place_to_set(work: Work, location_id: UUID, command: PublishHours | AddOverride) -> Location:
    """Return a location at which the caller acts for this professional.

    Refuses `unknown_professional`, `unknown_account`, `not_yours`, and `unknown_location` where the
    professional does not work.
    """
    access.refuse_erased(work, professional_id=command.professional_id, person_id=command.by)
    if command.role != "clinic" and not (
        command.role == "professional" and command.by == command.professional_id
    ):
        raise membership.not_acting()
    found = known_location(work, location_id)
    if command.role == "clinic":
        access.may_act_at(
            work,
            found.practice_id,
            professional_id=command.professional_id,
            by=command.by,
            role=command.role,
        )
    if not store.memberships.works_at(work, command.professional_id, found.practice_id):
        raise refusals.UnknownLocation()
    return found


def known_location(work: Work, location_id: UUID, *, to_change: bool = False) -> Location:
    """Return the location; `to_change` locks it. Refuses `unknown_location`."""
    found = store.locations.find(work, location_id, to_change=to_change)
    if found is None:
        raise refusals.UnknownLocation()
    return found


def find_and_log(
    work: Work, command: AboutRequest, *, tools: Tools, access_id: UUID, now: datetime
) -> Request:
    """Return the request, and log who reads it. Refuses `unknown_request` and `not_yours`."""
    found = known_request(work, command.request_id, tools=tools)
    access.side_on(work, found, by=command.by, role=command.role, to_read=True)
    access.log_access(work, [found], by=command.by, role=command.role, access_id=access_id, now=now)
    return found
