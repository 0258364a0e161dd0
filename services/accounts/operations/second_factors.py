"""Second factors: checks of codes and passkeys, and the end of those in doubt. Their owner is locked."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.accounts import codes
from services.accounts.domain import factor_removal
from services.accounts.domain.person import Person
from services.accounts.domain.second_factors import is_doubtful
from services.accounts.operations.access_log import change_entry
from services.accounts.operations.sessions import end_sessions
from services.accounts.passkeys import SignedChallenge
from services.accounts.store import factor_removals, people, sessions
from services.accounts.store.sessions import Passkey, Totp
from services.accounts.tools import Tools
from services.accounts.vault import token_hash
from shared.contracts.accounts import refusals
from shared.db import Work


def is_kept(owner: Person, totp: Totp | None) -> bool:
    return totp is not None and totp.confirmed and not is_doubtful(owner, totp.added_at)


def end_doubtful_factors(
    work: Work, owner: Person, code: str | None, *, by: UUID, tools: Tools, now: datetime
) -> dict[str, int]:
    """End every session and each doubtful factor; return how many ended and how many stay, by kind."""
    live = sessions.of_person(work, owner.id, to_change=True)
    end_sessions(work, live, "password_changed", now=now)
    sessions.forget_devices_of(work, owner.id)
    totp = sessions.find_totp(work, owner.id, to_change=True)
    if code is not None:
        check_code(work, owner, code, tools=tools, now=now)
    keeps_totp = totp is not None and totp.confirmed and (code is not None or is_kept(owner, totp))
    ends_totp = totp is not None and totp.confirmed and not keeps_totp
    if not keeps_totp:
        sessions.remove_totp(work, owner.id)
    if ends_totp:
        people.log_access(work, change_entry(owner, "totp_removed", by=owner.id, now=now, object_id=by))
    known = sessions.passkeys_of(work, owner.id)
    ending = [each for each in known if is_doubtful(owner, each.added_at)]
    for each in ending:
        sessions.remove_passkey(work, owner.id, each.id)
        people.log_access(
            work, change_entry(owner, "passkey_removed", by=owner.id, now=now, object_id=each.id)
        )
    return {
        "sessions": len(live),
        "apps": int(ends_totp),
        "passkeys": len(ending),
        "apps_kept": int(keeps_totp),
        "passkeys_kept": len(known) - len(ending),
    }


def check_code(work: Work, owner: Person, code: str | None, *, tools: Tools, now: datetime) -> None:
    """Check the code of an account that asks for one, and use it up. `owner` is locked.

    Refuses `code_needed` and `wrong_code`.
    """
    totp = sessions.find_totp(work, owner.id, to_change=True)
    if totp is None or not totp.confirmed:
        return
    if code is None:
        raise refusals.CodeNeeded()
    if token_hash(code) in totp.recovery_hashes:
        left = [each for each in totp.recovery_hashes if each != token_hash(code)]
        sessions.put_totp(work, replace(totp, recovery_hashes=left))
        stop_removal(work, owner, now=now)
        return
    step = codes.matching_step(code, tools.vault.unseal(totp.sealed_secret, of=owner.id), now=now)
    if step is None or step <= totp.last_step:
        raise wrong_code()
    sessions.put_totp(work, replace(totp, last_step=step))
    stop_removal(work, owner, now=now)


def stop_removal(work: Work, owner: Person, *, now: datetime) -> None:
    """Stop a waiting removal, as the owner has used a factor or a mailed link. `owner` is locked."""
    under_way = factor_removals.find_waiting(work, owner.id)
    if under_way is not None:
        factor_removals.save(work, factor_removal.end(under_way, "stopped", now=now))
        entry = change_entry(owner, "factor_removal_stopped", by=owner.id, now=now, object_id=under_way.id)
        people.log_access(work, entry)


def wrong_code() -> refusals.Refused:
    return refusals.WrongCode()


def use_passkey(
    work: Work, owner: Person, known: Passkey, signed: SignedChallenge, *, tools: Tools, now: datetime
) -> None:
    """Check what a passkey of `owner`, who is locked, has signed. Refuses `bad_passkey`."""
    sign_count = tools.relying_party.verify_answer(
        signed, person_id=owner.id, public_key=known.public_key, sign_count=known.sign_count
    )
    sessions.use_passkey(work, known, sign_count=sign_count, now=now)
    stop_removal(work, owner, now=now)
