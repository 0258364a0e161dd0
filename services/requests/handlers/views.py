"""Requests as people see them."""

from zoneinfo import ZoneInfo

from services.requests.domain.request import Request
from shared.contracts.base import Money
from shared.contracts.requests.visits import FollowUpView, ProposalView, RequestView


def request_view(found: Request, *, costs: Money | None = None) -> RequestView:
    """Instants carry the offset of the place; `costs` is what a preview says beside."""
    zone = ZoneInfo(found.time_zone)
    return RequestView(
        request_id=found.id,
        version=found.version,
        status=found.status,
        outcome=found.outcome,
        patient_id=found.patient_id,
        dependent_id=found.dependent_id,
        professional_id=found.professional_id,
        practice_id=found.practice_id,
        location_id=found.location_id,
        service_id=found.service_id,
        service_name=found.service_name,
        mode=found.mode,
        starts_at=found.starts_at.astimezone(zone),
        ends_at=found.ends_at.astimezone(zone),
        time_zone=found.time_zone,
        details=found.words.details,
        joiners=list(found.words.joiners),
        submitted_at=found.submitted_at.astimezone(zone),
        submitted_by=found.submitted_by,
        verified=found.verified,
        expires_at=found.expires_at.astimezone(zone),
        confirmed_at=found.confirmed_at and found.confirmed_at.astimezone(zone),
        ended_at=found.ended_at and found.ended_at.astimezone(zone),
        price=found.price,
        terms=found.terms,
        fee=found.fee,
        costs=costs,
        decline_reason=found.decline_reason,
        decline_words=found.words.decline,
        unstaffed=found.unstaffed,
        proposal=_proposal_view(found),
        follow_ups=_follow_up_views(found, zone),
    )


def _proposal_view(found: Request) -> ProposalView | None:
    if (made := found.proposal) is None:
        return None
    zone = ZoneInfo(made.time_zone)
    return ProposalView(
        proposal_id=made.id,
        by=made.by,
        state=made.state,
        location_id=made.location_id,
        starts_at=made.starts_at.astimezone(zone),
        ends_at=made.ends_at.astimezone(zone),
        expires_at=made.expires_at.astimezone(zone),
        fee=made.fee,
        professional_id=made.handed_to and made.handed_to.professional_id,
        service_id=made.handed_to and made.handed_to.service_id,
    )


def _follow_up_views(found: Request, zone: ZoneInfo) -> list[FollowUpView]:
    return [
        FollowUpView(
            follow_up_id=each.id,
            question=each.question,
            asked_at=each.asked_at.astimezone(zone),
            answer=each.answer,
            answered_at=each.answered_at and each.answered_at.astimezone(zone),
        )
        for each in found.words.follow_ups
    ]
