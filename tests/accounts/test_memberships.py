"""The rights of a clinic's members, and the end of a membership."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.accounts.domain.care import MAY_SEE
from services.accounts.handlers import clinics, request_events
from services.accounts.store import clinics as rows
from services.accounts.store import tables
from shared.contracts.accounts.clinics import (
    ChangeMember,
    ClinicView,
    EndMembership,
    ListClinics,
    ListMembers,
)
from shared.contracts.accounts.people import AccountView
from shared.contracts.requests.moves import RequestCompleted, RequestHandedOver, RequestUnstaffed
from tests.accounts.steps import NOW, House, outcome, visit


def members(house: House, at: ClinicView, by: AccountView) -> list[tuple[str, str]]:
    command = ListMembers(clinic_id=at.clinic_id, by=by.account_id)
    found = clinics.list_members(house.unit, command, now=NOW).members
    return [(each.name, each.role) for each in found]


def end(
    house: House, at: ClinicView, who: AccountView, *, by: AccountView, role: Any = "clinic"
) -> str | None:
    command = EndMembership(
        clinic_id=at.clinic_id,
        person_id=who.account_id,
        by=by.account_id,
        session_id=house.at_hand(by.account_id),
        role=role,
    )
    return outcome(lambda: clinics.end_membership(house.unit, command, now=NOW))


def change(house: House, at: ClinicView, who: AccountView, role: Any, *, by: AccountView) -> str | None:
    fields = {
        "clinic_id": at.clinic_id,
        "person_id": who.account_id,
        "by": by.account_id,
        "session_id": house.at_hand(by.account_id),
    }
    return outcome(lambda: clinics.change_member(house.unit, ChangeMember(role=role, **fields), now=NOW))


def test_only_owners_invite_promote_and_send_away(
    house: House, olga: AccountView, at: ClinicView, nurse: AccountView, staff: AccountView
) -> None:
    house.join(at, olga, nurse, "professional")
    house.join(at, olga, staff, "staff")
    assert outcome(lambda: house.invite(at, staff, "x@example.org", "staff")) == "not_yours"
    assert change(house, at, staff, "owner", by=staff) == "not_yours"
    assert end(house, at, nurse, by=staff) == "not_yours"
    assert change(house, at, nurse, "owner", by=olga) == "unknown_member"
    assert change(house, at, staff, "owner", by=olga) is None
    assert end(house, at, nurse, by=staff) is None
    assert [action for _, _, action in house.audit(staff.account_id)] == [
        "membership:staff",
        "membership:owner",
    ]
    assert house.audit(nurse.account_id)[-1] == (staff.account_id, "owner", "membership:ended")


def test_the_last_owner_neither_leaves_nor_is_demoted(
    house: House, olga: AccountView, at: ClinicView, staff: AccountView
) -> None:
    house.join(at, olga, staff, "staff")
    assert end(house, at, olga, by=olga) == "last_owner"
    assert change(house, at, olga, "staff", by=olga) == "last_owner"
    assert change(house, at, staff, "owner", by=olga) is None
    assert change(house, at, olga, "staff", by=olga) is None
    assert end(house, at, staff, by=staff) == "last_owner"
    assert end(house, at, olga, by=olga) is None
    assert end(house, at, olga, by=olga) is None
    assert members(house, at, staff) == [("Stefan Staff", "owner")]


@pytest.mark.parametrize("how", ["leaving", "demoting each other"])
def test_of_owners_who_go_at_once_one_stays(house: House, olga: AccountView, how: str) -> None:
    others = [house.register(f"Owner {n}", "clinic") for n in range(3)]
    at = house.clinic(olga)
    for each in others:
        house.join(at, olga, each, "owner")
    all_of_them = [olga, *others]
    with ThreadPoolExecutor(4) as pool:
        if how == "leaving":
            codes = list(pool.map(lambda who: end(house, at, who, by=who), all_of_them))
        else:
            to_demote = zip(all_of_them, [*others, olga], strict=True)
            codes = list(pool.map(lambda p: change(house, at, p[1], "staff", by=p[0]), to_demote))
    assert set(codes) <= {None, "last_owner", "not_yours"}
    with house.unit() as work:
        assert len(rows.owners(work, at.clinic_id)) >= 1
    if how == "leaving":
        assert codes.count(None) == 3


def test_a_professional_works_in_several_clinics(
    house: House, olga: AccountView, at: ClinicView, nurse: AccountView
) -> None:
    other = house.clinic(olga, "Another")
    for each in (at, other):
        house.join(each, olga, nurse, "professional")
    mine = clinics.list_mine(house.unit, ListClinics(person_id=nurse.account_id)).clinics
    assert [(each.name, each.my_role) for each in mine] == [
        ("Another", "professional"),
        ("The Clinic", "professional"),
    ]
    end(house, at, nurse, by=olga)
    mine = clinics.list_mine(house.unit, ListClinics(person_id=nurse.account_id)).clinics
    assert [each.name for each in mine] == ["Another"]


def test_members_are_seen_by_members_and_that_is_written_down(
    house: House, olga: AccountView, at: ClinicView, nurse: AccountView, staff: AccountView
) -> None:
    house.join(at, olga, nurse, "professional")
    assert outcome(lambda: members(house, at, staff)) == "not_yours"
    assert members(house, at, nurse) == [("Olga Owner", "owner"), ("Nina Nurse", "professional")]
    assert house.audit(olga.account_id)[-1] == (nurse.account_id, "professional", "member_read")
    assert [action for _, _, action in house.audit(nurse.account_id)] == ["membership:professional"]


def has_patient(house: House, by: AccountView, role: str, patient: AccountView) -> bool:
    with house.unit() as work:
        return rows.has_patient(work, by.account_id, role, patient.account_id, statuses=MAY_SEE)


def test_a_desk_cares_for_the_patients_of_its_clinic_and_of_no_other_practice(
    house: House, olga: AccountView, at: ClinicView, nurse: AccountView, staff: AccountView
) -> None:
    """Also once the professional has left it, who cares for nobody there any more."""
    anna, otto = house.register(), house.register("Otto Owner", "clinic")
    elsewhere = house.clinic(otto, "Another")
    house.join(at, olga, nurse, "professional")
    house.join(at, olga, staff, "staff")
    house.join(elsewhere, otto, nurse, "professional")
    house.visit(anna, nurse, practice_id=at.clinic_id)
    front_desks = (olga, staff, otto)
    assert [has_patient(house, each, "clinic", anna) for each in front_desks] == [True, True, False]
    assert has_patient(house, nurse, "professional", anna)
    assert not has_patient(house, nurse, "clinic", anna)
    end(house, at, staff, by=staff)
    assert [has_patient(house, each, "clinic", anna) for each in front_desks] == [True, False, False]
    end(house, at, nurse, by=olga)
    assert [has_patient(house, each, "clinic", anna) for each in front_desks] == [True, False, False]
    assert not has_patient(house, nurse, "professional", anna)


@pytest.mark.parametrize("told", [True, False])
def test_nobody_but_the_professional_cares_for_who_came_to_their_own_practice(
    house: House, olga: AccountView, at: ClinicView, nurse: AccountView, told: bool
) -> None:
    """And for those of whom nobody has told yet where they came."""
    anna = house.register()
    house.join(at, olga, nurse, "professional")
    house.visit(anna, nurse, practice_id=nurse.account_id if told else None)
    assert (has_patient(house, nurse, "professional", anna), has_patient(house, olga, "clinic", anna)) == (
        True,
        False,
    )


def test_a_visit_that_was_held_stays_in_the_history_of_a_professional_who_left(
    house: House, olga: AccountView, at: ClinicView, nurse: AccountView
) -> None:
    anna = house.register()
    house.join(at, olga, nurse, "professional")
    house.visit(anna, nurse, practice_id=at.clinic_id)
    house.visit(anna, nurse, RequestCompleted, practice_id=at.clinic_id, version=2)
    end(house, at, nurse, by=olga)
    with house.unit() as work:
        asked = (work, nurse.account_id, "professional", anna.account_id)
        assert rows.has_patient(*asked, statuses=MAY_SEE, history=True)
        assert not rows.has_patient(*asked, statuses=MAY_SEE)


def test_an_accepted_invitation_is_not_answered_again_in_another_role(
    house: House, olga: AccountView, at: ClinicView
) -> None:
    nina = house.register("Nina Nurse", role="professional")
    token = house.invite(at, olga, nina.email, "professional")
    assert house.accept(token, nina.account_id, "professional").role == "professional"
    assert outcome(lambda: house.accept(token, nina.account_id, "clinic")) == "wrong_role"


def test_an_owner_sends_nobody_away_while_signed_in_as_a_professional(house: House) -> None:
    olga, nina = house.register("Olga Owner", role="clinic"), house.register("Nina Nurse", role="clinic")
    at = house.clinic(olga)
    house.join(at, olga, nina, "staff")
    assert end(house, at, nina, by=olga, role="professional") == "wrong_role"
    assert len(members(house, at, olga)) == 2


def test_a_visit_that_was_handed_over_makes_its_patient_that_of_the_colleague(
    house: House, olga: AccountView, at: ClinicView, nurse: AccountView
) -> None:
    anna, colleague = house.register(), house.register("Carla Colleague", "professional")
    house.join(at, olga, colleague, "professional")
    house.visit(anna, nurse, confirmed=True, practice_id=at.clinic_id)
    [visit] = house.rows(tables.care)
    handed = {"request_id": visit["request_id"], "old_professional_id": nurse.account_id, "version": 4}
    house.visit(anna, colleague, RequestHandedOver, practice_id=at.clinic_id, **handed)
    assert has_patient(house, colleague, "professional", anna)
    assert not has_patient(house, nurse, "professional", anna)


def unstaffed(house: House, at: ClinicView, who: AccountView, *, days: int = 0, **changes: Any) -> Any:
    fields = {"request_id": uuid4(), "by": "system", "occurred_at": NOW + timedelta(days=days)}
    patient = house.register(f"Patient {uuid4()}")
    event = visit(RequestUnstaffed, patient, who, **(fields | {"practice_id": at.clinic_id} | changes))
    request_events.note_visit(house.unit, event, now=NOW)
    return event


def test_the_front_desk_gets_one_mail_a_day_for_each_professional_who_left_visits(
    house: House, olga: AccountView, at: ClinicView, nurse: AccountView, staff: AccountView
) -> None:
    """Also where the first mail has left before the next visit is told; nobody else gets one."""
    colleague, gone = house.register("Carla Colleague", "professional"), house.register("Gina Gone", "clinic")
    house.join(at, olga, colleague, "professional")
    house.join(at, olga, staff, "staff")
    house.join(at, olga, gone, "staff")
    end(house, at, gone, by=olga)
    house.clinic(house.register("Otto Owner", "clinic"), "Another")
    house.mails()
    first = unstaffed(house, at, nurse)
    sent = house.mails()
    assert sorted(each["To"] for each in sent) == sorted([olga.email, staff.email])
    assert {each["Subject"] for each in sent} == {"Visits at your clinic have no professional"}
    request_events.note_visit(house.unit, first, now=NOW)
    unstaffed(house, at, nurse)
    assert house.mails() == []
    unstaffed(house, at, nurse, days=1)
    assert len(house.mails()) == 2
    unstaffed(house, at, colleague)
    assert len(house.mails()) == 2


def test_visits_told_at_once_bring_one_mail_to_each_of_the_front_desk(
    house: House, olga: AccountView, at: ClinicView, nurse: AccountView
) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: unstaffed(house, at, nurse), range(8)))
    assert [each["To"] for each in house.mails()] == [olga.email]


def test_the_front_desk_is_told_of_a_professional_whose_account_is_erased(
    house: House, olga: AccountView, at: ClinicView, nurse: AccountView
) -> None:
    house.erase(nurse.account_id)
    unstaffed(house, at, nurse)
    assert [each["To"] for each in house.mails()] == [olga.email]


def test_a_member_who_has_closed_their_account_gets_no_mail_about_the_clinic(
    house: House, olga: AccountView, at: ClinicView, nurse: AccountView, staff: AccountView
) -> None:
    house.join(at, olga, staff, "staff")
    house.close(staff.account_id)
    unstaffed(house, at, nurse)
    assert [each["To"] for each in house.mails()] == [olga.email]
