"""Closing an account, keeping it after all, and erasing it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from services.accounts.domain import deletion, link, person
from services.accounts.domain.deletion import KEPT, Deletion
from services.accounts.domain.person import found
from services.accounts.handlers import clinics as memberships
from services.accounts.handlers.people import rights_changed
from services.accounts.handlers.recovery import find_link, send_link
from services.accounts.handlers.sessions import end
from services.accounts.handlers.tools import Tools
from services.accounts.store import clinics, directory, mail, people, sessions, support
from shared import cursor
from shared.contracts.accounts.deletion import (
    AccountErased,
    AskDeletion,
    AskMyDeletion,
    ConfirmDeletion,
    DeletionRecord,
    DeletionsPage,
    DeletionView,
    KeepAccount,
    ListDeletions,
)
from shared.contracts.base import Done
from shared.contracts.notify import InboxErased
from shared.contracts.requests import VisitsErased
from shared.db import Unit, Work


def ask(unit: Unit, demand: AskDeletion, *, tools: Tools) -> Done:
    """Like a reset: the answer cannot tell whether the address is known."""
    email = person.same_address(demand.email)
    tools.throttle.count("deletion", tools.settings.form_rate, email, demand.origin)
    with unit() as work:
        mail.ask(work, "deletion", email)
    return Done()


def ask_mine(unit: Unit, demand: AskMyDeletion, *, link_id: UUID, tools: Tools, now: datetime) -> Done:
    tools.throttle.count("deletion", tools.settings.form_rate, str(demand.person_id))
    with unit() as work:
        me = found(people.find(work, demand.person_id))
        _check_clinics(work, me.id)
        send_link(work, "deletion", me, link_id=link_id, tools=tools, now=now)
    return Done()


def confirm(unit: Unit, demand: ConfirmDeletion, *, tools: Tools, now: datetime) -> DeletionView:
    with unit() as work:
        asked = find_link(work, demand.token, tools=tools)
        used = asked and asked.kind == "deletion" and asked.used_at
        if asked and used and asked.person_id and (under_way := support.closing(work, asked.person_id)):
            return DeletionView(erases_at=under_way.erases_at, kept=list(KEPT))  # the same demand again
        asked = link.check(asked, "deletion", now=now)
        assert asked.person_id
        me = found(people.find(work, asked.person_id, to_change=True))
        _check_clinics(work, me.id)
        page = directory.find(work, me.id, to_change=True)
        grace = tools.settings.deletion_grace
        listed = page is not None and page.listed
        after, closing, events = deletion.close(me, asked.id, was_listed=listed, grace=grace, now=now)
        people.save(work, after)
        support.add_deletion(work, closing)
        work.emit(*events)
        if page is not None:
            directory.put(work, replace(page, listed=False))
        end(work, sessions.of_person(work, me.id, to_change=True), "account_closed", now=now)
        mail.use_link(work, asked, now=now)
        keep_id = uuid5(closing.id, "keep")
        send_link(work, "keep", after, link_id=keep_id, tools=tools, now=now)
        people.write_down(work, rights_changed(me, "account_closed", by=me.id, now=now, object_id=closing.id))
    return DeletionView(erases_at=closing.erases_at, kept=list(KEPT))


def keep(unit: Unit, demand: KeepAccount, *, tools: Tools, now: datetime) -> Done:
    with unit() as work:
        good = link.check(find_link(work, demand.token, tools=tools), "keep", now=now)
        assert good.person_id
        me = found(people.find(work, good.person_id, to_change=True))
        under_way = support.closing(work, me.id)
        if under_way is None:
            raise link.dead_link()
        after, kept, events = deletion.keep(me, under_way, now=now)
        people.save(work, after)
        support.save_deletion(work, kept)
        work.emit(*events)
        page = directory.find(work, me.id, to_change=True)
        if page is not None:
            directory.put(work, replace(page, listed=kept.was_listed))
        mail.use_link(work, good, now=now)
        people.write_down(work, rights_changed(me, "account_kept", by=me.id, now=now, object_id=kept.id))
    return Done()


def erase_due(unit: Unit, *, new_id: Callable[[], UUID], now: datetime) -> int:
    """Erase the accounts whose time has come, one in each transaction; how many."""
    erased = 0
    while True:
        with unit() as work:
            due = support.due_deletion(work, now=now)
            if due is None:
                return erased
            _erase(work, due, letter_id=new_id(), now=now)
        erased += 1


def note_erased(unit: Unit, event: VisitsErased | InboxErased) -> None:
    with unit() as work:
        if work.first_sight(event, "note_erased"):
            support.done_by(work, event.person_id, event.publisher())


def list_all(unit: Unit, demand: ListDeletions) -> DeletionsPage:
    with unit() as work:
        rows = support.deletions_page(work, after=demand.cursor, limit=demand.limit + 1)
    shown, following = cursor.cut(rows, demand.limit, lambda last: (last.confirmed_at, last.id))
    return DeletionsPage(deletions=[_record(each) for each in shown], next_cursor=following)


def _check_clinics(work: Work, person_id: UUID) -> None:
    """Refuses `last_owner`."""
    owned = [each for each, _ in clinics.of_person(work, person_id, "owner")]
    alone = 0
    for each in owned:
        clinics.find(work, each.id, to_change=True)
        others = [member for member in clinics.members(work, each.id) if member.person_id != person_id]
        alone += bool(others) and set(clinics.owners(work, each.id)) <= {person_id}
    deletion.check_other_owners(alone)


def _erase(work: Work, due: Deletion, *, letter_id: UUID, now: datetime) -> None:
    me = found(people.find(work, due.person_id, to_change=True))
    for each in clinics.memberships_of(work, me.id):
        clinics.find(work, each.clinic_id, to_change=True)
        memberships.end(work, [each], by=me.id, now=now)
        if not clinics.members(work, each.clinic_id):
            clinics.remove(work, each.clinic_id)
    end(work, sessions.of_person(work, me.id, to_change=True), "account_closed", now=now)
    clinics.forget_care(work, me.id)
    directory.forget_offered(work, me.id)
    support.forget_tickets(work, me.id, me.email)
    mail.forget_address(work, me.email)
    people.write_down(work, rights_changed(me, "account_erased", by=me.id, now=now, object_id=due.id))
    people.remove(work, me.id)
    support.save_deletion(work, deletion.erase(due, now=now))
    mail.post(work, letter_id, "erased", me.email, now=now)
    work.emit(AccountErased(occurred_at=now, version=1, person_id=me.id))


def _record(each: Deletion) -> DeletionRecord:
    return DeletionRecord(
        person_id=each.person_id,
        state=each.state,
        confirmed_at=each.confirmed_at,
        erases_at=each.erases_at,
        erased_at=each.erased_at,
        done_by=sorted(each.done_by),
        kept=list(KEPT) if each.state == "erased" else [],
    )
