"""Access tokens: JWTs signed with EdDSA, which the gateway verifies by itself with the public key."""

import contextlib
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from services.accounts.domain import ACCESS_TOKEN_LASTS, Account
from shared.contracts.accounts import TOKEN_AUDIENCE, TOKEN_ISSUER


@dataclass(frozen=True)
class Signer:
    """Signs with one private key, which stays in its file."""

    key: Ed25519PrivateKey

    @classmethod
    def from_file(cls, path: Path) -> "Signer":
        """With the key in `path`, made there if there is none; safe with several processes at once."""
        if not path.exists():
            _make_key(path)
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{path} holds no Ed25519 key")
        return cls(key)

    def token(self, account: Account, *, now: datetime) -> str:
        """A token for `account` in its role, good for `ACCESS_TOKEN_LASTS` from `now`."""
        claims = {
            "iss": TOKEN_ISSUER,
            "aud": TOKEN_AUDIENCE,
            "sub": str(account.id),
            "role": account.role,
            "iat": now,
            "exp": now + ACCESS_TOKEN_LASTS,
        }
        return jwt.encode(claims, self.key, algorithm="EdDSA", headers={"kid": self.key_id})

    @property
    def key_id(self) -> str:
        return sha256(self.key.public_key().public_bytes_raw()).hexdigest()[:16]

    def public_key(self) -> dict[str, Any]:
        """The JSON Web Key (RFC 8037) that verifies these tokens."""
        key = jwt.algorithms.OKPAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**key, "kid": self.key_id, "use": "sig", "alg": "EdDSA"}


def _make_key(path: Path) -> None:
    """Write beside, then link: whoever comes second finds the key of whoever came first, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".") as mine:  # mode 0600
        mine.write(pem)
        mine.flush()
        os.fsync(mine.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(mine.name, path)
