"""Invitations to a clinic: few at first, listed, withdrawn, and dead once their person has joined or left."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.accounts.domain import invitation
from services.accounts.handlers import clinics, deletion, invitations, profiles
from services.accounts.operations import lookups, memberships
from services.accounts.store import clinics as rows
from services.accounts.store import tables
from shared.contracts.accounts.clinics import (
    ChangeMember,
    ClinicView,
    EndMembership,
    InvitationsPage,
    Invite,
    ListInvitations,
    WithdrawInvitation,
)
from shared.contracts.accounts.deletion import ReopenAccount
from shared.contracts.accounts.people import AccountView, AddRole
from tests.accounts.steps import NOW, SOON, House, outcome, refused

LATER = NOW + timedelta(hours=1)
DAY = timedelta(days=1)


def sent(
    house: House, at: ClinicView, by: AccountView, email: str, *, now: datetime = NOW, **changes: Any
) -> UUID:
    """The id of an invitation whose mail nobody opens."""
    fields = {
        "invitation_id": uuid4(),
        "clinic_id": at.clinic_id,
        "by": by.account_id,
        "session_id": house.at_hand(by.account_id),
        "role": "staff",
    }
    command = Invite(**{**fields, "email": email, **changes})
    return invitations.invite(house.unit, command, tools=house.tools, now=now).invitation_id


def end(house: House, at: ClinicView, who: AccountView, *, by: AccountView, now: datetime = SOON) -> None:
    command = EndMembership(
        clinic_id=at.clinic_id,
        person_id=who.account_id,
        by=by.account_id,
        session_id=house.at_hand(by.account_id, now=now),
        role="clinic",
    )
    clinics.end_membership(house.unit, command, now=now)


def listed(
    house: House, at: ClinicView, by: AccountView, *, now: datetime = NOW, **page: Any
) -> InvitationsPage:
    command = ListInvitations(clinic_id=at.clinic_id, by=by.account_id, **page)
    return invitations.list_all(house.unit, command, now=now)


def states(house: House, at: ClinicView, by: AccountView, *, now: datetime = NOW) -> dict[UUID, str]:
    return {each.invitation_id: each.state for each in listed(house, at, by, now=now).invitations}


def withdraw(house: House, at: ClinicView, by: AccountView, invitation_id: UUID) -> str | None:
    command = WithdrawInvitation(clinic_id=at.clinic_id, by=by.account_id, invitation_id=invitation_id)
    return outcome(lambda: invitations.withdraw(house.unit, command, now=NOW))


@pytest.mark.parametrize("going", ["leaves", "is removed"])
def test_a_removed_member_does_not_come_back_with_a_second_invitation(
    house: House, olga: AccountView, at: ClinicView, nurse: AccountView, going: str
) -> None:
    """An invitation from before or after they joined, for any role, makes no difference."""
    before = house.invite(at, olga, nurse.email, "professional")
    house.accept(house.invite(at, olga, nurse.email, "professional"), nurse.account_id, "professional")
    after = house.invite(at, olga, nurse.email, "owner")
    again = house.invite(at, olga, nurse.email, "professional")
    end(house, at, nurse, by=nurse if going == "leaves" else olga)
    for token, role in ((before, "professional"), (after, "clinic"), (again, "professional")):
        assert outcome(lambda: house.accept(token, nurse.account_id, role)) == "dead_link"  # noqa: B023
    new = house.invite(at, olga, nurse.email, "professional", now=LATER)
    assert outcome(lambda: house.accept(new, nurse.account_id, "professional", now=LATER)) is None


def test_joining_ends_all_other_invitations_of_that_clinic_to_that_person(
    house: House, olga: AccountView, at: ClinicView, staff: AccountView, nurse: AccountView
) -> None:
    other = house.clinic(olga, "Another")
    as_owner = house.invite(at, olga, staff.email, "owner")
    elsewhere = house.invite(other, olga, staff.email, "staff")
    anothers = house.invite(at, olga, nurse.email, "professional")
    house.join(at, olga, staff, "staff")
    assert outcome(lambda: house.accept(as_owner, staff.account_id, "clinic")) == "dead_link"
    assert outcome(lambda: house.accept(elsewhere, staff.account_id, "clinic")) is None
    assert outcome(lambda: house.accept(anothers, nurse.account_id, "professional")) is None


def test_an_invitation_to_an_address_they_had_before_does_not_bring_them_back_either(
    house: House, olga: AccountView, at: ClinicView, staff: AccountView
) -> None:
    """They change their address, are removed, and change it back."""
    house.join(at, olga, staff, "staff")
    token = house.invite(at, olga, staff.email, "owner")

    def has_address(email: str) -> None:
        with house.unit() as work:
            mine = tables.people.c.id == staff.account_id
            work.conn.execute(sa.update(tables.people).where(mine).values(email=email))

    has_address("stefan.new@example.org")
    end(house, at, staff, by=olga, now=SOON)
    has_address(staff.email)
    assert outcome(lambda: house.accept(token, staff.account_id, "clinic", now=LATER)) == "dead_link"


def test_removal_and_acceptance_at_once_leave_nobody_inside(
    house: House, olga: AccountView, at: ClinicView, staff: AccountView
) -> None:
    """Neither waits for the other for ever, and a removal that comes second removes whom it finds."""
    for hours in range(5):
        now = NOW + timedelta(hours=hours)
        first = house.invite(at, olga, staff.email, "staff", now=now)
        house.accept(first, staff.account_id, "clinic", now=now)
        token = house.invite(at, olga, staff.email, "owner", now=now)
        start = threading.Barrier(2)

        def accept(token: str = token, start: threading.Barrier = start, now: datetime = now) -> str | None:
            start.wait()
            return outcome(lambda: house.accept(token, staff.account_id, "clinic", now=now))

        def remove(start: threading.Barrier = start, now: datetime = now) -> str | None:
            start.wait()
            return outcome(lambda: end(house, at, staff, by=olga, now=now))

        with ThreadPoolExecutor(2) as pool:
            accepted, removed = pool.submit(accept), pool.submit(remove)
            assert accepted.result() in (None, "dead_link")
            assert removed.result() is None
        with house.unit() as work:
            assert staff.account_id not in [each.person_id for each in rows.members(work, at.clinic_id)]


def test_owners_list_invitations_and_what_became_of_them(
    house: House, olga: AccountView, at: ClinicView, staff: AccountView, nurse: AccountView
) -> None:
    house.join(at, olga, staff, "staff")
    taken = listed(house, at, olga).invitations[0]
    assert (taken.email, taken.role, taken.state) == (staff.email, "staff", "accepted")
    assert (taken.sent_at, taken.expires_at) == (NOW, NOW + timedelta(days=7))
    withdrawn = sent(house, at, olga, "a@example.org", now=NOW + timedelta(minutes=1))
    withdraw(house, at, olga, withdrawn)
    waits = sent(house, at, olga, "b@example.org", now=NOW + timedelta(minutes=2))
    assert states(house, at, olga) == {
        waits: "open",
        withdrawn: "ended",
        taken.invitation_id: "accepted",
    }
    assert [each.invitation_id for each in listed(house, at, olga, open_only=True).invitations] == [waits]
    first = listed(house, at, olga, limit=2)
    rest = listed(house, at, olga, limit=2, cursor=first.next_cursor)
    shown = [each.invitation_id for page in (first, rest) for each in page.invitations]
    assert (shown, rest.next_cursor) == ([waits, withdrawn, taken.invitation_id], None)
    assert listed(house, at, olga, now=NOW + timedelta(days=8)).invitations == []
    for stranger in (staff, nurse):
        assert outcome(lambda: listed(house, at, stranger)) == "not_yours"  # noqa: B023


def test_a_withdrawn_invitation_is_dead_and_is_not_mailed(
    house: House, olga: AccountView, at: ClinicView, staff: AccountView
) -> None:
    token = house.invite(at, olga, staff.email, "staff")
    [open_one] = listed(house, at, olga).invitations
    assert withdraw(house, at, staff, open_one.invitation_id) == "not_yours"
    for _ in range(2):
        assert withdraw(house, at, olga, open_one.invitation_id) is None
    assert outcome(lambda: house.accept(token, staff.account_id, "clinic")) == "dead_link"
    waiting = sent(house, at, olga, staff.email)
    withdraw(house, at, olga, waiting)
    assert house.mails() == []


def test_only_open_invitations_of_ones_own_clinic_are_withdrawn(
    house: House, olga: AccountView, at: ClinicView, staff: AccountView
) -> None:
    house.join(at, olga, staff, "staff")
    [accepted] = listed(house, at, olga).invitations
    assert withdraw(house, at, olga, accepted.invitation_id) == "invitation_accepted"
    other = house.clinic(olga, "Another")
    elsewhere = sent(house, other, olga, "a@example.org")
    for nothing in (elsewhere, uuid4()):
        assert withdraw(house, at, olga, nothing) is None
    assert states(house, other, olga) == {elsewhere: "open"}


def test_who_has_another_address_is_told_how_to_go_on(
    house: House, olga: AccountView, at: ClinicView, staff: AccountView
) -> None:
    token = house.invite(at, olga, "stefan.stuff@example.org", "staff")
    refusal = refused(lambda: house.accept(token, staff.account_id, "clinic"))
    assert (refusal.code, refusal.facts["sent_to"]) == ("other_address", "s***@e***.org")
    assert "ask an owner of the clinic to withdraw the invitation" in refusal.detail
    assert "stuff" not in refusal.detail


def test_a_new_clinic_invites_few_and_more_as_people_join(
    house: House, olga: AccountView, at: ClinicView, staff: AccountView
) -> None:
    key = uuid4()
    for number in range(4):
        sent(house, at, olga, f"{number}@example.org")
    sent(house, at, olga, "last@example.org", invitation_id=key)
    refusal = refused(lambda: sent(house, at, olga, staff.email))
    assert (refusal.code, refusal.facts) == ("too_many_invitations", {"per": "open", "limit": 5})
    assert sent(house, at, olga, "last@example.org", invitation_id=key) == key, "a repeat is none more"
    withdraw(house, at, olga, key)
    house.mails()
    house.join(at, olga, staff, "staff")
    for number in range(4):
        sent(house, at, olga, f"more{number}@example.org")
    assert outcome(lambda: sent(house, at, olga, "x@example.org")) == "too_many_invitations"
    assert house.count(tables.links) == 10


def test_withdrawing_makes_no_room_for_more_mails_on_one_day(
    house: House, olga: AccountView, at: ClinicView
) -> None:
    for number in range(10):
        withdraw(house, at, olga, sent(house, at, olga, f"{number}@example.org"))
    refusal = refused(lambda: sent(house, at, olga, "x@example.org"))
    assert (refusal.code, refusal.facts) == ("too_many_invitations", {"per": "day", "limit": 10})
    assert outcome(lambda: sent(house, at, olga, "x@example.org", now=NOW + DAY)) is None


def test_invitations_at_once_do_not_pass_the_limit_together(
    house: House, olga: AccountView, at: ClinicView
) -> None:
    def one(number: int) -> str | None:
        return outcome(lambda: sent(house, at, olga, f"{number}@example.org"))

    house.at_hand(olga.account_id)  # else the threads race to make the owner's session
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(one, range(12)))
    assert sorted(codes, key=str) == [None] * 5 + ["too_many_invitations"] * 7


def test_the_limit_grows_to_an_end_and_never_below_what_the_operator_set() -> None:
    def limit(joined: int, first: int) -> int:
        counts = {"open_now": 10**6, "in_a_day": 0, "joined": joined}
        found = refused(lambda: invitation.check_room(**counts, first_open=first, first_in_a_day=10))
        return int(found.facts["limit"])

    assert [limit(0, 5), limit(2, 5), limit(1000, 5), limit(0, 500)] == [5, 11, 100, 500]


@pytest.mark.parametrize(
    ("email", "shown"),
    [("anna@example.org", "a***@e***.org"), ("a@b.co.uk", "a***@b***.uk"), ("", "***@***.")],
)
def test_a_masked_address_tells_little(email: str, shown: str) -> None:
    assert invitation.mask(email) == shown


@pytest.fixture
def second(house: House, at: ClinicView, olga: AccountView) -> AccountView:
    """An owner beside the one who founded the clinic."""
    owner = house.register("Otto Owner", "clinic")
    house.join(at, olga, owner, "owner")
    return owner


def given(house: House, at: ClinicView, who: AccountView, role: Any, *, by: AccountView) -> str | None:
    """Return the outcome when an owner gives a member of the front desk another role."""
    fields = {
        "clinic_id": at.clinic_id,
        "person_id": who.account_id,
        "by": by.account_id,
        "session_id": house.at_hand(by.account_id),
    }
    return outcome(lambda: clinics.change_member(house.unit, ChangeMember(role=role, **fields), now=SOON))


@pytest.mark.parametrize("going", ["removed", "left", "demoted", "demoted by accepting", "closed", "erased"])
@pytest.mark.parametrize("role", ["owner", "staff", "professional"])
def test_what_an_owner_sent_ends_when_they_are_no_owner_any_more(
    house: House, olga: AccountView, at: ClinicView, second: AccountView, going: str, role: str
) -> None:
    signed_in_as = "professional" if role == "professional" else "clinic"
    accomplice = house.register("Ada Another", signed_in_as)
    token = house.invite(at, second, accomplice.email, role)
    as_staff = house.invite(at, olga, second.email, "staff")
    elsewhere = house.invite(house.clinic(second, "Another"), second, accomplice.email, role)
    kept = sent(house, at, olga, "b@example.org")
    match going:
        case "removed" | "left":
            end(house, at, second, by=olga if going == "removed" else second)
        case "demoted":
            given(house, at, second, "staff", by=olga)
        case "demoted by accepting":
            house.accept(as_staff, second.account_id, "clinic")
        case "closed":
            house.close(second.account_id)
        case "erased":
            house.erase(second.account_id)
    assert outcome(lambda: house.accept(token, accomplice.account_id, signed_in_as)) == "dead_link"
    open_now = [each.invitation_id for each in listed(house, at, olga, open_only=True).invitations]
    assert kept in open_now
    assert all(
        each.invited_by == olga.account_id for each in listed(house, at, olga, open_only=True).invitations
    )
    if "demoted" in going or going in ("removed", "left"):
        assert outcome(lambda: house.accept(elsewhere, accomplice.account_id, signed_in_as)) is None


def test_an_owner_who_comes_back_sends_anew(
    house: House, olga: AccountView, at: ClinicView, second: AccountView, staff: AccountView
) -> None:
    """An invitation sent before its sender was demoted, or closed their account, stays invalid."""
    before = house.invite(at, second, staff.email, "staff")
    given(house, at, second, "staff", by=olga)
    given(house, at, second, "owner", by=olga)
    assert outcome(lambda: house.accept(before, staff.account_id, "clinic")) == "dead_link"
    again = house.invite(at, second, staff.email, "staff", now=SOON)
    _, keep = house.close(second.account_id, now=SOON)
    deletion.reopen(house.unit, ReopenAccount(token=keep), tools=house.tools, now=SOON)
    assert outcome(lambda: house.accept(again, staff.account_id, "clinic")) == "dead_link"
    anew = house.invite(at, second, staff.email, "staff", now=SOON)
    assert outcome(lambda: house.accept(anew, staff.account_id, "clinic", now=LATER)) is None


def test_ending_the_work_of_an_owner_as_professional_leaves_what_they_sent_open(
    house: House, olga: AccountView, at: ClinicView, staff: AccountView
) -> None:
    """They are an owner still."""
    both = house.register("Bea Both", "professional")
    profiles.add_role(
        house.unit,
        AddRole(person_id=both.account_id, session_id=house.at_hand(both.account_id), role="clinic"),
        now=NOW,
    )
    house.join(at, olga, both, "professional")
    house.join(at, olga, both, "owner")
    token = house.invite(at, both, staff.email, "staff")
    with house.unit() as work:
        mine = rows.memberships_there(work, at.clinic_id, both.account_id)
        lookups.find_clinic(work, at.clinic_id, to_change=True)
        memberships.end_memberships(
            work, [each for each in mine if each.role != "owner"], by=both.account_id, now=SOON
        )
    assert outcome(lambda: house.accept(token, staff.account_id, "clinic")) is None


def test_an_invitation_whose_sender_was_never_kept_is_accepted(
    house: House, olga: AccountView, at: ClinicView, staff: AccountView
) -> None:
    token = house.invite(at, olga, staff.email, "staff")
    with house.unit() as work:
        work.conn.execute(sa.update(tables.links).values(invited_by=None))
    assert outcome(lambda: house.accept(token, staff.account_id, "clinic")) is None


def test_a_sender_who_is_no_owner_is_asked_for_again_on_accepting(
    house: House, olga: AccountView, at: ClinicView, staff: AccountView, nurse: AccountView
) -> None:
    """Also where the invitation itself was left open."""
    token = house.invite(at, olga, staff.email, "staff")
    with house.unit() as work:
        work.conn.execute(sa.update(tables.links).values(invited_by=nurse.account_id))
    assert outcome(lambda: house.accept(token, staff.account_id, "clinic")) == "dead_link"


def test_a_demoted_owner_is_no_owner_again_by_what_was_sent_to_them_before(
    house: House, olga: AccountView, at: ClinicView, second: AccountView
) -> None:
    token = house.invite(at, olga, second.email, "owner")
    assert given(house, at, second, "staff", by=olga) is None
    assert listed(house, at, olga, open_only=True).invitations == []
    assert outcome(lambda: house.accept(token, second.account_id, "clinic")) == "dead_link"
    new = house.invite(at, olga, second.email, "owner", now=LATER)
    assert outcome(lambda: house.accept(new, second.account_id, "clinic", now=LATER)) is None


def test_a_role_that_is_the_same_leaves_invitations_open(
    house: House, olga: AccountView, at: ClinicView, second: AccountView
) -> None:
    waits = sent(house, at, olga, second.email, role="professional")
    given(house, at, second, "owner", by=olga)
    assert states(house, at, olga)[waits] == "open"


@pytest.mark.parametrize("moved", [False, True], ids=["same address", "another address meanwhile"])
def test_who_was_promoted_and_demoted_is_no_owner_by_an_older_link(
    house: House, olga: AccountView, at: ClinicView, staff: AccountView, moved: bool
) -> None:
    """Also where they had another address while their role changed."""

    def has_address(email: str) -> None:
        with house.unit() as work:
            mine = tables.people.c.id == staff.account_id
            work.conn.execute(sa.update(tables.people).where(mine).values(email=email))

    house.join(at, olga, staff, "staff")
    token = house.invite(at, olga, staff.email, "owner")
    if moved:
        has_address("stefan.new@example.org")
    given(house, at, staff, "owner", by=olga)
    given(house, at, staff, "staff", by=olga)
    has_address(staff.email)
    assert outcome(lambda: house.accept(token, staff.account_id, "clinic", now=LATER)) == "dead_link"


def test_nobody_invites_themselves(house: House, olga: AccountView, at: ClinicView) -> None:
    refusal = refused(lambda: sent(house, at, olga, olga.email.upper(), role="owner"))
    assert (refusal.code, refusal.field) == ("invalid_value", "email")
    assert house.mails() == []


def test_nobody_accepts_what_they_sent_to_the_address_they_took_later(
    house: House, olga: AccountView, at: ClinicView
) -> None:
    """The only owner would make themselves staff, and the clinic nobody's."""
    token = house.invite(at, olga, "olga.new@example.org", "staff")
    with house.unit() as work:
        mine = tables.people.c.id == olga.account_id
        work.conn.execute(sa.update(tables.people).where(mine).values(email="olga.new@example.org"))
    assert outcome(lambda: house.accept(token, olga.account_id, "clinic")) == "dead_link"
