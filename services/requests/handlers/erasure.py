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
        for before in store.visits.open_of(work, event.person_id):
            after, events = request.end_erased(before, now=now)
            if after != before:
                store.visits.save(work, after)
            work.emit(*events)
        store.erasure.erase_words(work, event.person_id, former_service=erasure.FORMER_SERVICE)
        work.emit(erasure.erased(event.person_id, now=now))


def note_closing(unit: Unit, event: AccountClosed | AccountKept) -> None:
    """Nobody is received by whoever is about to leave; visits that are agreed stay, until she is erased."""
    with unit() as work:
        if work.first_sight(event, "note_closing"):
            closed = isinstance(event, AccountClosed)
            store.erasure.note_closing(work, event.person_id, version=event.version, closed=closed)


def refuse_erased(work: Work, *, professional_id: UUID, person_id: UUID) -> None:
    """Refuses `unknown_professional` and `unknown_account`; who passes is not erased in mid-transaction."""
    erased = store.erasure.erased_among(work, professional_id, person_id)
    erasure.refuse(erased, professional_id=professional_id, person_id=person_id)
