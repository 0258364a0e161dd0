"""Visits by video: the way in."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.base import Command, Message
from shared.contracts.requests.refusals import SEEN
from shared.contracts.requests.values import ActingRole


class JoinLinkView(Message):
    """The join link of an appointment by video, and the interval in which it works.

    `url` is for the caller alone.
    """

    url: Annotated[str, Field(repr=False)]
    opens_at: AwareDatetime
    closes_at: AwareDatetime


class GetJoinLink(Command[JoinLinkView]):
    """For the patient and the professional; a front desk is not part of the visit."""

    refuses = f"{SEEN} not_video wrong_status video_not_set_up too_early too_late"
    request_id: UUID
    by: UUID
    role: ActingRole
