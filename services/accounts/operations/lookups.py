"""Lookups: each finds what an id, an address or a command names, or refuses."""

from uuid import UUID

from services.accounts.domain import care, clinic, directory_entry, person
from services.accounts.store import clinics, directory, people
from shared.contracts.accounts import refusals
from shared.db import Work


def find_person(work: Work, person_id: UUID, *, to_change: bool = False) -> person.Person:
    """Return the person; `to_change` locks the row. Refuses `unknown_account`."""
    return person.check_known(people.find(work, person_id, to_change=to_change))


def find_person_by_email(work: Work, email: str) -> person.Person:
    """Return the person with this address, locked. Refuses `unknown_account`."""
    return person.check_known(people.find_by_email(work, person.normalize_email(email), to_change=True))


def find_clinic(work: Work, clinic_id: UUID, *, to_change: bool = False) -> clinic.Clinic:
    """Return the clinic; `to_change` locks it, and with it its memberships. Refuses `unknown_clinic`."""
    known = clinics.find(work, clinic_id, to_change=to_change)
    if known is None:
        raise refusals.UnknownClinic()
    return known


def find_owned_clinic(work: Work, clinic_id: UUID, by: UUID, *, to_change: bool = True) -> clinic.Clinic:
    """Return a clinic of which `by` is an owner. Refuses `unknown_clinic` and `not_yours`."""
    known = find_clinic(work, clinic_id, to_change=to_change)
    clinic.check_owner(clinics.owners(work, clinic_id), by)
    return known


def find_directory_entry(
    work: Work, professional_id: UUID, *, to_change: bool = False
) -> directory_entry.DirectoryEntry:
    """Return the page of a professional; `to_change` locks it. Refuses `unknown_professional`."""
    known = directory.find(work, professional_id, to_change=to_change)
    if known is None:
        raise refusals.UnknownProfessional("There is no professional with this id.")
    return known


def check_patient(work: Work, patient_id: UUID, *, by: UUID, role: str, to_reset: bool = False) -> None:
    """Check that the caller may see a patient, or `to_reset` mail them a link. Refuses `not_yours`."""
    statuses = care.MAY_SEND_RESET if to_reset else care.MAY_SEE
    if not clinics.has_patient(work, by, role, patient_id, statuses=statuses, history=not to_reset):
        raise care.no_patient()
