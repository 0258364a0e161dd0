"""Clinics and their members; `invitations` has how members join.

Each change of memberships holds the lock of the clinic, so that a clinic always keeps an owner.
"""

from datetime import datetime

from services.accounts.domain import clinic, limits
from services.accounts.operations import access_log, fresh_proof, lookups, memberships, views
from services.accounts.store import clinics, directory, people
from shared.bus import handles
from shared.contracts.accounts import clinics as api
from shared.contracts.base import Done
from shared.db import Unit


@handles(api.CreateClinic)
def create(unit: Unit, command: api.CreateClinic, *, now: datetime) -> api.ClinicView:
    new, owner, events = clinic.create(command, now=now)
    with unit() as work:
        lookups.find_person(work, command.by, to_change=True)
        if clinics.find(work, new.id) is None:
            limits.check_limit("clinics", len(clinics.of_person(work, command.by, "owner")))
        if clinics.add(work, new):
            memberships.save_membership(work, owner, events, by=command.by, now=now)
        else:
            new = clinic.check_repeat(clinics.find(work, new.id), clinics.owners(work, new.id), command)
    return views.clinic_view(new, "owner")


@handles(api.ChangeClinic)
def change(unit: Unit, command: api.ChangeClinic) -> api.ClinicView:
    with unit() as work:
        before = lookups.find_owned_clinic(work, command.clinic_id, command.by)
        after = clinic.change(before, command)
        if after != before:
            clinics.save(work, after)
            members = clinics.members(work, after.id)
            directory.update_points(work, [each.person_id for each in members if each.role == "professional"])
    return views.clinic_view(after, "owner")


@handles(api.GetClinic)
def get(unit: Unit, command: api.GetClinic) -> api.ClinicView:
    with unit() as work:
        return views.clinic_view(lookups.find_clinic(work, command.clinic_id))


@handles(api.ListClinics)
def list_mine(unit: Unit, command: api.ListClinics) -> api.ClinicsView:
    with unit() as work:
        mine = clinics.of_person(work, command.person_id)
    return api.ClinicsView(clinics=[views.clinic_view(each, role) for each, role in mine])


@handles(api.ListMembers)
def list_members(unit: Unit, command: api.ListMembers, *, now: datetime) -> api.MembersView:
    """List the members for one of them; whose names the caller sees is logged."""
    with unit() as work:
        members = clinics.members(work, command.clinic_id)
        role = clinic.check_member(members, command.by)
        names = people.names_of(work, (each.person_id for each in members))
        seen = [(each.person_id, command.clinic_id) for each in members if each.person_id != command.by]
        access_log.log(work, seen, "member_read", by=command.by, role=role, now=now)
    views_of = [api.MemberView.of(each, name=names[each.person_id]) for each in members]
    return api.MembersView(members=views_of)


@handles(api.ChangeMember)
def change_member(unit: Unit, command: api.ChangeMember, *, now: datetime) -> api.MembershipView:
    with unit() as work:
        fresh_proof.require(work, command, now=now)
        at = lookups.find_owned_clinic(work, command.clinic_id, command.by)
        member_id = clinic.membership_id(at.id, command.person_id, command.role)
        known = clinic.check_active(clinics.find_membership(work, member_id))
        if command.role != "owner":
            clinic.check_last_owner(clinics.owners(work, at.id), command.person_id)
        member, events = clinic.join(known, at.id, command.person_id, command.role, now=now)
        if events:
            memberships.end_invitations_of(work, known, now=now)
        memberships.save_membership(work, member, events, by=command.by, now=now)
    return views.membership_view(at, member)


@handles(api.EndMembership)
def end_membership(unit: Unit, command: api.EndMembership, *, now: datetime) -> Done:
    """End one's own membership, or as an owner that of somebody else."""
    with unit() as work:
        if command.by != command.person_id:
            clinic.check_signed_in_for("owner", command.role)
            fresh_proof.require(work, command, now=now)
        at = lookups.find_clinic(work, command.clinic_id, to_change=True)
        owners = clinics.owners(work, at.id)
        if command.by != command.person_id:
            clinic.check_owner(owners, command.by)
        going = [each for each in clinics.members(work, at.id) if each.person_id == command.person_id]
        if going:
            clinic.check_last_owner(owners, command.person_id)
        memberships.end_memberships(work, going, by=command.by, now=now)
    return Done()
