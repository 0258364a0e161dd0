"""Support removes a lost second factor: it is asked for, then stopped by the owner or done by a timer.

The owner is mailed when it is asked for, each day while it waits, and when it is done. Each step locks the
account and is written in its audit.
"""

import secrets
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

import structlog

from services.accounts import passwords
from services.accounts.domain import factor_removal, person, session
from services.accounts.domain.factor_removal import Removal
from services.accounts.domain.person import Person, found
from services.accounts.operations.access_log import change_entry
from services.accounts.operations.links import find_owner_by_link, send_link
from services.accounts.operations.second_factors import stop_removal
from services.accounts.operations.sessions import end_sessions
from services.accounts.store import factor_removals, links, mails, people, sessions
from services.accounts.tools import Tools
from shared import cursor, log
from shared.bus import every, handles
from shared.contracts.accounts import refusals
from shared.contracts.accounts.removals import (
    AskFactorRemoval,
    FactorRemoval,
    FactorRemovalsPage,
    ListFactorRemovals,
    StopFactorRemoval,
)
from shared.contracts.base import Done
from shared.db import Unit, Work

_log = structlog.get_logger()


@handles(AskFactorRemoval)
def ask(unit: Unit, command: AskFactorRemoval, *, tools: Tools, now: datetime) -> FactorRemoval:
    """Refuses `unknown_account`, `account_closed`, `no_second_factor`, `already_on` and `not_allowed`."""
    if (command.email is None) == (command.account_id is None):
        raise refusals.InvalidValue("Name the account by email or by account_id.", field="email")
    with unit() as work:
        owner = _find_owner(work, command)
        if known := factor_removals.find(work, command.removal_id):
            if known.person_id != owner.id:
                raise refusals.IdempotencyKeyReused()
            return _view(known)
        _check(work, owner, by=command.by)
        new = factor_removal.ask(
            command.removal_id, owner.id, by=command.by, wait=tools.settings.factor_removal_wait, now=now
        )
        if not factor_removals.add(work, new):
            raise refusals.AlreadyOn("A removal is already waiting for this account.")
        _log_step(work, owner, new, "factor_removal_asked", now=now)
        send_link(work, "factors", owner, link_id=_link_id(new), tools=tools, now=now)
    return _view(new)


@handles(StopFactorRemoval)
def stop(unit: Unit, command: StopFactorRemoval, *, tools: Tools, now: datetime) -> Done:
    with unit() as work:
        owner, used = find_owner_by_link(work, command.token, "factors", tools=tools, now=now)
        stop_removal(work, owner, now=now)
        links.use(work, used, now=now)
    return Done()


@handles(ListFactorRemovals)
def list_all(unit: Unit, command: ListFactorRemovals) -> FactorRemovalsPage:
    with unit() as work:
        rows = factor_removals.page(work, after=command.cursor, limit=command.limit + 1)
    shown, following = cursor.cut(rows, command.limit, lambda last: (last.asked_at, last.id))
    return FactorRemovalsPage(removals=[_view(each) for each in shown], next_cursor=following)


@every(10)
def process_waiting(unit: Unit, *, tools: Tools, now: datetime) -> None:
    """Remove what is due and mail the other owners once a day, each in a transaction of its own.

    A failure is logged and tried again with the next call; the others go on.
    """
    with unit() as work:
        concerned = factor_removals.find_due(work, now=now)
    for person_id in concerned:
        nobody_knows = tools.aside(passwords.hash_password, secrets.token_urlsafe(32))
        try:
            with unit() as work:
                _process(work, person_id, nobody_knows=nobody_knows, now=now)
        except Exception as error:
            _log.error("factor_removal_failed", person=str(person_id), error=log.where(error))


def _process(work: Work, person_id: UUID, *, nobody_knows: str, now: datetime) -> None:
    owner = people.find(work, person_id, to_change=True)
    under_way = factor_removals.find_waiting(work, person_id)
    if owner is None or under_way is None:
        return
    if factor_removal.is_due(under_way, now=now):
        _remove_factors(work, owner, under_way, nobody_knows=nobody_knows, now=now)
    elif under_way.told_at + factor_removal.REMIND_EVERY <= now:
        factor_removals.save(work, replace(under_way, told_at=now))
        mail_id = uuid5(under_way.id, f"told/{now.isoformat()}")
        mails.enqueue(work, mail_id, "factors", owner.email, object_id=_link_id(under_way), now=now)


def _remove_factors(
    work: Work, owner: Person, under_way: Removal, *, nobody_knows: str, now: datetime
) -> None:
    """Remove the factors, end the sessions, and replace a password that is too short to stand alone."""
    factor_removals.save(work, factor_removal.end(under_way, "done", now=now))
    sessions.remove_totp(work, owner.id)
    for each in sessions.passkeys_of(work, owner.id):
        sessions.remove_passkey(work, owner.id, each.id)
    end_sessions(work, sessions.of_person(work, owner.id, to_change=True), "signed_out", now=now)
    if not person.is_enough_alone(owner):
        owner = replace(owner, password_hash=nobody_knows)
    after, events = session.revoke_access(owner, "signed_out_everywhere", now=now)
    people.save(work, after)
    work.publish(*events)
    _log_step(work, owner, under_way, "factors_removed", now=now)
    mails.enqueue(work, uuid5(under_way.id, "done"), "factors_removed", owner.email, now=now)


def _find_owner(work: Work, command: AskFactorRemoval) -> Person:
    """Return the account, locked. Refuses `unknown_account`."""
    if command.account_id is not None:
        return found(people.find(work, command.account_id, to_change=True))
    email = person.normalize_email(command.email or "")
    return found(people.find_by_email(work, email, to_change=True))


def _check(work: Work, owner: Person, *, by: UUID) -> None:
    if owner.id == by:
        raise refusals.NotAllowed("Ask a colleague in support to do this for your own account.")
    if owner.erases_at is not None:
        detail = "This account is closed and will be erased."
        raise refusals.AccountClosed(detail, erases_at=owner.erases_at.isoformat())
    if not sessions.has_second_factor(work, owner.id):
        raise refusals.NoSecondFactor()


def _log_step(work: Work, owner: Person, of: Removal, action: str, *, now: datetime) -> None:
    """Write the step in the audit; the person of support stands as its actor, also for what a timer does."""
    entry = change_entry(owner, action, by=of.asked_by, now=now, object_id=of.id)
    people.log_access(work, replace(entry, actor_role="support"))


def _link_id(of: Removal) -> UUID:
    return uuid5(of.id, "stop")


def _view(of: Removal) -> FactorRemoval:
    return FactorRemoval(
        removal_id=of.id,
        account_id=of.person_id,
        state=of.state,
        asked_by=of.asked_by,
        asked_at=of.asked_at,
        due_at=of.due_at,
        ended_at=of.ended_at,
    )
