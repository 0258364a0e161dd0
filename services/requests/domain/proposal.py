"""Proposals: another time for a request, held until the other side has answered."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.requests.domain.interval import Interval
from shared.contracts.base import Money
from shared.contracts.requests.values import AppointmentMode, ProposalState, Side

MOVES: dict[tuple[ProposalState, str], ProposalState] = {
    ("open", "accept"): "accepted",
    ("open", "decline"): "declined",
    ("open", "withdraw"): "withdrawn",
    ("open", "expire"): "expired",
}
"""(state, verb) → state after it; every state but `open` is final."""


@dataclass(frozen=True, kw_only=True)
class HandedTo:
    """Another professional of the clinic, and the service they would provide."""

    professional_id: UUID
    service_id: UUID
    service_name: str
    mode: AppointmentMode


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A proposed time: `held` is its interval with buffers; the patient owes `fee` if it is accepted."""

    id: UUID
    by: Side
    state: ProposalState = "open"
    location_id: UUID
    starts_at: datetime
    ends_at: datetime
    held: Interval
    time_zone: str
    expires_at: datetime
    fee: Money | None = None
    late: bool = False
    """True if cancelling was late when the patient proposed a free move: it stays late after the move."""
    handed_to: HandedTo | None = None
    made: dict[Side, int] = field(default_factory=dict)
    """The number of proposals each side has made for this request, this one included."""
