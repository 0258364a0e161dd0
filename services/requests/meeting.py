"""Rooms of a Jitsi of one's own, which lets in whoever brings a token signed with the secret they share.

Nothing is asked of that server, and nobody is named to it: the room is a name that nobody can guess, and a
person is another one in each visit.
"""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import jwt

from services.requests.domain.interval import Interval
from shared.contracts.requests.values import Side
from shared.settings import Settings

AUDIENCE = "jitsi"
SHORTEST_SECRET = 32  # bytes, RFC 7518


@dataclass(frozen=True)
class Rooms:
    """`url` is the server's, `app_id` what it knows us by."""

    url: str
    app_id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < SHORTEST_SECRET:
            raise ValueError(f"the secret of the video rooms has fewer than {SHORTEST_SECRET} bytes")

    @classmethod
    def from_settings(cls, settings: Settings) -> "Rooms | None":
        """None where there is no such server. The secret is read anew each time: it may be another."""
        if not settings.video_url or settings.video_secret_file is None:
            return None
        return cls(settings.video_url, settings.video_app_id, settings.video_secret_file.read_bytes().strip())

    def link(self, request_id: UUID, *, person_id: UUID, side: Side, doors: Interval) -> str:
        """Good for this person in this visit, while the doors are open."""
        room = self.room(request_id)
        claims: dict[str, Any] = {
            "aud": AUDIENCE,
            "iss": self.app_id,
            "sub": urlsplit(self.url).hostname,
            "room": room,
            "nbf": doors.start,
            "exp": doors.end,
            "context": {
                "user": {
                    "id": self._name("person", request_id, person_id)[:32],
                    "moderator": side == "professional",
                }
            },
        }
        return f"{self.url}/{room}?jwt={jwt.encode(claims, self.secret, algorithm='HS256')}"

    def room(self, request_id: UUID) -> str:
        return self._name("room", request_id)

    def _name(self, what: str, *ids: UUID) -> str:
        """Always the same for these, and nobody without the secret can tell what it stands for."""
        whole = what.encode() + b"".join(each.bytes for each in ids)
        return hmac.digest(self.secret, whole, sha256).hex()
