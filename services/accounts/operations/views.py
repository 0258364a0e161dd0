"""Views: domain values as the contracts show them."""

from services.accounts.domain.clinic import Clinic, Membership
from services.accounts.domain.person import Person
from services.accounts.store import sessions
from shared.contracts.accounts.clinics import ClinicView, MembershipView
from shared.contracts.accounts.people import AccountView
from shared.db import Work


def account_view(work: Work, known: Person) -> AccountView:
    has_app = sessions.has_second_factor(work, known.id)
    return AccountView.of(known, account_id=known.id, totp=has_app)


def clinic_view(known: Clinic, my_role: str | None = None) -> ClinicView:
    return ClinicView.of(known, clinic_id=known.id, my_role=my_role)


def membership_view(at: Clinic, member: Membership) -> MembershipView:
    return MembershipView.of(member, clinic_name=at.name)
