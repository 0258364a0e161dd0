"""Closed and erased accounts: their open requests end, and an erasure deletes their notes."""

from datetime import datetime

from services.requests import store
from services.requests.domain import erasure
from services.requests.operations import writing
from services.requests.tools import Tools
from shared.bus import listens
from shared.contracts.accounts.deletion import AccountClosed, AccountErased, AccountKept
from shared.db import Unit


@listens(AccountErased)
def erase(unit: Unit, event: AccountErased, *, tools: Tools, now: datetime) -> None:
    """End the open requests of an erased person and delete their notes; `domain.erasure` says what stays."""
    with unit() as work:
        if not work.first_sight(event, "erase"):
            return
        store.erasure.remember(work, event.person_id)
        writing.end_open(work, event.person_id, reason="account_erased", tools=tools, now=now)
        store.erasure.erase_notes(work, event.person_id)
        work.publish(erasure.erased(event.person_id, now=now))


@listens(AccountClosed, AccountKept)
def note_closing(unit: Unit, event: AccountClosed | AccountKept, *, tools: Tools, now: datetime) -> None:
    """Record that an account is closed or open again; a closed one loses its open requests, and gets none."""
    with unit() as work:
        if not work.first_sight(event, "note_closing"):
            return
        closed = isinstance(event, AccountClosed)
        news = store.erasure.note_closing(work, event.person_id, version=event.version, closed=closed)
        if news and closed:
            writing.end_open(work, event.person_id, reason="account_closed", tools=tools, now=now)
