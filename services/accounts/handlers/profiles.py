"""Accounts and profiles, and who looked at them."""

from datetime import datetime

from services.accounts.domain import directory_entry, person
from services.accounts.domain.care import MAY_SEE
from services.accounts.domain.clinic import not_yours
from services.accounts.domain.person import OPERATOR, Person, found
from services.accounts.operations.access_log import change_entry
from services.accounts.operations.fresh_proof import require_fresh_proof
from services.accounts.operations.listings import open_listing
from services.accounts.operations.views import account_view, dependent_view
from services.accounts.store import clinics, directory, guests, people, sessions
from services.accounts.store.people import AccessEntry
from shared import cursor
from shared.bus import handles
from shared.contracts.accounts.people import (
    AccessLogEntry,
    AccessLogPage,
    AccountView,
    AddRole,
    ChangeProfile,
    GetAccount,
    GetPerson,
    GrantSupport,
    ListAccessLog,
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
                directory.put(work, directory_entry.with_profile(page, after))
        return _view(work, after)


@handles(AddRole)
def add_role(unit: Unit, command: AddRole, *, now: datetime) -> AccountView:
    with unit() as work:
        before = require_fresh_proof(work, command, now=now)
        return _add_role(work, before, command.role, now=now)


@handles(GrantSupport)
def grant_support(unit: Unit, command: GrantSupport, *, now: datetime) -> AccountView:
    with unit() as work:
        address = person.normalize_email(command.email)
        return _add_role(work, found(people.find_by_email(work, address, to_change=True)), "support", now=now)


@handles(GetPerson)
def get_person(unit: Unit, command: GetPerson, *, now: datetime) -> PersonView:
    with unit() as work:
        patient = people.find(work, command.person_id) or guests.find(work, command.person_id)
        hers = clinics.has_patient(
            work, command.by, command.role, command.person_id, statuses=MAY_SEE, history=True
        )
        if patient is None or patient.email is None or patient.name is None or not hers:
            raise not_yours("This person is not your patient.")
        seen = AccessEntry(
            at=now,
            actor_id=command.by,
            actor_role=command.role,
            subject_id=patient.id,
            action="person_read",
            object_id=patient.id,
        )
        people.log_access(work, seen)
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


@handles(ListAccessLog)
def list_access_log(unit: Unit, command: ListAccessLog) -> AccessLogPage:
    with unit() as work:
        rows = people.access_log_of(work, command.person_id, after=command.cursor, limit=command.limit + 1)
    shown, following = cursor.cut(rows, command.limit, lambda last: (last[0],))
    return AccessLogPage(
        entries=[
            AccessLogEntry(
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


def _view(work: Work, known: Person) -> AccountView:
    return account_view(known, totp=sessions.has_second_factor(work, known.id))


def _add_role(work: Work, before: Person, role: str, *, now: datetime) -> AccountView:
    totp = sessions.has_second_factor(work, before.id)
    after = person.add_role(before, role, second_factor=totp)
    if after != before:
        people.save(work, after)
        by = OPERATOR if role == "support" else after.id
        people.log_access(work, change_entry(after, f"role_added:{role}", by=by, now=now, object_id=after.id))
        open_listing(work, after, role)
    return account_view(after, totp=totp)
