"""Challenges: random bytes that an authenticator signs, each used once."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from services.accounts import passkeys
from services.accounts.domain import limits
from services.accounts.store import sessions
from services.accounts.store.sessions import Challenge
from shared.contracts.refusals import Refused
from shared.db import Unit, Work

CHALLENGE_LASTS = timedelta(minutes=5)
_CHALLENGE = 32  # bytes


@contextmanager
def answer_to_challenge(unit: Unit) -> Iterator[Work]:
    """Open a transaction that a bad answer commits, so that its challenge is used up all the same."""
    failed: Refused | None = None
    with unit() as work:
        try:
            yield work
        except Refused as refusal:
            if refusal.code != passkeys.bad_passkey().code:
                raise
            failed = refusal
    if failed:
        raise failed


def new_challenge(work: Work, challenge_id: UUID, person_id: UUID | None, *, now: datetime) -> bytes:
    """Keep a fresh challenge; a person who has `OPEN_CHALLENGES` already loses their oldest."""
    drawn = os.urandom(_CHALLENGE)
    sessions.add_challenge(
        work,
        Challenge(id=challenge_id, person_id=person_id, challenge=drawn, expires_at=now + CHALLENGE_LASTS),
    )
    if person_id is not None:
        sessions.end_oldest_challenges(work, person_id, but=limits.OPEN_CHALLENGES)
    return drawn


def take_challenge(work: Work, challenge_id: UUID, person_id: UUID | None, *, now: datetime) -> bytes:
    """Take the challenge, which is good for one answer. Refuses `bad_passkey`."""
    taken = sessions.take_challenge(work, challenge_id)
    if taken is None or taken.person_id != person_id or taken.expires_at <= now:
        raise passkeys.bad_passkey()
    return taken.challenge
