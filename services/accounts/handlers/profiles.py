"""Accounts and profiles, the roles of a person, and the access log that they can read."""

from datetime import datetime

from services.accounts.domain import care, directory_entry, person
from services.accounts.operations import access_log, fresh_proof, lookups, views
from services.accounts.store import directory, guests, people, sessions
from shared import cursor
from shared.bus import handles
from shared.contracts.accounts import people as api
from shared.db import Unit, Work


@handles(api.GetAccount)
def get(unit: Unit, command: api.GetAccount) -> api.AccountView:
    with unit() as work:
        return views.account_view(work, lookups.find_person(work, command.account_id))


@handles(api.ChangeProfile)
def change_profile(unit: Unit, command: api.ChangeProfile) -> api.AccountView:
    with unit() as work:
        before = lookups.find_person(work, command.account_id, to_change=True)
        after = person.change(before, command)
        if after != before:
            people.save(work, after)
            if page := directory.find(work, after.id, to_change=True):
                directory.put(work, directory_entry.with_profile(page, after))
        return views.account_view(work, after)


@handles(api.AddRole)
def add_role(unit: Unit, command: api.AddRole, *, now: datetime) -> api.AccountView:
    with unit() as work:
        return _add_role(work, fresh_proof.require(work, command, now=now), command.role, now=now)


@handles(api.GrantSupport)
def grant_support(unit: Unit, command: api.GrantSupport, *, now: datetime) -> api.AccountView:
    with unit() as work:
        return _add_role(work, lookups.find_person_by_email(work, command.email), "support", now=now)


@handles(api.GetPerson)
def get_person(unit: Unit, command: api.GetPerson, *, now: datetime) -> api.PersonView:
    """Show a patient or a guest to those who treat them; that is logged. Refuses `not_yours`."""
    with unit() as work:
        patient = people.find(work, command.person_id) or guests.find(work, command.person_id)
        lookups.check_patient(work, command.person_id, by=command.by, role=command.role)
        if patient is None or patient.email is None:
            raise care.no_patient()
        seen = [(patient.id, patient.id)]
        access_log.log(work, seen, "person_read", by=command.by, role=command.role, now=now)
        dependents = [
            api.DependentView.of(each, dependent_id=each.id)
            for each in people.dependents_of(work, patient.id)
        ]
    return api.PersonView.of(patient, person_id=patient.id, dependents=dependents)


@handles(api.ListAccessLog)
def list_access_log(unit: Unit, command: api.ListAccessLog) -> api.AccessLogPage:
    with unit() as work:
        rows = people.access_log_of(work, command.person_id, after=command.cursor, limit=command.limit + 1)
    shown, following = cursor.cut(rows, command.limit, lambda last: (last[0],))
    entries = [api.AccessLogEntry.of(entry, actor_name=name) for _, entry, name in shown]
    return api.AccessLogPage(entries=entries, next_cursor=following)


def _add_role(work: Work, before: person.Person, role: str, *, now: datetime) -> api.AccountView:
    has_app = sessions.has_second_factor(work, before.id)
    after = person.add_role(before, role, second_factor=has_app)
    if after != before:
        people.save(work, after)
        by = None if role == "support" else after.id  # an operator at a shell grants support
        access_log.log_change(work, after, f"role_added:{role}", by=by, object_id=after.id, now=now)
        if role == "professional":
            directory.put(work, directory_entry.initial(after))
    return views.account_view(work, after)
