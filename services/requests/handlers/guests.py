"""Guests verify their requests, and a guest who joins an account brings them along."""

from datetime import datetime

from services.requests import store
from services.requests.domain import limits, request, submission
from services.requests.domain.ending import Leaving
from services.requests.operations import lookups, views, writing
from services.requests.tools import Tools
from shared.bus import handles, listens
from shared.contracts.accounts.guests import GuestJoined
from shared.contracts.requests.requests import RequestView, VerifyRequest
from shared.db import Unit


@handles(VerifyRequest)
def verify(unit: Unit, command: VerifyRequest, *, tools: Tools, now: datetime) -> RequestView:
    """Verify a guest's request, as they have opened its link.

    Refuses `unknown_request`, `not_yours`, and as `submission.verify` and `limits.refuse` do.
    """
    with unit() as work:
        before = lookups.known_request(work, command.request_id, tools=tools, to_change=True)
        request.side_of(before, by=command.by, role="patient")
        service = store.services.find(work, before.service_id)
        assert service is not None
        booking = store.policies.booking_settings_of(work, before.professional_id, before.practice_id)
        rules = store.policies.policy_of(work, before.practice_id)
        after, events = submission.verify(
            before,
            booking=booking.mode(service),
            rules=rules,
            lead=booking.lead,
            timing=tools.timing,
            now=now,
        )
        if not before.verified:
            store.limits.lock(work, before.counted_by)
            history = store.limits.history(work, before.counted_by, but=before.id, now=now)
            limits.refuse(history, after, settings=rules.settings, bounds=tools.bounds, now=now)
        writing.save(work, before, after, events, tools=tools)
    return views.request_view(after)


@listens(GuestJoined)
def join(unit: Unit, event: GuestJoined, *, tools: Tools, now: datetime) -> None:
    """Move the requests of a guest to the person, with notes sealed by the person's key; destroy the guest's.

    If the person has closed their account meanwhile, the requests end as their own did.
    """
    with unit() as work:
        if not work.first_sight(event, "join"):
            return
        work.lock_exclusive(event.guest_id)  # requests under way in the guest's name finish first
        left = store.erasure.gone_among(work, event.person_id)
        erased = store.erasure.is_erased(work, event.person_id)
        for each in store.requests.of_patient(work, tools.master, event.guest_id):
            after = submission.joined(each, event.person_id)
            writing.save(work, each, after, [], tools=tools)
        store.keys.destroy(work, event.guest_id)
        if left:
            reason: Leaving = "account_erased" if erased else "account_closed"
            writing.end_open(work, event.person_id, reason=reason, tools=tools, now=now)
        if erased:
            store.erasure.erase_notes(work, event.person_id)
