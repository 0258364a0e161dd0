"""Invitations to a clinic: the limits on sending them, and the rules for accepting one.

An invitation is a mailed link (`link.py`). It never gives back a right that was taken after it was sent.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from services.accounts.domain import clinic, link, person
from shared.contracts.accounts import refusals
from shared.contracts.accounts.clinics import InvitationState, Invite

MORE_FOR_EACH = 3
"""Each member who joined by an invitation adds this many to both limits of a clinic."""
MOST = 100
"""The most that either limit grows to."""
A_DAY = timedelta(days=1)


def check_room(*, open_now: int, in_a_day: int, joined: int, first_open: int, first_in_a_day: int) -> None:
    """Refuses `too_many_invitations`.

    `first_open` and `first_in_a_day` are the limits of a clinic that nobody has joined; `joined` members lift
    them.
    """
    for per, sent, first in (("open", open_now, first_open), ("day", in_a_day, first_in_a_day)):
        limit = max(first, min(first + MORE_FOR_EACH * joined, MOST))
        if sent >= limit:
            raise refusals.TooManyInvitations(_TOO_MANY[per].format(limit), per=per, limit=limit)


_TOO_MANY = {
    "open": (
        "Your clinic has {} open invitations. Withdraw one, or wait until one is accepted. "
        "Each person who joins raises the limit."
    ),
    "day": (
        "Your clinic has sent {} invitations within 24 hours. Send more tomorrow. "
        "Each person who joins raises the limit."
    ),
}


def check_repeat(known: link.Link, command: Invite) -> None:
    """Check that `command` sent this invitation before. Refuses `idempotency_key_reused`."""
    sent = (person.normalize_email(command.email), command.clinic_id, command.role)
    if (known.email, known.clinic_id, known.clinic_role) != sent:
        raise refusals.IdempotencyKeyReused()


def check_not_accepted(invitation: link.Link) -> None:
    """Refuses `invitation_accepted`."""
    if invitation.used_at:
        raise refusals.InvitationAccepted()


def check_still_member(member: clinic.Membership | None) -> clinic.Membership:
    """Refuses `dead_link` once the membership that an accepted invitation began has ended."""
    if member is None or not member.active:
        raise link.dead_link()
    return member


def state(invitation: link.Link, *, now: datetime) -> InvitationState:
    if invitation.used_at:
        return "accepted"
    if invitation.ended_at:
        return "ended"
    return "open" if now < invitation.expires_at else "expired"


def check_address(invitation: link.Link, email: str) -> None:
    """Refuses `other_address`, and tells how to go on."""
    if invitation.email != email:
        sent_to = mask(invitation.email or "")
        detail = (
            f"This invitation was sent to {sent_to}, but your account has another address. Sign in to the "
            "account with that address. If the address was mistyped, ask an owner of the clinic to withdraw "
            "the invitation and invite the address of your account."
        )
        raise refusals.OtherAddress(detail, sent_to=sent_to)


def check_sent_since(invitation: link.Link, memberships: Iterable[clinic.Membership]) -> None:
    """Refuses `dead_link` where the person left, was removed or got another role after it was sent.

    Under whatever address they were invited.
    """
    changes = [at for each in memberships for at in (each.ended_at, each.role_changed_at) if at]
    if any(at > invitation.sent_at for at in changes):
        raise link.dead_link()


def check_sender(invitation: link.Link, owners: Collection[UUID], invited: UUID) -> None:
    """Refuses `dead_link` where the sender is no owner any more, and where they invited themselves.

    A clinic without owners is about to be removed: its last owner is leaving.
    """
    if not owners:
        raise link.dead_link()
    if invitation.invited_by is None:  # sent before the sender was kept
        return
    if invitation.invited_by == invited or invitation.invited_by not in owners:
        raise link.dead_link()


def check_somebody_else(own_email: str, email: str) -> None:
    """Refuses `invalid_value`."""
    if email == own_email:
        raise refusals.InvalidValue("This is your own address. Invite somebody else.", field="email")


def mask(email: str) -> str:
    """Return enough of an address for its owner to recognize it, such as `a***@e***.org`."""
    local_part, _, domain = email.partition("@")
    name, _, ending = domain.rpartition(".")
    return f"{local_part[:1]}***@{name[:1]}***.{ending}"
