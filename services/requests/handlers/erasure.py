"""Erasing what belongs to an account that is gone, and refusing what comes for it too late."""

from datetime import datetime
from uuid import UUID

from services.requests import store
from services.requests.domain import erasure
from services.requests.handlers.endings import end_open
from services.requests.handlers.tools import Tools
from shared.bus import listens
from shared.contracts.accounts.deletion import AccountClosed, AccountErased, AccountKept
from shared.db import Unit, Work
from shared.errors import key_of_erased


@listens(AccountErased)
def erase(unit: Unit, event: AccountErased, *, tools: Tools, now: datetime) -> None:
    """End her open visits and take her words out; what stays, and why, says `domain.erasure`."""
    with unit() as work:
        if not work.first_sight(event, "erase"):
            return
        store.erasure.remember(work, event.person_id)
        end_open(work, event.person_id, reason="account_erased", tools=tools, now=now)
        erase_words(work, event.person_id)
        work.publish(erasure.erased(event.person_id, now=now))


def erase_words(work: Work, person_id: UUID) -> None:
    store.erasure.erase_words(
        work, person_id, former_service=erasure.FORMER_SERVICE, former_place=erasure.FORMER_PLACE
    )


@listens(AccountClosed, AccountKept)
def note_closing(unit: Unit, event: AccountClosed | AccountKept, *, tools: Tools, now: datetime) -> None:
    """Who closes her account neither comes nor receives: her open visits end, and the others are told."""
    with unit() as work:
        if not work.first_sight(event, "note_closing"):
            return
        closed = isinstance(event, AccountClosed)
        news = store.erasure.note_closing(work, event.person_id, version=event.version, closed=closed)
        if news and closed:
            end_open(work, event.person_id, reason="account_closed", tools=tools, now=now)


def refuse_erased(work: Work, *, person_id: UUID, professional_id: UUID | None = None) -> None:
    """Refuses `unknown_professional` and `unknown_account`; who passes is not erased in mid-transaction."""
    concerned = {person_id} if professional_id is None else {person_id, professional_id}
    gone = store.erasure.gone_among(work, *concerned)
    erasure.refuse(gone, professional_id=professional_id, person_id=person_id)


def refuse_erased_guest(work: Work, guest_id: UUID) -> None:
    """Refuses `idempotency_key_reused`: what was asked for with this key is erased."""
    if store.erasure.is_erased(work, guest_id):
        raise key_of_erased()
