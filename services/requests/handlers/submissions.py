"""Submission of requests: by the patient, or by the practice on their behalf."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.requests import store
from services.requests.domain import access_log, ending, limits, submission
from services.requests.domain.policy import Policy
from services.requests.domain.request import Request
from services.requests.domain.slots import Offer, Offered, Slot, slot_among
from services.requests.domain.submission import Asked
from services.requests.operations.access import practices_for, refuse_erased, refuse_erased_guest, side_on
from services.requests.operations.availability import Wanted, for_patients, for_practice, known_offers
from services.requests.operations.views import request_view
from services.requests.operations.writing import refuse_full_day, take
from services.requests.tools import Tools
from shared.bus import handles
from shared.contracts.requests import refusals
from shared.contracts.requests.requests import RequestView, SubmitRequest
from shared.contracts.requests.values import Side
from shared.db import Unit, Work


@handles(SubmitRequest)
def submit(
    unit: Unit, command: SubmitRequest, *, tools: Tools, access_id: UUID, now: datetime
) -> RequestView:
    """Submit a request. A repeated command shows it as it is, which the access log notes as `access_id`."""
    with unit() as work:
        _refuse_for_others(command)
        if command.guest:
            refuse_erased_guest(work, command.patient_id)
        if known := store.requests.find(work, tools.master, command.request_id):
            return _repeated(work, known, command, access_id=access_id, now=now)
        refuse_erased(work, professional_id=command.professional_id, person_id=command.patient_id)
        side, practices = _side(work, command)
        offers = known_offers(
            work, command.service_id, command.professional_id, practice_ids=practices, now=now
        )
        offered = _bookable(work, offers, command, side=side, now=now)
        offer, slot = slot_among(offered, command.starts_at, at=command.location_id, now=now)
        practice_id = offer.practice_id
        rules = store.policies.policy_of(work, practice_id)
        if side == "patient":
            _refuse_too_many(work, command, slot, rules, tools=tools, now=now)
        if practices is not None and not command.guest:
            _refuse_unknown_patient(work, command, practice_id, practices)
        asked = Asked(side=side, offer=offer, slot=slot, rules=rules)
        new, events = submission.submit(command, asked, timing=tools.timing, now=now)
        if not store.requests.add(work, tools.master, new, due_at=ending.due_at(new, tools.timing)):
            known = store.requests.find(work, tools.master, command.request_id)
            assert known is not None
            return _repeated(work, known, command, access_id=access_id, now=now)  # sent twice at once
        refuse_full_day(work, offer, slot, of=command.request_id, tools=tools, now=now)
        take(work, new, Wanted(offered, slot), tools=tools, now=now)
        work.publish(*events)
    return request_view(new)


def _refuse_too_many(
    work: Work, command: SubmitRequest, slot: Slot, rules: Policy, *, tools: Tools, now: datetime
) -> None:
    """Refuses as `limits` does: a guest by what guests with this address asked for, anybody else by all."""
    counted_by = command.patient_id
    read = store.limits.history
    if command.guest:
        counted_by = command.counts_as or command.patient_id
        read = store.limits.history_of_guests
    store.limits.lock(work, counted_by)
    history = read(work, counted_by, but=command.request_id, now=now)
    limits.refuse_given_up(
        history, slot.visit, professional_id=command.professional_id, bounds=tools.bounds, now=now
    )
    if command.guest:
        limits.refuse_unverified(history, bounds=tools.bounds, now=now)
    else:
        limits.refuse_too_many(
            history,
            professional_id=command.professional_id,
            practice_id=rules.practice_id,
            settings=rules.settings,
            bounds=tools.bounds,
            now=now,
        )


def _refuse_for_others(command: SubmitRequest) -> None:
    """Refuses `not_yours` to a patient who asks on behalf of another."""
    if command.role == "patient" and command.by != command.patient_id:
        raise refusals.NotYours("Ask for yourself, or for one of your dependents.", field="patient_id")


def _side(work: Work, command: SubmitRequest) -> tuple[Side, set[UUID] | None]:
    """Return the side that asks, and the practices it asks for; None: any. Refuses `not_yours`."""
    if command.role == "patient":
        return "patient", None
    return "professional", practices_for(work, command.professional_id, by=command.by, role=command.role)


def _refuse_unknown_patient(
    work: Work, command: SubmitRequest, practice_id: UUID, practices: Collection[UUID]
) -> None:
    """Refuses `not_yours`: a practice asks for patients who have asked it for a visit before.

    A front desk knows those of the practice where the visit will be, a professional those of their own.
    """
    if command.role == "clinic":
        known = store.requests.has_asked(work, command.patient_id, [practice_id])
    else:
        known = store.requests.has_asked(
            work, command.patient_id, practices, professional_id=command.professional_id
        )
    if not known:
        detail = "This works only for patients who have asked this practice for a visit before."
        raise refusals.NotYours(detail, field="patient_id")


def _bookable(
    work: Work, offers: Collection[Offer], command: SubmitRequest, *, side: Side, now: datetime
) -> Offered:
    """Refuses `existing_patients_only`, and as `for_practice` or `for_patients` does."""
    if side == "professional":
        return for_practice(offers, now=now)
    offered = for_patients(offers, now=now)
    if not all(each.service.settings.new_patients for each in offers) and not store.requests.has_been_seen(
        work, command.patient_id, command.professional_id
    ):
        raise refusals.ExistingPatientsOnly()
    return offered


def _repeated(
    work: Work, known: Request, command: SubmitRequest, *, access_id: UUID, now: datetime
) -> RequestView:
    """The visit as it stands, for a caller who may still ask for it.

    Refuses `not_yours` before anything of the stored visit is looked at, and `idempotency_key_reused`.
    """
    if command.role != "patient":
        side_on(work, known, by=command.by, role=command.role)
    if not submission.is_repeat(known, command):
        raise refusals.IdempotencyKeyReused()
    if command.role != "patient":
        work.publish(
            *access_log.entries([known], by=command.by, role=command.role, access_id=access_id, now=now)
        )
    return request_view(known)
