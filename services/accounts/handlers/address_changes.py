"""Changing the address: by a code from the new one; the old one can take it back.

There is no link that confirms: somebody who only opens a mail never ties their address to the account of
another.
"""

import secrets
from dataclasses import replace
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from services.accounts import passwords
from services.accounts.domain import address_change, person, session
from services.accounts.domain.address_change import AddressChange
from services.accounts.domain.link import Link
from services.accounts.domain.person import Person, found
from services.accounts.operations.access_log import change_entry
from services.accounts.operations.fresh_proof import require_fresh_proof
from services.accounts.operations.links import find_owner_by_link, send_link
from services.accounts.operations.second_factors import end_doubtful_factors
from services.accounts.operations.views import account_view
from services.accounts.store import addresses, links, mails, people, sessions
from services.accounts.tools import Tools
from services.accounts.vault import token_hash
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
    email = person.normalize_email(command.email)
    new = AddressChange(
        id=command.change_id,
        proof_id=proof_id,
        person_id=command.person_id,
        new_email=email,
        expires_at=now + address_change.LASTS,
    )
    with unit() as work:
        owner = require_fresh_proof(work, command, now=now)
        known = addresses.find_change(work, new.id)
    if known is None:
        address_change.check_other(email, owner.email)
        tools.throttle.count("address", tools.settings.form_rate, str(owner.id))
        with unit() as work:
            require_fresh_proof(work, command, now=now)
            if addresses.add_change(work, new):
                mails.request(work, "address", email, object_id=new.id)
                return _view(new)
            known = addresses.find_change(work, new.id)
    if known is None or (known.person_id, known.new_email) != (new.person_id, new.new_email):
        raise refusals.IdempotencyKeyReused()
    return _view(known)


@handles(ConfirmAddress)
def confirm(
    unit: Unit, command: ConfirmAddress, *, mail_id: UUID, tools: Tools, now: datetime
) -> AccountView:
    with unit() as work:
        owner = found(people.find(work, command.person_id, to_change=True))
        change = addresses.find_change(work, command.change_id, to_change=True)
        change = address_change.check_open(change, owner.id, now=now)
        if compare_digest(tools.vault.mail_code(change.proof_id, change.new_email), command.code):
            if change.confirmed_at is None:
                owner = _change_address(work, owner, change, mail_id=mail_id, tools=tools, now=now)
            return account_view(owner, totp=sessions.has_second_factor(work, owner.id))
        change = replace(change, tries=change.tries + 1)
        addresses.save_change(work, change)
    raise address_change.wrong_code(change)  # after the commit, so that it counts


@handles(UndoAddress)
def undo(unit: Unit, command: UndoAddress, *, link_id: UUID, tools: Tools, now: datetime) -> Done:
    """Undo the change and all later ones; a proof given after the change no longer counts.

    Nothing that somebody else may know or hold signs in from then on: only the mailed link lets anybody in.
    """
    nobody_knows = tools.aside(passwords.hash_password, secrets.token_urlsafe(32))
    with unit() as work:
        owner, used = find_owner_by_link(work, command.token, "address", tools=tools, now=now)
        first = addresses.find_change_by_proof(work, used.id, to_change=True)
        assert first
        assert first.old_email
        assert first.confirmed_at
        undone = addresses.find_undoable(work, owner.id, since=first.confirmed_at)
        touched = {each.new_email for each in undone} | {each.old_email for each in undone if each.old_email}
        addresses.release(work, owner.id, touched - {first.old_email})
        taken = addresses.take(work, first.old_email, owner.id, now=now)
        assert taken, "an address is kept for its account until the change can no longer be undone"
        restored = replace(
            owner, email=first.old_email, proved_at=first.proved_before, password_hash=nobody_knows
        )
        after, events = session.revoke_access(restored, "signed_out_everywhere", now=now)
        people.save(work, after)
        work.publish(*events)
        for each in undone:
            addresses.save_change(work, replace(each, undone_at=now))
        addresses.end_open_changes(work, owner.id, now=now)
        links.use_all(work, [each.proof_id for each in undone], now=now)
        links.use_all_of(work, owner.id, "reset", "deletion", now=now)
        end_doubtful_factors(work, after, None, by=first.id, tools=tools, now=now)
        kind = "reset" if after.erases_at is None else "keep"
        send_link(work, kind, after, link_id=link_id, tools=tools, now=now)
        written = change_entry(after, "address_set_back", by=after.id, now=now, object_id=first.id)
        people.log_access(work, written)
    return Done()


@every(600)
def forget_old(unit: Unit, *, now: datetime) -> None:
    """Forget addresses that are kept no longer, and changes that are over."""
    with unit() as work:
        addresses.forget_old(work, now=now, undo_ended=now - address_change.UNDO_LASTS)


def _change_address(
    work: Work, owner: Person, change: AddressChange, *, mail_id: UUID, tools: Tools, now: datetime
) -> Person:
    """Change the address; a constraint decides whose it is. Refuses `email_taken`."""
    until = now + address_change.UNDO_LASTS
    addresses.reserve(work, owner.email, until=until)
    if not addresses.take(work, change.new_email, owner.id, now=now):
        raise address_change.address_taken()
    after = replace(owner, version=owner.version + 1, email=change.new_email, proved_at=now)
    people.save(work, after)
    done = replace(change, old_email=owner.email, proved_before=owner.proved_at, confirmed_at=now)
    addresses.save_change(work, done)
    links.use_all_of(work, owner.id, "reset", "deletion", now=now)
    new = Link(
        id=change.proof_id,
        kind="address",
        token_hash=token_hash(tools.vault.link_token(change.proof_id)),
        expires_at=until,
        person_id=owner.id,
    )
    links.add(work, new)
    mails.enqueue(work, mail_id, "address_changed", owner.email, object_id=change.proof_id, now=now)
    written = change_entry(after, "address_changed", by=after.id, now=now, object_id=change.id)
    people.log_access(work, written)
    return after


def _view(change: AddressChange) -> AddressChangeView:
    return AddressChangeView(change_id=change.id, expires_at=change.expires_at)
