"""Invitations to a clinic: sent, listed and withdrawn by its owners, and accepted once.

Each change holds the lock of the clinic, and takes it before that of an invitation: so a member who is being
removed cannot accept another one meanwhile. `domain/invitation.py` has who may invite and accept.
"""

from datetime import datetime

from services.accounts.domain import clinic, invitation, link, person
from services.accounts.operations import fresh_proof, lookups, mailed_links, memberships, views
from services.accounts.store import clinics, links, mails
from services.accounts.tools import Tools
from shared import cursor
from shared.bus import handles
from shared.contracts.accounts import clinics as api
from shared.contracts.accounts.values import ClinicRole
from shared.contracts.base import Done
from shared.db import Unit, Work


@handles(api.Invite)
def invite(unit: Unit, command: api.Invite, *, tools: Tools, now: datetime) -> api.InvitationView:
    """Have an invitation mailed for an owner; to invite another owner takes fresh proof."""
    tools.throttle.count("invitation", tools.settings.registration_rate, str(command.by))
    email, until = person.normalize_email(command.email), now + link.LASTS["invitation"]
    with unit() as work:
        if command.role == "owner":
            fresh_proof.require(work, command, now=now)
        lookups.find_owned_clinic(work, command.clinic_id, command.by)
        sent = links.find(work, command.invitation_id)
        if sent is None:
            invitation.check_somebody_else(lookups.find_person(work, command.by).email, email)
            _check_room(work, command, tools=tools, now=now)
            about = {"email": email, "clinic_id": command.clinic_id, "clinic_role": command.role}
            sent = mailed_links.make(
                command.invitation_id, "invitation", until, tools=tools, invited_by=command.by, **about
            )
            links.add(work, sent)
            mails.enqueue(work, sent.id, "invitation", email, object_id=sent.id, now=now)
        else:
            invitation.check_repeat(sent, command)
    return _view(sent, now=now)


@handles(api.ListInvitations)
def list_all(unit: Unit, command: api.ListInvitations, *, now: datetime) -> api.InvitationsPage:
    with unit() as work:
        lookups.find_owned_clinic(work, command.clinic_id, command.by, to_change=False)
        rows = links.invitations_page(
            work,
            command.clinic_id,
            open_only=command.open_only,
            after=command.cursor,
            limit=command.limit + 1,
            now=now,
        )
    shown, following = cursor.cut(rows, command.limit, lambda last: (last.expires_at, last.id))
    return api.InvitationsPage(invitations=[_view(each, now=now) for each in shown], next_cursor=following)


@handles(api.WithdrawInvitation)
def withdraw(unit: Unit, command: api.WithdrawInvitation, *, now: datetime) -> Done:
    """End an open invitation; one that ended, has expired or does not exist stays as it is."""
    with unit() as work:
        lookups.find_owned_clinic(work, command.clinic_id, command.by)
        known = links.find(work, command.invitation_id, to_change=True)
        if known is not None and (known.kind, known.clinic_id) == ("invitation", command.clinic_id):
            invitation.check_not_accepted(known)
            links.end(work, known, now=now)
    return Done()


@handles(api.AcceptInvitation)
def accept(unit: Unit, command: api.AcceptInvitation, *, tools: Tools, now: datetime) -> api.MembershipView:
    with unit() as work:
        me = lookups.find_person(work, command.by, to_change=True)
        seen = mailed_links.find(work, command.token, tools=tools)
        at = clinics.find(work, seen.clinic_id, to_change=True) if seen and seen.clinic_id else None
        sent = mailed_links.find(work, command.token, tools=tools, to_change=True)
        if at is None or sent is None:
            raise link.dead_link()
        role = _role(sent)
        known = clinics.find_membership(work, clinic.membership_id(at.id, me.id, role))
        if sent.used_at and sent.email == me.email:  # the same command again
            clinic.check_signed_in_for(role, command.role)
            return views.membership_view(at, invitation.check_still_member(known))
        link.check(sent, "invitation", now=now)
        invitation.check_address(sent, me.email)
        clinic.check_signed_in_for(role, command.role)
        invitation.check_sent_since(sent, clinics.memberships_there(work, at.id, me.id))
        invitation.check_sender(sent, clinics.owners(work, at.id), me.id)
        member, events = clinic.join(known, at.id, me.id, role, now=now)
        memberships.save_membership(work, member, events, by=me.id, now=now)
        links.use(work, sent, now=now)
        links.end_invitations(work, at.id, me.email, now=now)
    return views.membership_view(at, member)


def _check_room(work: Work, command: api.Invite, *, tools: Tools, now: datetime) -> None:
    """Refuses `too_many_invitations`. The clinic is locked."""
    open_now, sent = links.count_invitations(work, command.clinic_id, since=invitation.A_DAY, now=now)
    invitation.check_room(
        open_now=open_now,
        in_a_day=sent,
        joined=clinics.count_joined(work, command.clinic_id),
        first_open=tools.settings.invitations_open,
        first_in_a_day=tools.settings.invitations_a_day,
    )


def _role(sent: link.Link) -> ClinicRole:
    assert sent.clinic_role
    return sent.clinic_role


def _view(sent: link.Link, *, now: datetime) -> api.InvitationView:
    state = invitation.state(sent, now=now)
    return api.InvitationView.of(sent, invitation_id=sent.id, role=sent.clinic_role, state=state)
