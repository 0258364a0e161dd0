"""Mailed links: each acts once on one account or clinic, and is stored as a hash."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from services.accounts.domain import limits, link, person
from services.accounts.store import links, mails, people
from services.accounts.tools import Tools
from services.accounts.vault import token_hash
from shared.db import Unit, Work


class ByAddress(Protocol):
    """A command of somebody who is known by an address alone, from one network."""

    @property
    def email(self) -> str: ...
    @property
    def origin(self) -> str: ...


def request(unit: Unit, kind: str, command: ByAddress, *, tools: Tools) -> None:
    """Note that a link of `kind` is asked for, within the limits of the caller's network.

    A timer looks the address up, so neither the answer nor its time reveals if it is known. Refuses
    `too_many_attempts`.
    """
    tools.throttle.count(kind, tools.settings.form_rate, command.origin, share=limits.ORIGIN_SHARE)
    with unit() as work:
        mails.request(work, kind, person.normalize_email(command.email))


def send(work: Work, template: str, to: person.Person, *, link_id: UUID, tools: Tools, now: datetime) -> None:
    """Have a link mailed that acts on an account; the `template` decides what the link does."""
    kind = link.KIND_IN.get(template, template)
    until = link.expires_at(kind, to, removal_wait=tools.settings.factor_removal_wait, now=now)
    links.add(work, make(link_id, kind, until, tools=tools, person_id=to.id))
    mails.enqueue(work, link_id, template, to.email, object_id=link_id, now=now)


def make(link_id: UUID, kind: str, expires_at: datetime, *, tools: Tools, **acts_on: Any) -> link.Link:
    """Return a link whose token is made of its id; `acts_on` are the other fields."""
    hashed = token_hash(tools.vault.link_token(link_id))
    return link.Link(id=link_id, kind=kind, token_hash=hashed, expires_at=expires_at, **acts_on)


def find(work: Work, token: str, *, tools: Tools, to_change: bool = False) -> link.Link | None:
    """Return the link of a token; `to_change` locks it until the end of the transaction."""
    link_id = tools.vault.read_link_token(token)
    known = links.find(work, link_id, to_change=to_change) if link_id else None
    return known if known and known.token_hash == token_hash(token) else None


def find_owner(
    work: Work, token: str, kind: str, *, tools: Tools, now: datetime
) -> tuple[person.Person, link.Link]:
    """Return the owner and the link of `kind`, both locked. Refuses `dead_link`."""
    seen = link.check(find(work, token, tools=tools), kind, now=now)
    owner = people.find(work, seen.person_id, to_change=True) if seen.person_id else None
    if owner is None:
        raise link.dead_link()
    return owner, link.check(find(work, token, tools=tools, to_change=True), kind, now=now)
