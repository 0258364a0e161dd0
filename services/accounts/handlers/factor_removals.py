"""Support removes a lost second factor: it is asked for, then stopped by the owner or done by a timer.

The owner is mailed when it is asked for, each day while it waits, and when it is done. Each step locks the
account and is written in its access log.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

import structlog

from services.accounts import passwords
from services.accounts.domain import factor_removal, person
from services.accounts.operations import access_log, factors, lookups, mailed_links, session_changes
from services.accounts.store import factor_removals, links, mails, people, sessions
from services.accounts.tools import Tools
from shared import cursor, log
from shared.bus import every, handles
from shared.contracts.accounts import refusals
from shared.contracts.accounts import removals as api
from shared.contracts.base import Done
from shared.db import Unit, Work

_log = structlog.get_logger()


@handles(api.AskFactorRemoval)
def ask(unit: Unit, command: api.AskFactorRemoval, *, tools: Tools, now: datetime) -> api.FactorRemoval:
    """Refuses `unknown_account`, `account_closed`, `no_second_factor`, `already_on` and `not_allowed`."""
    factor_removal.check_named_once(command)
    with unit() as work:
        if command.account_id is not None:
            owner = lookups.find_person(work, command.account_id, to_change=True)
        else:
            owner = lookups.find_person_by_email(work, command.email or "")
        if known := factor_removals.find(work, command.removal_id):
            return _view(factor_removal.check_repeat(known, owner))
        has_factor, wait = sessions.has_second_factor(work, owner.id), tools.settings.factor_removal_wait
        new = factor_removal.ask(command, owner, second_factor=has_factor, wait=wait, now=now)
        if not factor_removals.add(work, new):
            raise refusals.AlreadyOn("A removal is already waiting for this account.")
        _log_step(work, owner, new, "factor_removal_asked", now=now)
        mailed_links.send(work, "factors", owner, link_id=new.link_id, tools=tools, now=now)
    return _view(new)


@handles(api.StopFactorRemoval)
def stop(unit: Unit, command: api.StopFactorRemoval, *, tools: Tools, now: datetime) -> Done:
    with unit() as work:
        owner, used = mailed_links.find_owner(work, command.token, "factors", tools=tools, now=now)
        factors.stop_removal(work, owner, now=now)
        links.use(work, used, now=now)
    return Done()


@handles(api.ListFactorRemovals)
def list_all(unit: Unit, command: api.ListFactorRemovals) -> api.FactorRemovalsPage:
    with unit() as work:
        rows = factor_removals.page(work, after=command.cursor, limit=command.limit + 1)
    shown, following = cursor.cut(rows, command.limit, lambda last: (last.asked_at, last.id))
    return api.FactorRemovalsPage(removals=[_view(each) for each in shown], next_cursor=following)


@every(10)
def process_waiting(unit: Unit, *, tools: Tools, now: datetime) -> None:
    """Remove what is due and mail the other owners once a day, each in a transaction of its own.

    A failure is logged and tried again with the next call; the others go on.
    """
    with unit() as work:
        concerned = factor_removals.find_due(work, now=now)
    for person_id in concerned:
        nobody_knows = tools.aside(passwords.hash_unknown)
        try:
            with unit() as work:
                _process(work, person_id, nobody_knows=nobody_knows, now=now)
        except Exception as error:
            _log.error("factor_removal_failed", person=str(person_id), error=log.where(error))


def _process(work: Work, person_id: UUID, *, nobody_knows: str, now: datetime) -> None:
    owner = people.find(work, person_id, to_change=True)
    waiting = factor_removals.find_waiting(work, person_id)
    if owner is None or waiting is None:
        return
    if factor_removal.is_due(waiting, now=now):
        _remove_factors(work, owner, waiting, nobody_knows=nobody_knows, now=now)
    elif factor_removal.is_reminder_due(waiting, now=now):
        factor_removals.save(work, replace(waiting, told_at=now))
        mail_id = uuid5(waiting.id, f"told/{now.isoformat()}")
        mails.enqueue(work, mail_id, "factors", owner.email, object_id=waiting.link_id, now=now)


def _remove_factors(
    work: Work, owner: person.Person, due: factor_removal.Removal, *, nobody_knows: str, now: datetime
) -> None:
    """Remove the factors, end the sessions, and replace a password that is too short to stand alone."""
    factor_removals.save(work, factor_removal.end(due, "done", now=now))
    sessions.remove_totp(work, owner.id)
    for each in sessions.passkeys_of(work, owner.id):
        sessions.remove_passkey(work, owner.id, each.id)
    session_changes.end_all(work, owner.id, "signed_out", now=now)
    if not person.is_enough_alone(owner):
        owner = replace(owner, password_hash=nobody_knows)
    session_changes.revoke_access(work, owner, "signed_out_everywhere", now=now)
    _log_step(work, owner, due, "factors_removed", now=now)
    mails.enqueue(work, uuid5(due.id, "done"), "factors_removed", owner.email, now=now)


def _log_step(
    work: Work, owner: person.Person, of: factor_removal.Removal, action: str, *, now: datetime
) -> None:
    """Log a step; the person of support stands as its actor, also for what a timer does."""
    access_log.log(work, [(owner.id, of.id)], action, by=of.asked_by, role="support", now=now)


def _view(of: factor_removal.Removal) -> api.FactorRemoval:
    return api.FactorRemoval.of(of, removal_id=of.id, account_id=of.person_id)
