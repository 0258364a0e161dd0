"""Removing a lost second factor from an account: support asks for it, and the owner has time to stop it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

REMIND_EVERY = timedelta(days=1)

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


def ask(removal_id: UUID, person_id: UUID, *, by: UUID, wait: timedelta, now: datetime) -> Removal:
    return Removal(
        id=removal_id, person_id=person_id, asked_by=by, asked_at=now, due_at=now + wait, told_at=now
    )


def end(removal: Removal, state: State, *, now: datetime) -> Removal:
    return replace(removal, state=state, ended_at=now)


def is_due(removal: Removal, *, now: datetime) -> bool:
    return removal.state == "waiting" and removal.due_at <= now
