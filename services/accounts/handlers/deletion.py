"""Closing an account, keeping it after all, and erasing it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

import structlog

from services.accounts.domain import deletion, link, person
from services.accounts.domain.deletion import RETAINED, Deletion
from services.accounts.domain.person import found
from services.accounts.operations import memberships
from services.accounts.operations.access_log import change_entry
from services.accounts.operations.links import find_link, find_owner_by_link, send_link
from services.accounts.operations.sessions import end_sessions
from services.accounts.store import addresses, clinics, directory, links, mails, people, sessions, support
from services.accounts.throttle import ORIGIN_SHARE
from services.accounts.tools import Tools
from shared import cursor, log
from shared.bus import every, handles, listens
from shared.contracts.accounts.deletion import (
    AskDeletion,
    AskMyDeletion,
    ConfirmDeletion,
    DeletionRecord,
    DeletionsPage,
    DeletionView,
    ListDeletions,
    ReopenAccount,
)
from shared.contracts.base import Done
from shared.contracts.notify import InboxErased
from shared.contracts.requests.moves import VisitsErased
from shared.db import Unit, Work

_log = structlog.get_logger()


@handles(AskDeletion)
def ask(unit: Unit, command: AskDeletion, *, tools: Tools) -> Done:
    """Like a reset: the answer cannot tell whether the address is known."""
    email = person.normalize_email(command.email)
    tools.throttle.count("deletion", tools.settings.form_rate, command.origin, share=ORIGIN_SHARE)
    with unit() as work:
        mails.request(work, "deletion", email)
    return Done()


@handles(AskMyDeletion)
def ask_mine(unit: Unit, command: AskMyDeletion, *, link_id: UUID, tools: Tools, now: datetime) -> Done:
    tools.throttle.count("deletion", tools.settings.form_rate, str(command.person_id))
    with unit() as work:
        me = found(people.find(work, command.person_id))
        _check_clinics(work, me.id)
        send_link(work, "deletion", me, link_id=link_id, tools=tools, now=now)
    return Done()


@handles(ConfirmDeletion)
def confirm(unit: Unit, command: ConfirmDeletion, *, tools: Tools, now: datetime) -> DeletionView:
    with unit() as work:
        if already := _find_closed(work, command.token, tools=tools):
            return DeletionView(erases_at=already, kept=list(RETAINED))
        me, asked = find_owner_by_link(work, command.token, "deletion", tools=tools, now=now)
        _check_clinics(work, me.id)
        for at, _ in clinics.of_person(work, me.id, "owner"):
            links.end_invitations_by(work, at.id, me.id, now=now)
        page = directory.find(work, me.id, to_change=True)
        grace = tools.settings.deletion_grace
        listed = page is not None and page.listed
        after, closing, events = deletion.close(me, asked.id, was_listed=listed, grace=grace, now=now)
        people.save(work, after)
        support.add_deletion(work, closing)
        work.publish(*events)
        if page is not None:
            directory.put(work, replace(page, listed=False))
        end_sessions(work, sessions.of_person(work, me.id, to_change=True), "account_closed", now=now)
        links.use(work, asked, now=now)
        keep_id = uuid5(closing.id, "keep")
        send_link(work, "keep", after, link_id=keep_id, tools=tools, now=now)
        people.log_access(work, change_entry(me, "account_closed", by=me.id, now=now, object_id=closing.id))
    return DeletionView(erases_at=closing.erases_at, kept=list(RETAINED))


@handles(ReopenAccount)
def reopen(unit: Unit, command: ReopenAccount, *, tools: Tools, now: datetime) -> Done:
    with unit() as work:
        me, good = find_owner_by_link(work, command.token, "keep", tools=tools, now=now)
        under_way = support.find_closing(work, me.id)
        if under_way is None:
            raise link.dead_link()
        after, kept, events = deletion.reopen(me, under_way, now=now)
        people.save(work, after)
        support.save_deletion(work, kept)
        work.publish(*events)
        page = directory.find(work, me.id, to_change=True)
        if page is not None:
            directory.put(work, replace(page, listed=kept.was_listed))
        links.use(work, good, now=now)
        people.log_access(work, change_entry(me, "account_kept", by=me.id, now=now, object_id=kept.id))
    return Done()


@every(1)
def erase_due(unit: Unit, *, new_uuid: Callable[[], UUID], now: datetime) -> int:
    """Erase the accounts whose time has come, one in each transaction; how many.

    One that fails is passed by, and tried again with the next call.
    """
    with unit() as work:
        waiting = support.due_deletions(work, now=now)
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
            support.note_done_by(work, event.person_id, event.publisher())


@handles(ListDeletions)
def list_all(unit: Unit, command: ListDeletions) -> DeletionsPage:
    with unit() as work:
        rows = support.deletions_page(work, after=command.cursor, limit=command.limit + 1)
    shown, following = cursor.cut(rows, command.limit, lambda last: (last.confirmed_at, last.id))
    return DeletionsPage(deletions=[_record(each) for each in shown], next_cursor=following)


def _find_closed(work: Work, token: str, *, tools: Tools) -> datetime | None:
    """Return the instant of the erasure if the account of this link is closed already by the same command."""
    asked = find_link(work, token, tools=tools)
    if asked is None or asked.kind != "deletion" or asked.person_id is None:
        return None
    owner = people.find(work, asked.person_id, to_change=True)
    return owner.erases_at if owner else None


def _check_clinics(work: Work, person_id: UUID) -> None:
    """Refuses `last_owner`. The clinics stay locked."""
    alone = 0
    for clinic_id in sorted(each.id for each, _ in clinics.of_person(work, person_id, "owner")):
        clinics.find(work, clinic_id, to_change=True)
        others = [member for member in clinics.members(work, clinic_id) if member.person_id != person_id]
        alone += bool(others) and set(clinics.owners(work, clinic_id)) <= {person_id}
    deletion.check_other_owners(alone)


def _erase(work: Work, person_id: UUID, *, mail_id: UUID, now: datetime) -> bool:
    """Erase one account; False if another process was faster, or its owner reopened it."""
    work.take_time()
    me, due = people.find(work, person_id, to_change=True), support.find_closing(work, person_id)
    if me is None or due is None or due.erases_at > now:
        return False
    for each in clinics.memberships_of(work, me.id):
        clinics.find(work, each.clinic_id, to_change=True)
        memberships.end_memberships(work, [each], by=me.id, now=now)
        if not clinics.members(work, each.clinic_id):
            clinics.remove(work, each.clinic_id)
    clinics.remove_care(work, me.id)
    directory.forget_offered(work, me.id)
    support.forget_tickets(work, me.id, me.email)
    for email in addresses.of_person(work, me.id):
        mails.forget_address(work, email)
    people.log_access(work, change_entry(me, "account_erased", by=me.id, now=now, object_id=due.id))
    people.remove(work, me.id)
    done, events = deletion.erase(due, now=now)
    support.save_deletion(work, done)
    mails.enqueue(work, mail_id, "erased", me.email, now=now)
    work.publish(*events)
    return True


def _record(each: Deletion) -> DeletionRecord:
    return DeletionRecord(
        person_id=each.person_id,
        state=each.state,
        confirmed_at=each.confirmed_at,
        erases_at=each.erases_at,
        erased_at=each.erased_at,
        done_by=sorted(each.done_by),
        kept=[] if each.state == "kept" else list(RETAINED),
    )
