"""Memberships of clinics: every change is written to the access log and published.

The clinic is locked before its memberships change, so that an owner always stays.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.accounts.domain import clinic
from services.accounts.operations import access_log
from services.accounts.store import clinics, directory, links, people
from shared.contracts.base import Event
from shared.db import Work


def end_memberships(work: Work, going: Sequence[clinic.Membership], *, by: UUID, now: datetime) -> None:
    """End memberships of clinics that are locked, and the invitations that would give them back."""
    for each in going:
        end_invitations_of(work, each, now=now)
        after, events = clinic.end_membership(each, now=now)
        save_membership(work, after, events, by=by, now=now)


def end_invitations_of(work: Work, member: clinic.Membership, *, now: datetime) -> None:
    """End the open invitations of a member whose rights change: none of them gives a right back."""
    person = people.find(work, member.person_id)
    if person is not None:
        links.end_invitations(work, member.clinic_id, person.email, now=now)


def save_membership(
    work: Work, member: clinic.Membership, events: list[Event], *, by: UUID, now: datetime
) -> None:
    """Save and log a change of rights; one that changed nothing has no `events`.

    Invitations that a member sent end once they are no owner.
    """
    if not events:
        return
    clinics.put_membership(work, member)
    if member.person_id not in clinics.owners(work, member.clinic_id):
        links.end_invitations_by(work, member.clinic_id, member.person_id, now=now)
    work.publish(*events)
    state = member.role if member.active else "ended"
    role = "self" if by == member.person_id else "owner"
    touched = [(member.person_id, member.clinic_id)]
    access_log.log(work, touched, f"membership:{state}", by=by, role=role, now=now)
    if member.role == "professional":
        directory.update_points(work, [member.person_id])
