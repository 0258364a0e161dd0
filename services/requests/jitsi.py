"""Video calls on the operator's own Jitsi, which admits a caller with a token signed with the shared secret.

No request goes to that server, and it learns no names: a call has a name that nobody can guess, and a person
has another id in each call.
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
class VideoCalls:
    """The server at `url`, which knows this suite as `app_id`."""

    url: str
    app_id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < SHORTEST_SECRET:
            raise ValueError(f"the secret of the video calls has fewer than {SHORTEST_SECRET} bytes")

    @classmethod
    def from_settings(cls, settings: Settings) -> "VideoCalls | None":
        """Return None without a server. The secret is read each time, as it may be replaced."""
        if not settings.video_url or settings.video_secret_file is None:
            return None
        return cls(settings.video_url, settings.video_app_id, settings.video_secret_file.read_bytes().strip())

    def link(self, request_id: UUID, *, person_id: UUID, side: Side, valid: Interval) -> str:
        """Return a join link for this person and this request, which works during `valid`."""
        room = self.room(request_id)
        claims: dict[str, Any] = {
            "aud": AUDIENCE,
            "iss": self.app_id,
            "sub": urlsplit(self.url).hostname,
            "room": room,
            "nbf": valid.start,
            "exp": valid.end,
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
        """Return a stable name for these ids, which reveals none of them without the secret."""
        whole = what.encode() + b"".join(each.bytes for each in ids)
        return hmac.digest(self.secret, whole, sha256).hex()
