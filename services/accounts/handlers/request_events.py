"""Events of requests change care relations and the access log, and are mailed to guests and front desks."""

from dataclasses import replace
from datetime import datetime
from typing import get_args
from uuid import UUID, uuid5

from services.accounts.domain import access_log, care, guest
from services.accounts.store import clinics, guests, mails, people
from shared.bus import listens
from shared.contracts.requests import moves
from shared.db import Unit, Work


@listens(*get_args(moves.RequestMoved), moves.GuestAsked, moves.RequestHandedOver, moves.RequestUnstaffed)
def note_visit(unit: Unit, event: care.CareEvent, *, now: datetime) -> None:
    """Note a visit of people who are there: after an account was erased, nothing of it is kept.

    The front desk is told in any case that a visit of its clinic has no professional.
    """
    with unit() as work:
        if not work.first_sight(event, "note_visit"):
            return
        if isinstance(event, moves.RequestUnstaffed):
            _mail_front_desk(work, event, now=now)
        if not people.all_exist(work, event.professional_id):
            return
        if people.all_exist(work, event.patient_id):
            _save_care(work, event, patient_id=event.patient_id)
        elif asked_by := guests.find(work, event.patient_id, to_change=True):
            known = clinics.find_care(work, event.request_id)
            _save_care(work, event, patient_id=asked_by.joined or asked_by.id)
            if asked_by.joined is None:
                _mail_guest(work, asked_by, event, before=known.ends_at if known else None, now=now)


@listens(moves.RequestsRead)
def note_read(unit: Unit, event: moves.RequestsRead) -> None:
    with unit() as work:
        if work.first_sight(event, "note_read"):
            people.log_access(work, *access_log.entries_of_read(event))


def _save_care(work: Work, event: care.CareEvent, *, patient_id: UUID) -> None:
    if noted := care.from_event(event, patient_id=patient_id):
        clinics.save_care(work, noted)
    clinics.extend_care(work, care.initial(event, patient_id=patient_id))


def _mail_front_desk(work: Work, event: moves.RequestUnstaffed, *, now: datetime) -> None:
    """Send one mail to each of the front desk for all visits that a professional leaves on one day."""
    if event.practice_id is None:
        return
    leaving = care.front_desk_mail_id(event.practice_id, event)
    if work.first_time(leaving, "tell_front_desk"):
        for person_id, email in clinics.front_desk(work, event.practice_id):
            mails.enqueue(work, uuid5(leaving, str(person_id)), "unstaffed", email, now=now)


def _mail_guest(
    work: Work, to: guest.Guest, event: care.CareEvent, *, before: datetime | None, now: datetime
) -> None:
    """Tell a guest by mail; one who verified a request stays known. `before` as in `care.mail_to_guest`."""
    if not isinstance(event, moves.GuestAsked) and not to.expected:
        guests.save(work, replace(to, expected=True))
    if (kind := care.mail_to_guest(event, before=before)) and to.email:
        mail_id = uuid5(event.event_id, "guest")
        mails.enqueue(work, mail_id, kind, to.email, object_id=event.request_id, now=now)
