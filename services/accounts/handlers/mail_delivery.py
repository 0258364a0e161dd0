"""Mails that wait in the database are rendered, sent and then removed; `mails/` has their texts.

A mail that holds a link or a code is rendered when it is sent, so that no secret waits in the database.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from services.accounts import throttle
from services.accounts.domain import address_change, deletion, guest, link, pending_mail, quoting
from services.accounts.mails import render
from services.accounts.operations import mailed_links
from services.accounts.store import addresses, clinics, guests, links, mails, people, registrations, tickets
from services.accounts.tools import Tools
from shared import log
from shared.bus import every
from shared.db import Unit, Work
from shared.mail import Mail, Unsendable

_log = structlog.get_logger()


@every(0.5)
def answer_mail_requests(unit: Unit, *, new_uuid: Callable[[], UUID], tools: Tools, now: datetime) -> None:
    """Have links mailed to the addresses that have accounts; nothing is sent to the others.

    A mail request beyond the limit of its address is dropped; its sender has got the usual answer.
    """
    while True:
        with unit() as work:
            asked = mails.take_request(work)
            if asked is None:
                return
            kind, email, object_id = asked
            if kind != "attempts" and not tools.throttle.mail(kind, email, tools.settings.form_rate):
                continue
            if kind == "guest_link":
                for visit_id in guests.current_visits_of(work, email, since=now - guest.LINK_LASTS_AFTER_END):
                    mails.enqueue(work, new_uuid(), kind, email, object_id=visit_id, now=now)
                continue
            owner = people.find_by_email(work, email)
            if kind == "address":
                _prove_address(work, object_id, email, mail_id=new_uuid(), now=now)
            elif owner is not None:
                template = pending_mail.template_for_owner(kind, owner)
                if kind == "attempts":
                    mails.enqueue(work, new_uuid(), template, owner.email, now=now)
                else:
                    mailed_links.send(work, template, owner, link_id=new_uuid(), tools=tools, now=now)
            elif kind in ("reset", "registration") and (lost := _find_lost(work, email, now=now)):
                mails.enqueue(work, new_uuid(), "address_changed", email, object_id=lost, now=now)
            elif kind == "registration" and object_id is not None:
                _send_code(work, object_id, mail_id=new_uuid(), tools=tools, now=now)
            if kind == "deletion":
                for visit_id in guests.visits_of(work, email):
                    mails.enqueue(work, new_uuid(), "guest_leaving", email, object_id=visit_id, now=now)


@every(0.5)
def send_mails(unit: Unit, *, tools: Tools, now: datetime) -> None:
    """Send all mails that are due, with no transaction open meanwhile.

    A crash between sending and removing sends a mail twice, under one Message-ID.
    """
    while True:
        with unit() as work:
            pending = mails.take_due(work, now=now)
            if pending is None:
                return
            mail = _render(work, pending, tools=tools, now=now)
            if mail is None or pending.give_up_at <= now:
                _log_given_up(pending, "it is of no use any more")
                mails.remove(work, pending)
                continue
        done = _send(pending, mail, tools=tools)
        with unit() as work:
            if done:
                mails.remove(work, pending)
            else:
                mails.save_retry(work, pending_mail.retry(pending, now=now))


@every(600)
def forget_old(unit: Unit, *, now: datetime) -> None:
    """Delete the links that have expired."""
    with unit() as work:
        links.forget_old(work, now=now)


def _send_code(work: Work, registration_id: UUID, *, mail_id: UUID, tools: Tools, now: datetime) -> None:
    """Have a code and a link mailed, unless the registration is gone."""
    begun = registrations.find(work, registration_id)
    if begun is None:
        return
    new = mailed_links.make(begun.proof_id, "registration", begun.expires_at, tools=tools, email=begun.email)
    if links.add(work, new):
        mails.enqueue(work, mail_id, "registration", begun.email, object_id=begun.proof_id, now=now)


def _find_lost(work: Work, email: str, *, now: datetime) -> UUID | None:
    """Return the id of the link that restores this address, if an account gave it up within 7 days."""
    change = addresses.find_last_from(work, email, since=now - address_change.UNDO_LASTS)
    return change.proof_id if change else None


def _prove_address(work: Work, change_id: UUID | None, email: str, *, mail_id: UUID, now: datetime) -> None:
    """Have a code mailed to the new address, or a notice if another account has it."""
    change = addresses.find_change(work, change_id) if change_id else None
    if change is None:
        return
    kind = address_change.mail_for(change, owner_id=addresses.owner_of(work, email, now=now))
    mails.enqueue(work, mail_id, kind, email, object_id=change.id, now=now)


def _log_given_up(pending: pending_mail.PendingMail, reason: str) -> None:
    _log.warning("mail_given_up", mail=str(pending.id), kind=pending.kind, reason=reason)


def _send(pending: pending_mail.PendingMail, mail: Mail, *, tools: Tools) -> bool:
    """Send a mail; return False where another attempt can help."""
    try:
        tools.send_mail(mail)
    except Unsendable as error:
        _log_given_up(pending, str(error))
    except Exception as error:  # servers fail in many ways, and one mail keeps no other waiting
        _log.warning("mail_not_sent", mail=str(mail.id), error=log.where(error))
        return False
    return True


def _render(work: Work, pending: pending_mail.PendingMail, *, tools: Tools, now: datetime) -> Mail | None:
    """Render a mail; return None where its link, code, ticket or request is no longer valid."""
    values: dict[str, Any] | None = {}
    if pending.kind == "answer":
        values = _values_of_ticket(work, pending.object_id)
    elif pending.kind in ("notice", "factors_removed", "reset_done"):
        values = {"at": _minute(pending.enqueued_at), "facts": defaultdict(int, pending.facts or {})}
    elif pending.kind == "attempts":
        values = {"times": str(throttle.failures_per_hour(tools.settings.sign_in_rate))}
    elif pending.kind in ("address", "address_wanted"):
        values = _values_of_address(work, pending.object_id, tools=tools, now=now)
    elif pending.kind in guest.PAGES:
        values = _values_of_guest(work, pending, tools=tools, now=now)
    elif pending.object_id is not None:
        values = _values_of_link(work, pending.object_id, tools=tools, now=now)
    if values is None:
        return None
    forgotten = f"{tools.settings.public_url}/account/forgot"
    subject, text = render(pending.kind, {"retained": deletion.RETAINED, "forgotten": forgotten, **values})
    return Mail(id=pending.id, to=pending.email, subject=subject, text=text, written_at=now)


def _values_of_ticket(work: Work, ticket_id: UUID | None) -> dict[str, Any] | None:
    ticket = tickets.find(work, ticket_id) if ticket_id else None
    return {"answer": ticket.answer} if ticket and ticket.answer is not None else None


def _values_of_address(
    work: Work, change_id: UUID | None, *, tools: Tools, now: datetime
) -> dict[str, Any] | None:
    change = addresses.find_change(work, change_id) if change_id else None
    if change is None or not address_change.is_pending(change, now=now):
        return None
    return {"code": tools.vault.mail_code(change.proof_id, change.new_email)}


def _values_of_guest(
    work: Work, pending: pending_mail.PendingMail, *, tools: Tools, now: datetime
) -> dict[str, Any] | None:
    visit = clinics.find_care(work, pending.object_id) if pending.object_id else None
    if visit is None or visit.ends_at is None or guests.find(work, visit.patient_id) is None:
        return None
    until = guest.link_valid_until(visit.ends_at, now=now)
    token = tools.signer.guest_token(visit.patient_id, visit.request_id, until=until, now=now)
    page = f"{tools.settings.public_url}{guest.PAGES[pending.kind]}"
    return {"link": f"{page}?token={token}", "until": _minute(until)}


def _values_of_link(work: Work, link_id: UUID, *, tools: Tools, now: datetime) -> dict[str, Any] | None:
    known = links.find(work, link_id)
    if known is None or not link.is_live(known, now=now):
        return None
    at = clinics.find(work, known.clinic_id) if known.clinic_id else None
    token = tools.vault.link_token(known.id)
    values = {
        "link": f"{tools.settings.public_url}/account/{known.kind}?token={token}",
        "clinic": quoting.quote(at.name if at else ""),
        "role": known.clinic_role or "",
        "until": _minute(known.expires_at),
    }
    if known.kind != "registration":
        return values
    begun = registrations.find_by_proof(work, known.id)
    if begun is None:
        return None
    return values | {"code": tools.vault.mail_code(begun.proof_id, begun.email), "role": begun.role}


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
