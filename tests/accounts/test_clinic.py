"""Members of a clinic."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.accounts.domain import clinic, deletion
from services.accounts.domain.clinic import Membership
from shared.contracts.accounts.clinics import MembershipChanged
from shared.contracts.accounts.values import ClinicRole
from tests.accounts.steps import NOW, outcome, refused

CLINIC, OWNER, OTHER = (UUID(int=n) for n in (1, 2, 3))
LATER = NOW + timedelta(days=1)


def joined(role: ClinicRole = "staff") -> Membership:
    member, _ = clinic.join(None, CLINIC, OTHER, role, now=NOW)
    return member


def test_each_change_of_a_membership_is_told_with_a_higher_version() -> None:
    first, told = clinic.join(None, CLINIC, OTHER, "staff", now=NOW)
    second, more = clinic.join(first, CLINIC, OTHER, "owner", now=LATER)
    third, last = clinic.end_membership(second, now=LATER)
    fourth, again = clinic.join(third, CLINIC, OTHER, "staff", now=LATER)
    events = [*told, *more, *last, *again]
    assert [(e.version, e.role, e.state) for e in events if isinstance(e, MembershipChanged)] == [
        (1, "staff", "active"),
        (2, "owner", "active"),
        (3, "owner", "ended"),
        (4, "staff", "active"),
    ]
    assert {each.id for each in (first, second, third, fourth)} == {first.id}
    assert [each.since for each in (first, second, fourth)] == [NOW, NOW, LATER]


def test_what_changes_nothing_is_told_to_nobody() -> None:
    member = joined()
    assert clinic.join(member, CLINIC, OTHER, "staff", now=LATER) == (member, [])
    left, _ = clinic.end_membership(member, now=NOW)
    assert clinic.end_membership(left, now=LATER) == (left, [])


def test_the_front_desk_and_the_practice_are_two_memberships() -> None:
    assert joined("staff").id == joined("owner").id != joined("professional").id


@pytest.mark.parametrize(
    ("owners", "leaving", "code"),
    [
        ([OWNER], OWNER, "last_owner"),
        ([OWNER, OTHER], OWNER, None),
        ([OWNER], OTHER, None),
    ],
)
def test_a_clinic_keeps_an_owner(owners: list[UUID], leaving: UUID, code: str | None) -> None:
    assert outcome(lambda: clinic.check_last_owner(owners, leaving)) == code


def test_only_owners_decide() -> None:
    assert outcome(lambda: clinic.check_owner([OWNER], OWNER)) is None
    assert outcome(lambda: clinic.check_owner([OWNER], OTHER)) == "not_yours"


@pytest.mark.parametrize(
    ("member", "right"), [("owner", "clinic"), ("staff", "clinic"), ("professional", "professional")]
)
def test_a_membership_is_entered_in_the_role_that_it_is_used_in(member: str, right: str) -> None:
    wrong = "professional" if right == "clinic" else "clinic"
    assert outcome(lambda: clinic.check_signed_in_for(member, right)) is None
    refusal = refused(lambda: clinic.check_signed_in_for(member, wrong))
    assert (refusal.code, refusal.facts) == ("wrong_role", {"role": wrong, "needed": right})


def test_the_only_owner_of_a_clinic_in_which_others_work_keeps_their_account() -> None:
    owner, _ = clinic.join(None, CLINIC, OWNER, "owner", now=NOW)
    alone, with_others = [owner], [owner, joined()]
    deletion.check_other_owners(OWNER, [OWNER], alone)
    deletion.check_other_owners(OWNER, [OWNER, OTHER], with_others)
    refusal = refused(lambda: deletion.check_other_owners(OWNER, [OWNER], with_others))
    assert refusal.code == "last_owner"


def test_a_member_sees_the_others_and_nobody_else_does() -> None:
    assert clinic.check_member([joined("professional")], OTHER) == "professional"
    assert outcome(lambda: clinic.check_member([joined()], OWNER)) == "not_yours"
    assert outcome(lambda: clinic.check_active(None)) == "unknown_member"
