"""Visits by video: the way in."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.base import Command, Message
from shared.contracts.requests.values import ActingRole


class JoinLinkView(Message):
    """Where a visit by video takes place, and from when until when the way in is told.

    `url` is for the one who asked.
    """

    url: Annotated[str, Field(repr=False)]
    opens_at: AwareDatetime
    closes_at: AwareDatetime


class GetJoinLink(Command[JoinLinkView]):
    """For the patient and the professional; a front desk is not part of the visit."""

    request_id: UUID
    by: UUID
    role: ActingRole
