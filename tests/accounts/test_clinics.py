"""Clinics, and who works in them."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.accounts.handlers import clinics, invitations
from services.accounts.store import tables
from shared.contracts.accounts.clinics import (
    ChangeClinic,
    ClinicView,
    EndMembership,
    GetClinic,
    Invite,
    ListClinics,
    ListMembers,
    MembershipChanged,
)
from shared.contracts.accounts.people import AccountView
from tests.accounts.steps import NOW, House, outcome, refused

WEEK = timedelta(days=7)


def members(house: House, at: ClinicView, by: AccountView) -> list[tuple[str, str]]:
    command = ListMembers(clinic_id=at.clinic_id, by=by.account_id)
    found = clinics.list_members(house.unit, command, now=NOW).members
    return [(each.name, each.role) for each in found]


def told(house: House) -> list[tuple[UUID, int, str, str]]:
    facts = [MembershipChanged.model_validate(body) for body in house.events(MembershipChanged.topic)]
    return [(fact.person_id, fact.version, fact.role, fact.state) for fact in facts]


def end(house: House, at: ClinicView, who: AccountView, *, by: AccountView) -> str | None:
    command = EndMembership(
        clinic_id=at.clinic_id,
        person_id=who.account_id,
        by=by.account_id,
        session_id=house.at_hand(by.account_id),
        role="clinic",
    )
    return outcome(lambda: clinics.end_membership(house.unit, command, now=NOW))


def test_whoever_creates_a_clinic_owns_it(house: House, olga: AccountView) -> None:
    clinic_id = uuid4()
    made = house.clinic(olga, clinic_id=clinic_id, contact={"phone": "+390612345678"})
    assert (made.version, made.my_role) == (1, "owner")
    assert house.clinic(olga, clinic_id=clinic_id, contact={"phone": "+390612345678"}) == made
    assert clinics.list_mine(house.unit, ListClinics(person_id=olga.account_id)).clinics == [made]
    assert told(house) == [(olga.account_id, 1, "owner", "active")]
    other = outcome(lambda: house.clinic(olga, "Another", clinic_id=clinic_id))
    assert other == "idempotency_key_reused"


def test_a_clinic_that_is_anothers_is_no_repeat(house: House, at: ClinicView, staff: AccountView) -> None:
    code = outcome(lambda: house.clinic(staff, clinic_id=at.clinic_id))
    assert code == "idempotency_key_reused"


def test_owners_change_its_card(house: House, olga: AccountView, at: ClinicView, staff: AccountView) -> None:
    house.join(at, olga, staff, "staff")
    place = {"latitude": 41.9, "longitude": 12.5, "address": "Via Appia 1"}
    command = ChangeClinic.model_validate(
        at.model_dump() | {"by": olga.account_id, "name": "New", "place": place}
    )
    by_staff = command.model_copy(update={"by": staff.account_id})
    assert outcome(lambda: clinics.change(house.unit, by_staff)) == "not_yours"
    after = clinics.change(house.unit, command)
    assert (after.version, after.name) == (2, "New")
    shown = clinics.get(house.unit, GetClinic(clinic_id=at.clinic_id))
    assert shown == after.model_copy(update={"my_role": None})
    assert clinics.change(house.unit, command) == after
    other = command.model_copy(update={"name": "Newer"})
    assert outcome(lambda: clinics.change(house.unit, other)) == "stale_version"


@pytest.mark.parametrize(("role", "signed_in_as"), [("staff", "clinic"), ("owner", "clinic")])
def test_an_invitation_makes_a_member_of_who_was_invited(
    house: House, olga: AccountView, at: ClinicView, staff: AccountView, role: str, signed_in_as: str
) -> None:
    token = house.invite(at, olga, "Stefan.STAFF@example.org", role)
    assert members(house, at, olga) == [("Olga Owner", "owner")]
    view = house.accept(token, staff.account_id, signed_in_as)
    assert (view.clinic_name, view.role) == ("The Clinic", role)
    assert house.accept(token, staff.account_id, signed_in_as) == view
    assert members(house, at, staff) == [("Olga Owner", "owner"), ("Stefan Staff", role)]
    assert told(house)[1:] == [(staff.account_id, 1, role, "active")]
    assert house.audit(staff.account_id) == [(staff.account_id, "self", f"membership:{role}")]


def test_an_invitation_is_accepted_by_the_right_account_in_the_right_role(
    house: House, olga: AccountView, at: ClinicView, nurse: AccountView, staff: AccountView
) -> None:
    token = house.invite(at, olga, nurse.email, "professional")
    assert outcome(lambda: house.accept(token, staff.account_id, "professional")) == "other_address"
    wrong = refused(lambda: house.accept(token, nurse.account_id, "clinic"))
    assert (wrong.code, wrong.facts["needed"]) == ("wrong_role", "professional")
    assert outcome(lambda: house.accept(token + "A", nurse.account_id, "professional")) == "dead_link"
    assert outcome(lambda: house.accept(token, nurse.account_id, "professional")) is None
    assert outcome(lambda: house.accept(token, staff.account_id, "professional")) == "dead_link"


def test_an_invitation_is_good_for_a_week(
    house: House, olga: AccountView, at: ClinicView, nurse: AccountView
) -> None:
    token = house.invite(at, olga, nurse.email, "professional")

    def accepted(now: Any) -> str | None:
        return outcome(lambda: house.accept(token, nurse.account_id, "professional", now=now))

    assert accepted(NOW + WEEK) == "dead_link"
    assert accepted(NOW + WEEK - timedelta(seconds=1)) is None


def test_accepting_one_invitation_leaves_all_others_good(
    house: House, olga: AccountView, at: ClinicView, nurse: AccountView, staff: AccountView
) -> None:
    other = house.clinic(olga, "Another")
    for_nurse = house.invite(at, olga, nurse.email, "professional")
    elsewhere = house.invite(other, olga, nurse.email, "professional")
    for_staff = house.invite(at, olga, staff.email, "staff")
    house.accept(for_nurse, nurse.account_id, "professional")
    assert outcome(lambda: house.accept(for_staff, staff.account_id, "clinic")) is None
    assert outcome(lambda: house.accept(elsewhere, nurse.account_id, "professional")) is None


def test_who_left_does_not_come_back_by_the_old_invitation(
    house: House, olga: AccountView, at: ClinicView, staff: AccountView
) -> None:
    token = house.invite(at, olga, staff.email, "staff")
    house.accept(token, staff.account_id, "clinic")
    end(house, at, staff, by=staff)
    assert outcome(lambda: house.accept(token, staff.account_id, "clinic")) == "dead_link"
    house.join(at, olga, staff, "owner")
    assert told(house)[1:] == [
        (staff.account_id, 1, "staff", "active"),
        (staff.account_id, 2, "staff", "ended"),
        (staff.account_id, 3, "owner", "active"),
    ]


def test_inviting_again_under_one_id_sends_one_mail(
    house: House, olga: AccountView, at: ClinicView, staff: AccountView
) -> None:
    fields = {
        "invitation_id": uuid4(),
        "clinic_id": at.clinic_id,
        "by": olga.account_id,
        "session_id": house.at_hand(olga.account_id),
        "role": "staff",
    }
    command = Invite(email=staff.email, **fields)
    first = invitations.invite(house.unit, command, tools=house.tools, now=NOW)
    assert invitations.invite(house.unit, command, tools=house.tools, now=NOW + WEEK / 2) == first
    assert len(house.mails()) == 1
    other = Invite(email="another@example.org", **fields)
    code = outcome(lambda: invitations.invite(house.unit, other, tools=house.tools, now=NOW))
    assert code == "idempotency_key_reused"


def test_what_is_no_clinic_is_refused(house: House, olga: AccountView) -> None:
    nowhere = ClinicView(clinic_id=uuid4(), version=1, name="x", contact={}, place=None)
    assert outcome(lambda: clinics.get(house.unit, GetClinic(clinic_id=uuid4()))) == "unknown_clinic"
    assert end(house, nowhere, olga, by=olga) == "unknown_clinic"
    stranger = olga.model_copy(update={"account_id": uuid4()})
    assert outcome(lambda: house.clinic(stranger)) == "unknown_account"
    assert house.count(tables.clinics) == 0
