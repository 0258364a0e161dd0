"""Fresh proof of who the caller is: an access token alone is not enough for what matters most.

Each handler of a `WithFreshProof` or `WithFreshProofBy` command begins with `require`.
"""

from datetime import datetime

from services.accounts.domain import person, session
from services.accounts.operations import lookups
from services.accounts.store import sessions
from shared.contracts.accounts.sessions import WithFreshProof, WithFreshProofBy
from shared.db import Work


def require(work: Work, command: WithFreshProof | WithFreshProofBy, *, now: datetime) -> person.Person:
    """Lock the person and return them.

    Refuses `unknown_account`, and `proof_needed` with what they can prove themselves with.
    """
    person_id = command.person_id if isinstance(command, WithFreshProof) else command.by
    owner = lookups.find_person(work, person_id, to_change=True)
    at_hand = sessions.find(work, command.session_id, to_change=True)
    if at_hand is None or not session.has_fresh_proof(at_hand, owner.id, now=now):
        raise session.proof_needed(
            code=sessions.has_second_factor(work, owner.id),
            passkey=bool(sessions.passkeys_of(work, owner.id)),
        )
    return owner
