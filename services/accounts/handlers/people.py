"""Accounts and profiles, and who looked at them."""

from datetime import datetime
from uuid import UUID, uuid5

from services.accounts.domain import listing, person
from services.accounts.domain.care import OWN_PATIENT
from services.accounts.domain.clinic import not_yours
from services.accounts.domain.person import OPERATOR, Person, found
from services.accounts.handlers.dependents import dependent_view
from services.accounts.handlers.proven import proven
from services.accounts.store import clinics, directory, guests, mail, people, sessions
from services.accounts.store.people import Entry
from shared import cursor
from shared.bus import handles
from shared.contracts.accounts.people import (
    AccountView,
    AddRole,
    AuditEntry,
    AuditPage,
    ChangeProfile,
    GetAccount,
    GetPerson,
    GrantSupport,
    ListAudit,
    PersonView,
)
from shared.db import Unit, Work


@handles(GetAccount)
def get(unit: Unit, command: GetAccount) -> AccountView:
    with unit() as work:
        return _view(work, found(people.find(work, command.account_id)))


@handles(ChangeProfile)
def change_profile(unit: Unit, command: ChangeProfile) -> AccountView:
    with unit() as work:
        before = found(people.find(work, command.account_id, to_change=True))
        after = person.change(before, command)
        if after != before:
            people.save(work, after)
            if page := directory.find(work, after.id, to_change=True):
                directory.put(work, listing.show_profile(page, after))
        return _view(work, after)


@handles(AddRole)
def add_role(unit: Unit, command: AddRole, *, now: datetime) -> AccountView:
    with unit() as work:
        before = proven(work, command, now=now)
        return _with_role(work, before, command.role, now=now)


@handles(GrantSupport)
def grant_support(unit: Unit, command: GrantSupport, *, now: datetime) -> AccountView:
    with unit() as work:
        address = person.same_address(command.email)
        return _with_role(
            work, found(people.find_by_email(work, address, to_change=True)), "support", now=now
        )


@handles(GetPerson)
def get_person(unit: Unit, command: GetPerson, *, now: datetime) -> PersonView:
    with unit() as work:
        patient = people.find(work, command.person_id) or guests.find(work, command.person_id)
        hers = clinics.cares(
            work, command.by, command.role, command.person_id, statuses=OWN_PATIENT, history=True
        )
        if patient is None or patient.email is None or patient.name is None or not hers:
            raise not_yours("This person is no patient of yours.")
        seen = Entry(
            at=now,
            actor_id=command.by,
            actor_role=command.role,
            subject_id=patient.id,
            action="person_read",
            object_id=patient.id,
        )
        people.write_down(work, seen)
        dependents = people.dependents_of(work, patient.id)
    return PersonView(
        person_id=patient.id,
        name=patient.name,
        email=patient.email,
        phone=patient.phone,
        languages=list(patient.languages) if isinstance(patient, Person) else [],
        locale=patient.locale if isinstance(patient, Person) else None,
        dependents=[dependent_view(each) for each in dependents],
    )


@handles(ListAudit)
def list_audit(unit: Unit, command: ListAudit) -> AuditPage:
    with unit() as work:
        rows = people.audit_of(work, command.person_id, after=command.cursor, limit=command.limit + 1)
    shown, following = cursor.cut(rows, command.limit, lambda last: (last[0],))
    return AuditPage(
        entries=[
            AuditEntry(
                at=entry.at,
                actor_id=entry.actor_id,
                actor_name=name,
                actor_role=entry.actor_role,
                action=entry.action,
                object_id=entry.object_id,
            )
            for _, entry, name in shown
        ],
        next_cursor=following,
    )


def rights_changed(subject: Person, action: str, *, by: UUID, now: datetime, object_id: UUID) -> Entry:
    """For the audit: what somebody may do is different now."""
    role = "self" if by == subject.id else "operator"
    return Entry(
        at=now,
        actor_id=by,
        actor_role=role,
        subject_id=subject.id,
        action=action,
        object_id=object_id,
    )


def sign_in_changed(work: Work, owner: Person, action: str, *, object_id: UUID, now: datetime) -> None:
    """Written down, and told by mail: it may have been somebody else."""
    people.write_down(work, rights_changed(owner, action, by=owner.id, now=now, object_id=object_id))
    letter_id = uuid5(object_id, f"{action}/{now.isoformat()}")
    mail.post(work, letter_id, "notice", owner.email, now=now)


def view(known: Person, *, totp: bool) -> AccountView:
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


def _view(work: Work, known: Person) -> AccountView:
    return view(known, totp=sessions.has_second_factor(work, known.id))


def _with_role(work: Work, before: Person, role: str, *, now: datetime) -> AccountView:
    totp = sessions.has_second_factor(work, before.id)
    after = person.add_role(before, role, second_factor=totp)
    if after != before:
        people.save(work, after)
        by = OPERATOR if role == "support" else after.id
        people.write_down(
            work, rights_changed(after, f"role_added:{role}", by=by, now=now, object_id=after.id)
        )
        entered(work, after, role)
    return view(after, totp=totp)


def entered(work: Work, new: Person, role: str) -> None:
    """Give a new professional their page in the directory."""
    if role == "professional":
        directory.put(work, listing.first(new))
