"""Invitations to a clinic: sent, listed and withdrawn by its owners, and accepted once.

Each change holds the lock of the clinic, and takes it before that of an invitation: so a member who is being
removed cannot accept another one meanwhile.
"""

from datetime import datetime

from services.accounts.domain import clinic, invitation, link, person
from services.accounts.domain.link import Link
from services.accounts.domain.person import Person, found
from services.accounts.operations.fresh_proof import require_fresh_proof
from services.accounts.operations.links import find_link
from services.accounts.operations.memberships import find_owned_clinic, found_clinic, save_membership
from services.accounts.operations.views import membership_view
from services.accounts.store import clinics, links, mails, people
from services.accounts.tools import Tools
from services.accounts.vault import token_hash
from shared import cursor
from shared.bus import handles
from shared.contracts.accounts import refusals
from shared.contracts.accounts.clinics import (
    AcceptInvitation,
    InvitationsPage,
    InvitationView,
    Invite,
    ListInvitations,
    MembershipView,
    WithdrawInvitation,
)
from shared.contracts.accounts.values import ClinicRole
from shared.contracts.base import Done
from shared.db import Unit, Work
from shared.settings import Settings


@handles(Invite)
def invite(unit: Unit, command: Invite, *, tools: Tools, now: datetime) -> InvitationView:
    tools.throttle.count("invitation", tools.settings.registration_rate, str(command.by))
    email = person.normalize_email(command.email)
    new = Link(
        id=command.invitation_id,
        kind="invitation",
        token_hash=token_hash(tools.vault.link_token(command.invitation_id)),
        expires_at=now + link.LASTS["invitation"],
        email=email,
        clinic_id=command.clinic_id,
        clinic_role=command.role,
        invited_by=command.by,
    )
    with unit() as work:
        if command.role == "owner":
            require_fresh_proof(work, command, now=now)
        find_owned_clinic(work, command.clinic_id, command.by)
        known = links.find(work, new.id)
        if known is None:
            invitation.check_somebody_else(found(people.find(work, command.by)).email, email)
            _check_room(work, command, settings=tools.settings, now=now)
            links.add(work, new)
            mails.enqueue(work, new.id, "invitation", email, object_id=new.id, now=now)
        else:
            sent = (new.email, new.clinic_id, new.clinic_role)
            if (known.email, known.clinic_id, known.clinic_role) != sent:
                raise refusals.IdempotencyKeyReused()
            new = known
    return _view(new, now=now)


@handles(ListInvitations)
def list_all(unit: Unit, command: ListInvitations, *, now: datetime) -> InvitationsPage:
    with unit() as work:
        found_clinic(clinics.find(work, command.clinic_id))
        clinic.check_owner(clinics.owners(work, command.clinic_id), command.by)
        rows = links.invitations_page(
            work,
            command.clinic_id,
            open_only=command.open_only,
            after=command.cursor,
            limit=command.limit + 1,
            now=now,
        )
    shown, following = cursor.cut(rows, command.limit, lambda last: (last.expires_at, last.id))
    return InvitationsPage(invitations=[_view(each, now=now) for each in shown], next_cursor=following)


@handles(WithdrawInvitation)
def withdraw(unit: Unit, command: WithdrawInvitation, *, now: datetime) -> Done:
    """End an open invitation; one that ended, has expired or does not exist stays as it is."""
    with unit() as work:
        find_owned_clinic(work, command.clinic_id, command.by)
        known = links.find(work, command.invitation_id, to_change=True)
        if known is not None and (known.kind, known.clinic_id) == ("invitation", command.clinic_id):
            if known.used_at:
                raise refusals.InvitationAccepted()
            links.end(work, known, now=now)
    return Done()


@handles(AcceptInvitation)
def accept(unit: Unit, command: AcceptInvitation, *, tools: Tools, now: datetime) -> MembershipView:
    with unit() as work:
        me = found(people.find(work, command.by, to_change=True))
        seen = find_link(work, command.token, tools=tools)
        at = clinics.find(work, seen.clinic_id, to_change=True) if seen and seen.clinic_id else None
        sent = find_link(work, command.token, tools=tools, to_change=True)
        if at is None or sent is None:
            raise link.dead_link()
        if sent.used_at and sent.email == me.email:
            return membership_view(at, _again(work, sent, me, signed_in_as=command.role))
        link.check(sent, "invitation", now=now)
        invitation.check_address(sent, me.email)
        role = _role(sent)
        clinic.check_signed_in_for(role, command.role)
        mine = clinics.memberships_there(work, at.id, me.id)
        invitation.check_sent_since(sent, mine)
        owners = clinics.owners(work, at.id)
        if not owners:  # the last owner is leaving, and the clinic with them
            raise link.dead_link()
        invitation.check_sender(sent, owners, me.id)
        known = clinics.find_membership(work, clinic.membership_id(at.id, me.id, role))
        member, events = clinic.join(known, at.id, me.id, role, now=now)
        save_membership(work, member, events, by=me.id, now=now)
        links.use(work, sent, now=now)
        links.end_invitations(work, at.id, me.email, now=now)
    return membership_view(at, member)


def _check_room(work: Work, command: Invite, *, settings: Settings, now: datetime) -> None:
    """Refuses `too_many_invitations`. The clinic is locked."""
    open_now, sent = links.count_invitations(work, command.clinic_id, since=invitation.A_DAY, now=now)
    invitation.check_room(
        open_now=open_now,
        in_a_day=sent,
        joined=clinics.count_joined(work, command.clinic_id),
        first_open=settings.invitations_open,
        first_in_a_day=settings.invitations_a_day,
    )


def _again(work: Work, accepted: Link, me: Person, *, signed_in_as: str) -> clinic.Membership:
    """Return the membership that an accepted invitation began.

    Refuses `wrong_role` as the first time, and `dead_link` once it has ended.
    """
    assert accepted.clinic_id
    role = _role(accepted)
    clinic.check_signed_in_for(role, signed_in_as)
    member = clinics.find_membership(work, clinic.membership_id(accepted.clinic_id, me.id, role))
    if member is None or not member.active:
        raise link.dead_link()
    return member


def _role(sent: Link) -> ClinicRole:
    assert sent.clinic_role
    return sent.clinic_role


def _view(sent: Link, *, now: datetime) -> InvitationView:
    assert sent.clinic_id
    assert sent.email
    return InvitationView(
        invitation_id=sent.id,
        clinic_id=sent.clinic_id,
        email=sent.email,
        role=_role(sent),
        invited_by=sent.invited_by,
        state=invitation.state(sent, now=now),
        sent_at=sent.sent_at,
        expires_at=sent.expires_at,
    )
