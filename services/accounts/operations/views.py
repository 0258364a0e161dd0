"""Views: domain values as the contracts show them."""

from services.accounts.domain.clinic import Clinic, Membership
from services.accounts.domain.person import Person
from services.accounts.store.people import Dependent
from services.accounts.store.sessions import Passkey
from shared.contracts.accounts.clinics import ClinicView, MembershipView
from shared.contracts.accounts.factors import PasskeyView
from shared.contracts.accounts.people import AccountView, DependentView


def passkey_view(passkey: Passkey) -> PasskeyView:
    return PasskeyView(
        passkey_id=passkey.id,
        name=passkey.name,
        added_at=passkey.added_at,
        last_used_at=passkey.last_used_at,
    )


def dependent_view(dependent: Dependent) -> DependentView:
    return DependentView(
        dependent_id=dependent.id,
        version=dependent.version,
        name=dependent.name,
        relationship=dependent.relationship,
        born_on=dependent.born_on,
    )


def account_view(known: Person, *, totp: bool) -> AccountView:
    return AccountView(
        account_id=known.id,
        version=known.version,
        email=known.email,
        name=known.name,
        roles=list(known.roles),
        phone=known.phone,
        languages=list(known.languages),
        time_zone=known.time_zone,
        locale=known.locale,
        photo_url=known.photo_url,
        totp=totp,
    )


def clinic_view(known: Clinic, my_role: str | None = None) -> ClinicView:
    return ClinicView(
        clinic_id=known.id,
        version=known.version,
        name=known.name,
        contact=known.contact,
        place=known.place,
        my_role=my_role,
    )


def membership_view(at: Clinic, member: Membership) -> MembershipView:
    return MembershipView(clinic_id=at.id, clinic_name=at.name, person_id=member.person_id, role=member.role)
