"""Erasing what belongs to an account that is gone, and refusing what comes for it too late."""

from datetime import datetime
from uuid import UUID

from services.requests import store
from services.requests.domain import erasure, request
from shared.contracts.accounts.deletion import AccountClosed, AccountErased, AccountKept
from shared.db import Unit, Work


def erase(unit: Unit, event: AccountErased, *, now: datetime) -> None:
    """End her open visits and take her words out; what stays, and why, says `domain.erasure`."""
    with unit() as work:
        if not work.first_sight(event, "erase"):
            return
        store.erasure.remember(work, event.person_id)
        _end_open(work, event.person_id, reason="account_erased", now=now)
        store.erasure.erase_words(work, event.person_id, former_service=erasure.FORMER_SERVICE)
        work.emit(erasure.erased(event.person_id, now=now))


def note_closing(unit: Unit, event: AccountClosed | AccountKept, *, now: datetime) -> None:
    """Who closes her account neither comes nor receives: her open visits end, and the others are told."""
    with unit() as work:
        if not work.first_sight(event, "note_closing"):
            return
        closed = isinstance(event, AccountClosed)
        news = store.erasure.note_closing(work, event.person_id, version=event.version, closed=closed)
        if news and closed:
            _end_open(work, event.person_id, reason="account_closed", now=now)


def refuse_erased(work: Work, *, professional_id: UUID, person_id: UUID) -> None:
    """Refuses `unknown_professional` and `unknown_account`; who passes is not erased in mid-transaction."""
    gone = store.erasure.gone_among(work, professional_id, person_id)
    erasure.refuse(gone, professional_id=professional_id, person_id=person_id)


def _end_open(work: Work, person_id: UUID, *, reason: request.Leaving, now: datetime) -> None:
    for before in store.visits.open_of(work, person_id):
        after, events = request.end_of_leaving(before, reason=reason, now=now)
        if after != before:
            store.visits.save(work, after)
        work.emit(*events)
