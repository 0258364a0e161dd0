"""Removing a lost second factor from an account: support asks for it, and the owner has time to stop it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from services.accounts.domain.person import Person
from shared.contracts.accounts import refusals
from shared.contracts.accounts.removals import AskFactorRemoval

REMIND_EVERY = timedelta(days=1)
PROCESSED_AT_ONCE = 100

State = Literal["waiting", "stopped", "done"]


@dataclass(frozen=True, kw_only=True)
class Removal:
    """`told_at` is when the owner was last told of it; `ended_at` is when it was done or stopped."""

    id: UUID
    person_id: UUID
    asked_by: UUID
    asked_at: datetime
    due_at: datetime
    told_at: datetime
    state: State = "waiting"
    ended_at: datetime | None = None

    @property
    def link_id(self) -> UUID:
        """Return the id of the mailed link that stops it."""
        return uuid5(self.id, "stop")


def check_named_once(command: AskFactorRemoval) -> None:
    """Refuses `invalid_value`."""
    if (command.email is None) == (command.account_id is None):
        raise refusals.InvalidValue("Name the account by email or by account_id.", field="email")


def ask(
    command: AskFactorRemoval, owner: Person, *, second_factor: bool, wait: timedelta, now: datetime
) -> Removal:
    """Refuses `not_allowed`, `account_closed` and `no_second_factor`."""
    if owner.id == command.by:
        raise refusals.NotAllowed("Ask a colleague in support to do this for your own account.")
    if owner.erases_at is not None:
        detail = "This account is closed and will be erased."
        raise refusals.AccountClosed(detail, erases_at=owner.erases_at.isoformat())
    if not second_factor:
        raise refusals.NoSecondFactor()
    return Removal(
        id=command.removal_id,
        person_id=owner.id,
        asked_by=command.by,
        asked_at=now,
        due_at=now + wait,
        told_at=now,
    )


def check_repeat(known: Removal, owner: Person) -> Removal:
    """Refuses `idempotency_key_reused` where it was asked for another account."""
    if known.person_id != owner.id:
        raise refusals.IdempotencyKeyReused()
    return known


def end(removal: Removal, state: State, *, now: datetime) -> Removal:
    return replace(removal, state=state, ended_at=now)


def is_due(removal: Removal, *, now: datetime) -> bool:
    return removal.state == "waiting" and removal.due_at <= now


def is_reminder_due(removal: Removal, *, now: datetime) -> bool:
    return removal.told_at + REMIND_EVERY <= now
