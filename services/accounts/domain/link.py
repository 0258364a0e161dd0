"""Links that are mailed, and stand in for a password once and for a short time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.accounts.domain.person import Person
from shared.contracts.accounts import refusals
from shared.contracts.accounts.values import ClinicRole

LASTS = {"reset": timedelta(minutes=60), "deletion": timedelta(minutes=60), "invitation": timedelta(days=7)}
"""Link → how long it is valid; one that keeps an account or its factors has the end of that wait."""
KIND_IN = {"sent_reset": "reset", "known_address": "reset"}
"""Template of a mail → the link in it, where they have different names."""


@dataclass(frozen=True, kw_only=True)
class Link:
    """`person_id` is whose account it acts on; an invitation has the `email` it went to instead."""

    id: UUID
    kind: str
    token_hash: bytes
    expires_at: datetime
    person_id: UUID | None = None
    email: str | None = None
    clinic_id: UUID | None = None
    clinic_role: ClinicRole | None = None
    invited_by: UUID | None = None
    """The owner who sent an invitation; unknown of those that were sent before this was kept."""
    used_at: datetime | None = None
    ended_at: datetime | None = None
    """An invitation ends when it is withdrawn, when the person it invites joins, leaves, is removed or gets
    another role, and when its sender is no owner any more.
    """

    @property
    def sent_at(self) -> datetime:
        return self.expires_at - LASTS[self.kind]


def expires_at(kind: str, owner: Person, *, removal_wait: timedelta, now: datetime) -> datetime:
    """Return the time up to which a link that acts on an account is valid."""
    if kind == "factors":
        return now + removal_wait
    if kind == "keep" and owner.erases_at:
        return owner.erases_at
    return now + LASTS[kind]


def check(link: Link | None, *kinds: str, now: datetime) -> Link:
    """Return the link if it is live and of one of `kinds`. Refuses `dead_link`."""
    if link is None or (kinds and link.kind not in kinds) or not is_live(link, now=now):
        raise dead_link()
    return link


def is_live(link: Link, *, now: datetime) -> bool:
    return not (link.used_at or link.ended_at) and now < link.expires_at


def dead_link() -> refusals.Refused:
    detail = "This link no longer works, or was already used. Ask for a new one."
    return refusals.DeadLink(detail, field="token")
