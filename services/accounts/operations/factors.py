"""Second factors: codes and passkeys are checked here, and those in doubt end. Their owner is locked.

A challenge is random bytes that an authenticator signs; it is good for one answer, right or wrong.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from services.accounts import codes, passkeys, vault
from services.accounts.domain import factor_removal, limits, person, second_factors
from services.accounts.operations import access_log, session_changes
from services.accounts.store import factor_removals, sessions
from services.accounts.tools import Tools
from shared.contracts.accounts import refusals
from shared.db import Unit, Work

_CHALLENGE = 32  # bytes


def check_code(work: Work, owner: person.Person, code: str | None, *, tools: Tools, now: datetime) -> None:
    """Check the code of an account that asks for one, and use it up.

    Refuses `code_needed` and `wrong_code`.
    """
    totp = sessions.find_totp(work, owner.id, to_change=True)
    if totp is None or not totp.confirmed:
        return
    code = second_factors.check_given(code)
    step = codes.matching_step(code, tools.vault.unseal(totp.sealed_secret, of=owner.id), now=now)
    sessions.put_totp(work, second_factors.use_code(totp, vault.token_hash(code), step=step))
    stop_removal(work, owner, now=now)


def check_passkey(
    work: Work,
    owner: person.Person,
    known: second_factors.Passkey,
    signed: passkeys.SignedChallenge,
    *,
    tools: Tools,
    now: datetime,
) -> None:
    """Check what a passkey of the owner has signed. Refuses `bad_passkey`."""
    sign_count = tools.relying_party.verify_answer(
        signed, person_id=owner.id, public_key=known.public_key, sign_count=known.sign_count
    )
    sessions.use_passkey(work, known, sign_count=sign_count, now=now)
    stop_removal(work, owner, now=now)


@contextmanager
def answer_to_challenge(unit: Unit) -> Iterator[Work]:
    """Open a transaction that a bad answer commits, so that its challenge is used up all the same."""
    failed: refusals.BadPasskey | None = None
    with unit() as work:
        try:
            yield work
        except refusals.BadPasskey as refusal:
            failed = refusal
    if failed:
        raise failed


def new_challenge(work: Work, challenge_id: UUID, person_id: UUID | None, *, now: datetime) -> bytes:
    """Keep a fresh challenge; a person who has `OPEN_CHALLENGES` already loses their oldest."""
    drawn, until = os.urandom(_CHALLENGE), now + second_factors.CHALLENGE_LASTS
    sessions.add_challenge(
        work,
        second_factors.Challenge(id=challenge_id, person_id=person_id, challenge=drawn, expires_at=until),
    )
    if person_id is not None:
        sessions.end_oldest_challenges(work, person_id, but=limits.OPEN_CHALLENGES)
    return drawn


def take_challenge(work: Work, challenge_id: UUID, person_id: UUID | None, *, now: datetime) -> bytes:
    """Take the challenge, which is good for one answer. Refuses `bad_passkey`."""
    taken = sessions.take_challenge(work, challenge_id)
    return second_factors.check_challenge(taken, person_id, now=now)


def end_doubtful_factors(
    work: Work, owner: person.Person, code: str | None, *, by: UUID, tools: Tools, now: datetime
) -> dict[str, int]:
    """End every session and each doubtful factor; return how many ended and how many stay, by kind."""
    ended = session_changes.end_all(work, owner.id, "password_changed", now=now)
    sessions.forget_devices_of(work, owner.id)
    totp = sessions.find_totp(work, owner.id, to_change=True)
    if code is not None:
        check_code(work, owner, code, tools=tools, now=now)
    keeps_totp = second_factors.outlasts_reset(owner, totp, code_shown=code is not None)
    ends_totp = totp is not None and totp.confirmed and not keeps_totp
    if not keeps_totp:
        sessions.remove_totp(work, owner.id)
    if ends_totp:
        access_log.log_change(work, owner, "totp_removed", by=owner.id, object_id=by, now=now)
    known = sessions.passkeys_of(work, owner.id)
    ending = [each for each in known if second_factors.is_doubtful(owner, each.added_at)]
    for each in ending:
        sessions.remove_passkey(work, owner.id, each.id)
        access_log.log_change(work, owner, "passkey_removed", by=owner.id, object_id=each.id, now=now)
    return {
        "sessions": ended,
        "apps": int(ends_totp),
        "passkeys": len(ending),
        "apps_kept": int(keeps_totp),
        "passkeys_kept": len(known) - len(ending),
    }


def stop_removal(work: Work, owner: person.Person, *, now: datetime) -> None:
    """Stop a waiting removal, as the owner has used a factor or a mailed link."""
    waiting = factor_removals.find_waiting(work, owner.id)
    if waiting is not None:
        factor_removals.save(work, factor_removal.end(waiting, "stopped", now=now))
        access_log.log_change(
            work, owner, "factor_removal_stopped", by=owner.id, object_id=waiting.id, now=now
        )
