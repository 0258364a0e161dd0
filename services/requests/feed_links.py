"""Links of calendar feeds: the database knows a feed's id, and the hash of the token it goes by.

The token is a code (HMAC-SHA256, 256 bits) over the id, by a key that stays in a file. So nobody can make one
from a copy of the database, and one that was handed out can be made again instead of being remembered.
"""

import hmac
import os
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from shared.keyfile import read_or_make
from shared.settings import Settings

_KEY = 32  # bytes


@dataclass(frozen=True)
class FeedLinks:
    """`public_url` is where people reach the gateway."""

    key: bytes = field(repr=False)
    public_url: str

    @classmethod
    def from_settings(cls, settings: Settings) -> "FeedLinks":
        path = settings.feeds_key_file or settings.home / "feeds.key"
        key = read_or_make(path, lambda: os.urandom(_KEY))
        if len(key) != _KEY:
            raise ValueError(f"{path} holds no key of {_KEY} bytes")
        return cls(key, settings.public_url)

    def token(self, feed_id: UUID) -> str:
        code = hmac.digest(self.key, b"feed" + feed_id.bytes, sha256)
        return urlsafe_b64encode(code).decode().rstrip("=")

    def url(self, feed_id: UUID) -> str:
        return f"{self.public_url}/calendar/{self.token(feed_id)}.ics"


def token_hash(token: str) -> bytes:
    """Return the hash of a token, as the database stores it."""
    return sha256(token.encode()).digest()
