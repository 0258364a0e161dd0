"""Closing an account, reopening it, and erasing it; other services are asked by events for their part.

An account is closed at once and erased after `HC_DELETION_GRACE`. `domain/deletion.py` has what is retained.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

import structlog

from services.accounts.domain import deletion, link
from services.accounts.operations import access_log, lookups, mailed_links, memberships, session_changes
from services.accounts.store import addresses, clinics, deletions, directory, links, mails, people, tickets
from services.accounts.tools import Tools
from shared import cursor, log
from shared.bus import every, handles, listens
from shared.contracts.accounts import deletion as api
from shared.contracts.base import Done
from shared.contracts.notify import InboxErased
from shared.contracts.requests.moves import VisitsErased
from shared.db import Unit, Work

_log = structlog.get_logger()


@handles(api.AskDeletion)
def ask(unit: Unit, command: api.AskDeletion, *, tools: Tools) -> Done:
    mailed_links.request(unit, "deletion", command, tools=tools)
    return Done()


@handles(api.AskMyDeletion)
def ask_mine(unit: Unit, command: api.AskMyDeletion, *, link_id: UUID, tools: Tools, now: datetime) -> Done:
    tools.throttle.count("deletion", tools.settings.form_rate, str(command.person_id))
    with unit() as work:
        me = lookups.find_person(work, command.person_id)
        _check_clinics(work, me.id)
        mailed_links.send(work, "deletion", me, link_id=link_id, tools=tools, now=now)
    return Done()


@handles(api.ConfirmDeletion)
def confirm(unit: Unit, command: api.ConfirmDeletion, *, tools: Tools, now: datetime) -> api.AccountDeletion:
    with unit() as work:
        if already := _find_closed(work, command.token, tools=tools):
            return api.AccountDeletion(erases_at=already, kept=list(deletion.RETAINED))
        me, asked = mailed_links.find_owner(work, command.token, "deletion", tools=tools, now=now)
        _check_clinics(work, me.id)
        for at, _ in clinics.of_person(work, me.id, "owner"):
            links.end_invitations_by(work, at.id, me.id, now=now)
        page = directory.find(work, me.id, to_change=True)
        grace = tools.settings.deletion_grace
        listed = page is not None and page.listed
        after, closing, events = deletion.close(me, asked.id, was_listed=listed, grace=grace, now=now)
        people.save(work, after)
        deletions.add(work, closing)
        work.publish(*events)
        if page is not None:
            directory.put(work, replace(page, listed=False))
        session_changes.end_all(work, me.id, "account_closed", now=now)
        links.use(work, asked, now=now)
        mailed_links.send(work, "keep", after, link_id=uuid5(closing.id, "keep"), tools=tools, now=now)
        access_log.log_change(work, me, "account_closed", by=me.id, object_id=closing.id, now=now)
    return api.AccountDeletion(erases_at=closing.erases_at, kept=list(deletion.RETAINED))


@handles(api.ReopenAccount)
def reopen(unit: Unit, command: api.ReopenAccount, *, tools: Tools, now: datetime) -> Done:
    with unit() as work:
        me, good = mailed_links.find_owner(work, command.token, "keep", tools=tools, now=now)
        under_way = deletions.find_closing(work, me.id)
        if under_way is None:
            raise link.dead_link()
        after, kept, events = deletion.reopen(me, under_way, now=now)
        people.save(work, after)
        deletions.save(work, kept)
        work.publish(*events)
        page = directory.find(work, me.id, to_change=True)
        if page is not None:
            directory.put(work, replace(page, listed=kept.was_listed))
        links.use(work, good, now=now)
        access_log.log_change(work, me, "account_kept", by=me.id, object_id=kept.id, now=now)
    return Done()


@every(1)
def erase_due(unit: Unit, *, new_uuid: Callable[[], UUID], now: datetime) -> int:
    """Erase the accounts whose time has come, one in each transaction; return how many.

    One that fails is passed by, and tried again with the next call.
    """
    with unit() as work:
        waiting = deletions.find_due(work, now=now)
    erased = 0
    for person_id in waiting:
        try:
            with unit() as work:
                erased += _erase(work, person_id, mail_id=new_uuid(), now=now)
        except Exception as error:
            _log.error("erasure_failed", person=str(person_id), error=log.where(error))
    return erased


@listens(VisitsErased, InboxErased)
def note_erased(unit: Unit, event: VisitsErased | InboxErased) -> None:
    with unit() as work:
        if work.first_sight(event, "note_erased"):
            deletions.note_done_by(work, event.person_id, event.publisher())


@handles(api.ListDeletions)
def list_all(unit: Unit, command: api.ListDeletions) -> api.DeletionsPage:
    with unit() as work:
        rows = deletions.page(work, after=command.cursor, limit=command.limit + 1)
    shown, following = cursor.cut(rows, command.limit, lambda last: (last.confirmed_at, last.id))
    return api.DeletionsPage(deletions=[_view(each) for each in shown], next_cursor=following)


def _find_closed(work: Work, token: str, *, tools: Tools) -> datetime | None:
    """Return the instant of the erasure if the account of this link is closed already by the same command."""
    asked = mailed_links.find(work, token, tools=tools)
    if asked is None or asked.kind != "deletion" or asked.person_id is None:
        return None
    owner = people.find(work, asked.person_id, to_change=True)
    return owner.erases_at if owner else None


def _check_clinics(work: Work, person_id: UUID) -> None:
    """Refuses `last_owner`. The clinics stay locked."""
    for clinic_id in sorted(each.id for each, _ in clinics.of_person(work, person_id, "owner")):
        clinics.find(work, clinic_id, to_change=True)
        owners, members = clinics.owners(work, clinic_id), clinics.members(work, clinic_id)
        deletion.check_other_owners(person_id, owners, members)


def _erase(work: Work, person_id: UUID, *, mail_id: UUID, now: datetime) -> bool:
    """Erase one account; return False if another process was faster, or its owner reopened it."""
    work.take_time()
    me, due = people.find(work, person_id, to_change=True), deletions.find_closing(work, person_id)
    if me is None or not deletion.is_due(due, now=now):
        return False
    for each in clinics.memberships_of(work, me.id):
        clinics.find(work, each.clinic_id, to_change=True)
        memberships.end_memberships(work, [each], by=me.id, now=now)
        if not clinics.members(work, each.clinic_id):
            clinics.remove(work, each.clinic_id)
    clinics.remove_care(work, me.id)
    directory.forget_offered(work, me.id)
    tickets.forget(work, me.id, me.email)
    for email in addresses.of_person(work, me.id):
        mails.forget_address(work, email)
    access_log.log_change(work, me, "account_erased", by=me.id, object_id=due.id, now=now)
    people.remove(work, me.id)
    done, events = deletion.erase(due, now=now)
    deletions.save(work, done)
    mails.enqueue(work, mail_id, "erased", me.email, now=now)
    work.publish(*events)
    return True


def _view(each: deletion.Deletion) -> api.DeletionRecord:
    kept = [] if each.state == "kept" else list(deletion.RETAINED)
    return api.DeletionRecord.of(each, done_by=sorted(each.done_by), kept=kept)
