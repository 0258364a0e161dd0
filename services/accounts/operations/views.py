"""Views: domain values as the contracts show them."""

from services.accounts.domain import clinic, person
from services.accounts.store import sessions
from shared.contracts.accounts import clinics, people
from shared.db import Work


def account_view(work: Work, known: person.Person) -> people.AccountView:
    has_app = sessions.has_second_factor(work, known.id)
    return people.AccountView.of(known, account_id=known.id, totp=has_app)


def clinic_view(known: clinic.Clinic, my_role: str | None = None) -> clinics.ClinicView:
    return clinics.ClinicView.of(known, clinic_id=known.id, my_role=my_role)


def membership_view(at: clinic.Clinic, member: clinic.Membership) -> clinics.MembershipView:
    return clinics.MembershipView.of(member, clinic_name=at.name)
