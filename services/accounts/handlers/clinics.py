"""Clinics and their members."""

from datetime import datetime
from uuid import UUID

from services.accounts.domain import clinic, limits
from services.accounts.domain.person import found
from services.accounts.operations.fresh_proof import require_fresh_proof
from services.accounts.operations.memberships import (
    end_invitations_of,
    end_memberships,
    find_owned_clinic,
    found_clinic,
    save_membership,
)
from services.accounts.operations.views import clinic_view, membership_view
from services.accounts.store import clinics, directory, people
from services.accounts.store.people import AccessEntry
from shared.bus import handles
from shared.contracts.accounts import refusals
from shared.contracts.accounts.clinics import (
    ChangeClinic,
    ChangeMember,
    ClinicsView,
    ClinicView,
    CreateClinic,
    EndMembership,
    GetClinic,
    ListClinics,
    ListMembers,
    MembershipView,
    MembersView,
    MemberView,
)
from shared.contracts.base import Done
from shared.db import Unit, Work


@handles(CreateClinic)
def create(unit: Unit, command: CreateClinic, *, now: datetime) -> ClinicView:
    new, owner, events = clinic.create(command, now=now)
    with unit() as work:
        found(people.find(work, command.by, to_change=True))
        if clinics.find(work, new.id) is None:
            limits.check_limit("clinics", len(clinics.of_person(work, command.by, "owner")))
        if clinics.add(work, new):
            save_membership(work, owner, events, by=command.by, now=now)
        else:
            known, find_owned_clinic = clinics.find(work, new.id), command.by in clinics.owners(work, new.id)
            if known is None or not clinic.is_repeat(known, find_owned_clinic, command):
                raise refusals.IdempotencyKeyReused()
            new = known
    return clinic_view(new, "owner")


@handles(ChangeClinic)
def change(unit: Unit, command: ChangeClinic) -> ClinicView:
    with unit() as work:
        before = find_owned_clinic(work, command.clinic_id, command.by)
        after = clinic.change(before, command)
        if after != before:
            clinics.save(work, after)
            directory.update_points(work, _professionals(work, after.id))
    return clinic_view(after, "owner")


@handles(GetClinic)
def get(unit: Unit, command: GetClinic) -> ClinicView:
    with unit() as work:
        return clinic_view(found_clinic(clinics.find(work, command.clinic_id)))


@handles(ListClinics)
def list_mine(unit: Unit, command: ListClinics) -> ClinicsView:
    with unit() as work:
        mine = clinics.of_person(work, command.person_id)
    return ClinicsView(clinics=[clinic_view(each, role) for each, role in mine])


@handles(ListMembers)
def list_members(unit: Unit, command: ListMembers, *, now: datetime) -> MembersView:
    with unit() as work:
        members = clinics.members(work, command.clinic_id)
        roles = [each.role for each in members if each.person_id == command.by]
        if not roles:
            raise clinic.not_yours("You are not a member of this clinic.")
        names = people.names_of(work, (each.person_id for each in members))
        seen = [
            AccessEntry(
                at=now,
                actor_id=command.by,
                actor_role=roles[0],
                subject_id=each.person_id,
                action="member_read",
                object_id=command.clinic_id,
            )
            for each in members
            if each.person_id != command.by
        ]
        people.log_access(work, *seen)
    return MembersView(
        members=[
            MemberView(person_id=each.person_id, name=names[each.person_id], role=each.role, since=each.since)
            for each in members
        ]
    )


@handles(ChangeMember)
def change_member(unit: Unit, command: ChangeMember, *, now: datetime) -> MembershipView:
    with unit() as work:
        require_fresh_proof(work, command, now=now)
        at = find_owned_clinic(work, command.clinic_id, command.by)
        known = clinics.find_membership(work, clinic.membership_id(at.id, command.person_id, command.role))
        if known is None or not known.active:
            raise refusals.UnknownMember()
        if command.role != "owner":
            clinic.check_last_owner(clinics.owners(work, at.id), command.person_id)
        member, events = clinic.join(known, at.id, command.person_id, command.role, now=now)
        if events:
            end_invitations_of(work, known, now=now)
        save_membership(work, member, events, by=command.by, now=now)
    return membership_view(at, member)


@handles(EndMembership)
def end_membership(unit: Unit, command: EndMembership, *, now: datetime) -> Done:
    with unit() as work:
        if command.by != command.person_id:
            clinic.check_signed_in_for("owner", command.role)
            require_fresh_proof(work, command, now=now)
        at = found_clinic(clinics.find(work, command.clinic_id, to_change=True))
        owners = clinics.owners(work, at.id)
        if command.by != command.person_id:
            clinic.check_owner(owners, command.by)
        going = [each for each in clinics.members(work, at.id) if each.person_id == command.person_id]
        if going:
            clinic.check_last_owner(owners, command.person_id)
        end_memberships(work, going, by=command.by, now=now)
    return Done()


def _professionals(work: Work, clinic_id: UUID) -> list[UUID]:
    members = clinics.members(work, clinic_id)
    return [each.person_id for each in members if each.role == "professional"]
