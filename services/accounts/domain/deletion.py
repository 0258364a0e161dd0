"""Leaving for good: closed at once, erased after a time to change one's mind."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeGuard
from uuid import UUID

from services.accounts.domain.clinic import Membership
from services.accounts.domain.person import Person
from shared.contracts.accounts import refusals
from shared.contracts.accounts.deletion import AccountClosed, AccountErased, AccountKept, RetainedData
from shared.contracts.base import Event

RETAINED = (
    RetainedData(
        service="accounts",
        what="The access log: who saw or changed whose data, and when. It holds ids and times, no names.",
        why="The law requires us to show who had access to health data (GDPR, article 5(2)).",
    ),
    RetainedData(
        service="accounts",
        what="The record that an account was erased: an id and times.",
        why="It proves that we erased the account.",
    ),
    RetainedData(
        service="requests",
        what="The times and statuses of visits, without names and without any text.",
        why="Professionals must keep records of their visits for as long as their law says.",
    ),
    RetainedData(
        service="requests",
        what="Late fees you owe: the amount, with the id and the times of the visit.",
        why="You still owe what you agreed to when the visit was confirmed.",
    ),
)
"""The data that stay of an erased account, each with its reason."""
ERASED_AT_ONCE = 100


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """A deletion goes from `closing` to `kept` or `erased`."""

    id: UUID
    person_id: UUID
    state: Literal["closing", "kept", "erased"]
    confirmed_at: datetime
    erases_at: datetime
    erased_at: datetime | None = None
    done_by: tuple[str, ...] = ()
    was_listed: bool = False
    """True if the directory showed the person, and will again if the account reopens."""


def close(
    person: Person, deletion_id: UUID, *, was_listed: bool, grace: timedelta, now: datetime
) -> tuple[Person, Deletion, list[Event]]:
    """Close the account and erase it after `grace`, the time in which its owner can reopen it."""
    deletion = Deletion(
        id=deletion_id,
        person_id=person.id,
        state="closing",
        confirmed_at=now,
        erases_at=now + grace,
        was_listed=was_listed,
    )
    after = replace(person, version=person.version + 1, erases_at=deletion.erases_at)
    return after, deletion, [AccountClosed(occurred_at=now, version=after.version, person_id=person.id)]


def reopen(person: Person, deletion: Deletion, *, now: datetime) -> tuple[Person, Deletion, list[Event]]:
    """Open the account again; nobody is signed in."""
    after = replace(person, version=person.version + 1, erases_at=None)
    kept = AccountKept(occurred_at=now, version=after.version, person_id=person.id)
    return after, replace(deletion, state="kept"), [kept]


def is_due(deletion: Deletion | None, *, now: datetime) -> TypeGuard[Deletion]:
    return deletion is not None and deletion.erases_at <= now


def erase(deletion: Deletion, *, now: datetime) -> tuple[Deletion, list[Event]]:
    """Begin the erasure: accounts has done its part, and the event asks the other services for theirs."""
    erased = replace(deletion, state="erased", erased_at=now, done_by=("accounts",))
    return erased, [AccountErased(occurred_at=now, version=1, person_id=deletion.person_id)]


def check_other_owners(person_id: UUID, owners: Collection[UUID], members: Iterable[Membership]) -> None:
    """Refuses `last_owner` to the only owner of a clinic in which others work."""
    if set(owners) <= {person_id} and any(each.person_id != person_id for each in members):
        detail = "You are the only owner of a clinic where others work. Make somebody else an owner first."
        raise refusals.LastOwner(detail)
