"""Access tokens: JWTs signed with EdDSA, which the gateway verifies by itself with the public key."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.accounts.domain.session import ACCESS_TOKEN_LASTS, Session
from shared.contracts.accounts import guests, sessions
from shared.keyfile import read_or_make


@dataclass(frozen=True)
class Signer:
    """A signer signs with one private key, which stays in its file."""

    key: Ed25519PrivateKey

    @classmethod
    def from_file(cls, path: Path) -> "Signer":
        """Read the key in `path`, and make one if there is none; safe with several processes at once."""
        key = pem.load_pem_private_key(read_or_make(path, _new_key), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{path} holds no Ed25519 key")
        return cls(key)

    def token(self, session: Session, *, now: datetime) -> str:
        """Return a token for the person of `session` in its role, valid for `ACCESS_TOKEN_LASTS`."""
        claims = {
            "iss": sessions.TOKEN_ISSUER,
            "aud": sessions.TOKEN_AUDIENCE,
            "sub": str(session.person_id),
            "role": session.role,
            "sid": str(session.id),
            "iat": now,
            "exp": now + ACCESS_TOKEN_LASTS,
        }
        return self._signed(claims)

    def guest_token(self, guest_id: UUID, request_id: UUID, *, until: datetime, now: datetime) -> str:
        """Return the token of a mailed link, which opens one request."""
        claims = {
            "iss": sessions.TOKEN_ISSUER,
            "aud": guests.GUEST_AUDIENCE,
            "sub": str(guest_id),
            "visit": str(request_id),
            "iat": now,
            "exp": until,
        }
        return self._signed(claims)

    @property
    def key_id(self) -> str:
        return sha256(self.key.public_key().public_bytes_raw()).hexdigest()[:16]

    def _signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self.key, algorithm="EdDSA", headers={"kid": self.key_id})

    def public_key(self) -> dict[str, Any]:
        """Return the JSON Web Key (RFC 8037) that verifies these tokens."""
        key = jwt.algorithms.OKPAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**key, "kid": self.key_id, "use": "sig", "alg": "EdDSA"}


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption()
    )
