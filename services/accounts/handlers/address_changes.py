"""Changing the e-mail address: by a code from the new one; the old one can take it back.

There is no link that confirms: somebody who only opens a mail never ties their address to the account of
another.
"""

from dataclasses import replace
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from services.accounts import passwords
from services.accounts.domain import address_change, person
from services.accounts.operations import (
    access_log,
    factors,
    fresh_proof,
    lookups,
    mailed_links,
    session_changes,
    views,
)
from services.accounts.store import addresses, links, mails, people
from services.accounts.tools import Tools
from shared.bus import every, handles
from shared.contracts.accounts import refusals
from shared.contracts.accounts.addresses import AddressChangeView, ChangeAddress, ConfirmAddress, UndoAddress
from shared.contracts.accounts.people import AccountView
from shared.contracts.base import Done
from shared.db import Unit, Work


@handles(ChangeAddress)
def start(
    unit: Unit, command: ChangeAddress, *, proof_id: UUID, tools: Tools, now: datetime
) -> AddressChangeView:
    """Begin a change; `proof_id` is one that nobody has seen, of which code and link are made."""
    new = address_change.begin(command, proof_id=proof_id, now=now)
    with unit() as work:
        owner = fresh_proof.require(work, command, now=now)
        known = addresses.find_change(work, new.id)
    if known is None:
        address_change.check_other(new.new_email, owner.email)
        tools.throttle.count("address", tools.settings.form_rate, str(owner.id))
        with unit() as work:
            fresh_proof.require(work, command, now=now)
            if addresses.add_change(work, new):
                mails.request(work, "address", new.new_email, object_id=new.id)
                return _view(new)
            known = addresses.find_change(work, new.id)
    return _view(address_change.check_repeat(known, new))


@handles(ConfirmAddress)
def confirm(
    unit: Unit, command: ConfirmAddress, *, mail_id: UUID, tools: Tools, now: datetime
) -> AccountView:
    with unit() as work:
        owner = lookups.find_person(work, command.person_id, to_change=True)
        change = addresses.find_change(work, command.change_id, to_change=True)
        change = address_change.check_open(change, owner.id, now=now)
        if compare_digest(tools.vault.mail_code(change.proof_id, change.new_email), command.code):
            if change.confirmed_at is None:
                owner = _change_address(work, owner, change, mail_id=mail_id, tools=tools, now=now)
            return views.account_view(work, owner)
        change = replace(change, tries=change.tries + 1)
        addresses.save_change(work, change)
    raise address_change.wrong_code(change)  # after the commit, so that it counts


@handles(UndoAddress)
def undo(unit: Unit, command: UndoAddress, *, link_id: UUID, tools: Tools, now: datetime) -> Done:
    """Undo the change and all later ones; a proof given after the change no longer counts.

    Nothing that somebody else may know or hold signs in from then on: only the mailed link lets anybody in.
    """
    nobody_knows = tools.aside(passwords.hash_unknown)
    with unit() as work:
        owner, used = mailed_links.find_owner(work, command.token, "address", tools=tools, now=now)
        first = addresses.find_change_by_proof(work, used.id, to_change=True)
        assert first
        assert first.confirmed_at
        undone = addresses.find_undoable(work, owner.id, since=first.confirmed_at)
        restored, given_up = address_change.undo(owner, first, undone, nobody_knows=nobody_knows)
        addresses.release(work, owner.id, given_up)
        taken = addresses.take(work, restored.email, owner.id, now=now)
        assert taken, "an address is kept for its account until the change can no longer be undone"
        after = session_changes.revoke_access(work, restored, "signed_out_everywhere", now=now)
        for each in undone:
            addresses.save_change(work, replace(each, undone_at=now))
        addresses.end_open_changes(work, owner.id, now=now)
        links.use_all(work, [each.proof_id for each in undone], now=now)
        links.use_all_of(work, owner.id, "reset", "deletion", now=now)
        factors.end_doubtful_factors(work, after, None, by=first.id, tools=tools, now=now)
        kind = "reset" if after.erases_at is None else "keep"
        mailed_links.send(work, kind, after, link_id=link_id, tools=tools, now=now)
        access_log.log_change(work, after, "address_set_back", by=after.id, object_id=first.id, now=now)
    return Done()


@every(600)
def forget_old(unit: Unit, *, now: datetime) -> None:
    """Forget addresses that are kept no longer, and changes that are over."""
    with unit() as work:
        addresses.forget_old(work, now=now, undo_ended=now - address_change.UNDO_LASTS)


def _change_address(
    work: Work,
    owner: person.Person,
    change: address_change.AddressChange,
    *,
    mail_id: UUID,
    tools: Tools,
    now: datetime,
) -> person.Person:
    """Change the address; a constraint decides whose it is. Refuses `email_taken`."""
    after, done = address_change.confirm(owner, change, now=now)
    until = now + address_change.UNDO_LASTS
    addresses.reserve(work, owner.email, until=until)
    if not addresses.take(work, after.email, owner.id, now=now):
        raise refusals.EmailTaken("Another account uses this address.")
    people.save(work, after)
    addresses.save_change(work, done)
    links.use_all_of(work, owner.id, "reset", "deletion", now=now)
    links.add(work, mailed_links.make(change.proof_id, "address", until, tools=tools, person_id=owner.id))
    mails.enqueue(work, mail_id, "address_changed", owner.email, object_id=change.proof_id, now=now)
    access_log.log_change(work, after, "address_changed", by=after.id, object_id=change.id, now=now)
    return after


def _view(change: address_change.AddressChange) -> AddressChangeView:
    return AddressChangeView.of(change, change_id=change.id)
