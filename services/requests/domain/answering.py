"""Answers to a proposed time: a proposal is accepted, declined, withdrawn, or expires.

Making proposals lives in `moving`, their states in `proposal`. A proposal leaves `open` once, and with it the
time it held is free or is the appointment's.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from services.requests.domain import request
from services.requests.domain.interval import Interval
from services.requests.domain.life_cycle import Actor
from services.requests.domain.moving import Target, late_to_cancel, moved
from services.requests.domain.policy import Policy
from services.requests.domain.proposal import MOVES, Proposal
from services.requests.domain.request import Request, Timing, event_of, now_at
from services.requests.domain.slots import Slot
from shared.contracts.base import Event
from shared.contracts.requests import refusals
from shared.contracts.requests.moves import ProposalClosed, RequestConfirmed, RequestHandedOver
from shared.contracts.requests.proposals import AcceptProposal, DeclineProposal, WithdrawProposal
from shared.contracts.requests.values import Side

Answer = AcceptProposal | DeclineProposal | WithdrawProposal
_VERBS: dict[type, str] = {AcceptProposal: "accept", DeclineProposal: "decline", WithdrawProposal: "withdraw"}


def answer(
    before: Request, command: Answer, *, by: Side, rules: Policy, timing: Timing, now: datetime
) -> tuple[Request, list[Event]]:
    """Answer or withdraw a proposal; doing it again changes nothing.

    Refuses `unknown_proposal`, `not_allowed`, `proposal_closed`, `stale_version` and `request_expired`.
    """
    verb, found = _VERBS[type(command)], before.proposal
    if found is None or found.id != command.proposal_id:
        raise refusals.UnknownProposal()
    if (by == found.by) != (verb == "withdraw"):
        detail = "Only the other side can answer a proposal. The side that made it can withdraw it."
        raise refusals.NotAllowed(detail)
    if before.version == command.version + 1 and found.state == MOVES["open", verb]:
        return before, []
    if found.state != "open" or found.expires_at <= now:
        detail = "This proposal is no longer open."
        state = found.state if found.state != "open" else "expired"
        raise refusals.ProposalClosed(detail, proposal={"state": state}, **now_at(before))
    request.refuse_stale(before, version=command.version, now=now)
    if verb != "accept":
        return _closed(before, found, verb=verb, by=by, now=now)
    return _accepted(before, found, by=by, rules=rules, timing=timing, now=now)


def withdraw(before: Request, *, now: datetime) -> tuple[Request, list[Event]]:
    """Withdraw the open proposal, if there is one, because its professional has left."""
    found = before.open_proposal
    return _closed(before, found, verb="withdraw", by="system", now=now) if found else (before, [])


def expire_proposal(before: Request, *, now: datetime) -> tuple[Request, list[Event]]:
    """Expire an open proposal that nobody answered in time; `expire` closes one whose request is over too."""
    found = before.open_proposal
    if found is None or found.expires_at > now or request.is_overdue(before, now=now):
        return before, []
    return _closed(before, found, verb="expire", by="system", now=now)


def _accepted(
    before: Request, found: Proposal, *, by: Side, rules: Policy, timing: Timing, now: datetime
) -> tuple[Request, list[Event]]:
    target = Target(
        slot=Slot(Interval(found.starts_at, found.ends_at), found.location_id, found.time_zone),
        held=found.held,
        lead=timedelta(0),
        handed_to=found.handed_to,
    )
    taken = replace(before, proposal=replace(found, state="accepted"))
    if to := found.handed_to:
        taken = replace(
            taken,
            unstaffed=False,
            professional_id=to.professional_id,
            service_id=to.service_id,
            service_name=to.service_name,
            mode=to.mode,
        )
    handed_over = to is not None
    after, events = moved(taken, target, by=by, fee=found.fee, timing=timing, now=now)
    if found.late:
        after = late_to_cancel(after)
    if before.status == "pending":
        after = request.confirmed(replace(after, status="confirmed"), rules, by=by, now=now)
        events.append(event_of(RequestConfirmed, after, by=by, now=now, handed_over=handed_over))
    if to:
        old = before.professional_id
        events.append(event_of(RequestHandedOver, after, by=by, now=now, old_professional_id=old))
    return after, events


def _closed(
    before: Request, found: Proposal, *, verb: str, by: Actor, now: datetime
) -> tuple[Request, list[Event]]:
    state = MOVES[found.state, verb]
    after = replace(before, version=before.version + 1, proposal=replace(found, state=state))
    return after, [event_of(ProposalClosed, after, by=by, now=now, proposal_id=found.id, state=state)]
