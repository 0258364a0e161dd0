"""Submission of requests: by the patient, or by the practice on their behalf."""

from datetime import datetime
from uuid import UUID

from services.requests import store
from services.requests.domain import ending, offers, slots, submission
from services.requests.domain.limits import History
from services.requests.domain.request import Request
from services.requests.domain.submission import Asked
from services.requests.operations import access, availability, lookups, views, writing
from services.requests.tools import Tools
from shared.bus import handles
from shared.contracts.requests import refusals
from shared.contracts.requests.requests import RequestView, SubmitRequest
from shared.db import Unit, Work


@handles(SubmitRequest)
def submit(
    unit: Unit, command: SubmitRequest, *, tools: Tools, access_id: UUID, now: datetime
) -> RequestView:
    """Submit a request. A repeated command shows it as it is, which the access log notes as `access_id`."""
    with unit() as work:
        submission.refuse_for_others(command)
        if command.guest:
            access.refuse_erased_guest(work, command.patient_id)
        if known := store.requests.find(work, tools.master, command.request_id):
            return _repeated(work, known, command, access_id=access_id, now=now)
        access.refuse_erased(work, professional_id=command.professional_id, person_id=command.patient_id)
        asked = _asked(work, command, now=now)
        new, events = submission.submit(command, asked, timing=tools.timing, bounds=tools.bounds, now=now)
        if not store.requests.add(work, tools.master, new, due_at=ending.due_at(new, tools.timing)):
            known = lookups.known_request(work, command.request_id, tools=tools)
            return _repeated(work, known, command, access_id=access_id, now=now)  # sent twice at once
        writing.refuse_full_day(work, asked.wanted, of=new.id, tools=tools, now=now)
        writing.take(work, new, asked.wanted, tools=tools, now=now)
        work.publish(*events)
    return views.request_view(new)


def _asked(work: Work, command: SubmitRequest, *, now: datetime) -> Asked:
    """Return the slot that is asked for, with all that decides on it.

    Refuses `not_yours`, `existing_patients_only`, and as `offers.open_to` and `slot_among` do.
    """
    by_patient, practices = command.role == "patient", None
    if not by_patient:
        practices = access.practices_for(work, command.professional_id, by=command.by, role=command.role)
    found = availability.known_offers(
        work, command.service_id, command.professional_id, practice_ids=practices, now=now
    )
    offered = offers.open_to("patient" if by_patient else "professional", found, now=now)
    if by_patient and not offers.admit_new_patients(found):
        seen = store.requests.has_been_seen(work, command.patient_id, command.professional_id)
        offers.refuse_new_patient(seen=seen)
    wanted = slots.slot_among(offered, command.starts_at, at=command.location_id, now=now)
    rules = store.policies.policy_of(work, wanted.offer.practice_id)
    if by_patient:
        history = _history(work, command, now=now)
        return Asked(side="patient", wanted=wanted, rules=rules, history=history)
    known = command.guest or access.knows_patient(work, command, wanted.offer.practice_id, practices or ())
    return Asked(side="professional", wanted=wanted, rules=rules, knows_patient=known)


def _history(work: Work, command: SubmitRequest, *, now: datetime) -> History:
    """Return what counts for the limits: a guest's requests with this address, or all of an account."""
    counted_by = (command.guest and command.counts_as) or command.patient_id
    read = store.limits.history_of_guests if command.guest else store.limits.history
    store.limits.lock(work, counted_by)
    return read(work, counted_by, but=command.request_id, now=now)


def _repeated(
    work: Work, known: Request, command: SubmitRequest, *, access_id: UUID, now: datetime
) -> RequestView:
    """Return the request as it stands, to a caller who may still ask for it.

    Refuses `not_yours` before anything of the stored request is looked at, and `idempotency_key_reused`.
    """
    if command.role != "patient":
        access.side_on(work, known, by=command.by, role=command.role)
    if not submission.is_repeat(known, command):
        raise refusals.IdempotencyKeyReused()
    if command.role != "patient":
        access.log_access(work, [known], by=command.by, role=command.role, access_id=access_id, now=now)
    return views.request_view(known)
