"""Reading of requests: one, a page of them, or the changes since a cursor.

Queries live in `store.pages`. Callers see only requests in their scope, and what they see of others is in the
access log.
"""

from datetime import datetime
from uuid import UUID

from services.requests import store
from services.requests.domain import interval, location, membership
from services.requests.operations import access, lookups, views
from services.requests.store.pages import Filter, Scope
from services.requests.tools import Tools
from shared import cursor
from shared.bus import handles
from shared.contracts.requests import refusals
from shared.contracts.requests import requests as contract
from shared.contracts.requests.values import ActingRole
from shared.db import Unit, Work

_FIRST, _NEW_ROUND = UUID(int=0), 0


@handles(contract.GetRequest)
def get(
    unit: Unit, command: contract.GetRequest, *, tools: Tools, access_id: UUID, now: datetime
) -> contract.RequestView:
    with unit() as work:
        found = lookups.find_and_log(work, command, tools=tools, access_id=access_id, now=now)
    return views.request_view(found)


@handles(contract.ListRequests)
def list_requests(
    unit: Unit, command: contract.ListRequests, *, tools: Tools, access_id: UUID, now: datetime
) -> contract.RequestsPage:
    """List requests; `access_id` is the id of the entry in the access log, if they are of others."""
    with unit() as work:
        wanted = _filter(work, command)
        found = store.pages.page(
            work, tools.master, wanted, after=command.cursor, limit=command.limit + 1, now=now
        )
        shown, following = cursor.cut(found, command.limit, wanted.key)
        access.log_access(work, shown, by=command.person_id, role=command.role, access_id=access_id, now=now)
    return contract.RequestsPage(requests=[views.request_view(each) for each in shown], next_cursor=following)


@handles(contract.SyncRequests)
def sync(
    unit: Unit, command: contract.SyncRequests, *, tools: Tools, access_id: UUID, now: datetime
) -> contract.ChangesPage:
    """Return the changes since the cursor, oldest first.

    The cursor names the end of this page, and the start of the next round: the oldest change that was
    invisible when this one began, as its transaction was open. So a phone misses no change, and sees some
    twice.
    """
    with unit() as work:
        here = store.pages.cluster(work)
        since, restart = _read_cursor(command.cursor, here)
        scope = _scope(work, command.person_id, command.role, command.professional_id)
        found, open_from = store.pages.changes(
            work, tools.master, scope, since=since, limit=command.limit + 1
        )
        shown, more = found[: command.limit], len(found) > command.limit
        requests = [each for _, each in shown]
        access.log_access(
            work, requests, by=command.person_id, role=command.role, access_id=access_id, now=now
        )
    restart = open_from if restart is None else restart
    if more:
        changed_in, last = shown[-1]
        following = cursor.encode(here, changed_in, last.id, restart)
    else:
        following = cursor.encode(here, restart, _FIRST, _NEW_ROUND)
    return contract.ChangesPage(
        requests=[views.request_view(each) for each in requests], next_cursor=following, more=more
    )


def _read_cursor(text: str | None, here: int) -> tuple[tuple[int, UUID] | None, int | None]:
    """Return the last change that was seen, and the start of the next round. Refuses `bad_cursor`."""
    if text is None:
        return None, None
    cluster, changed_in, request_id, restart = cursor.decode(text, int, int, UUID, int)
    if cluster != here or not (0 <= changed_in < 2**63 and 0 <= restart < 2**63):
        raise refusals.BadCursor("This cursor no longer works. Start again without one.")
    return (changed_in, request_id), restart or None


def _filter(work: Work, command: contract.ListRequests) -> Filter:
    """Return the filter of the command.

    Refuses `missing_field`, `not_yours`, `unknown_time_zone` and `too_far_ahead`.
    """
    window = None
    if command.first_day is not None:
        zone = command.time_zone or "UTC"
        location.refuse_unknown_zone(zone, interval.time_zones())
        window = interval.listed_days(command.first_day, command.days, zone)
    if command.clinic_id is not None:
        practice_id = access.practice(work, command.clinic_id, by=command.person_id, role=command.role)
        scope = Scope(side="professional", practice_ids=[practice_id])
    else:
        scope = _scope(work, command.person_id, command.role, command.professional_id)
    return Filter(
        scope=scope,
        shown=command.shown,
        unstaffed=command.unstaffed,
        status=command.status,
        service_id=command.service_id,
        location_id=command.location_id,
        window=window,
    )


def _scope(work: Work, person_id: UUID, role: ActingRole, professional_id: UUID | None) -> Scope:
    """Return the scope of requests that the caller may see: for a front desk, those at its clinics alone.

    Refuses `missing_field` and `not_yours`.
    """
    if role == "patient" and professional_id is None:
        return Scope(side="patient", person_id=person_id)
    professional_id = membership.professional_meant(professional_id, by=person_id, role=role)
    if role == "professional" and professional_id == person_id:
        return Scope(side="professional", person_id=person_id)
    clinics = set[UUID]()
    if role == "clinic":
        clinics = store.memberships.clinics_shared(
            work, person_id, professional_id=professional_id, former=True
        )
    if not clinics:
        raise membership.not_acting()
    return Scope(side="professional", person_id=professional_id, practice_ids=sorted(clinics))
