"""The vault: refresh tokens, mailed links, and secrets in the database, under one secret key.

Refresh tokens and links are ids with a code (HMAC-SHA256) that only this key can make. So the database
holds none of them, and one that was handed out once can be made again instead of being remembered.
"""

import base64
import binascii
import hmac
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.keyfile import read_or_make

_CODE, _NONCE = 32, 12  # bytes


@dataclass(frozen=True)
class Vault:
    """Each purpose has a key of its own, derived from the one in the file (HKDF, RFC 5869)."""

    key: bytes

    @classmethod
    def from_file(cls, path: Path) -> "Vault":
        key = read_or_make(path, lambda: os.urandom(32))
        if len(key) != 32:
            raise ValueError(f"{path} holds no key of 32 bytes")
        return cls(key)

    def refresh_token(self, session_id: UUID, generation: int) -> str:
        return self._token("refresh", session_id.bytes + generation.to_bytes(4, "big"))

    def read_refresh_token(self, token: str) -> tuple[UUID, int] | None:
        """Return the session and the generation, or None for a token that was never handed out."""
        body = self._body("refresh", token, size=20)
        return (UUID(bytes=body[:16]), int.from_bytes(body[16:], "big")) if body else None

    def link_token(self, link_id: UUID) -> str:
        return self._token("link", link_id.bytes)

    def read_link_token(self, token: str) -> UUID | None:
        """Return the link's id, or None for a token that was never made."""
        body = self._body("link", token, size=16)
        return UUID(bytes=body) if body else None

    def mail_code(self, proof_id: UUID, email: str) -> str:
        """Return the eight digits that are mailed to prove this address, always the same for one id."""
        code = self._code("mail code", proof_id.bytes + email.encode())
        return f"{int.from_bytes(code) % 10**8:08d}"

    def seal(self, secret: str, *, of: UUID) -> bytes:
        """Encrypt `secret` (AES-256-GCM) so that it is useless in the row of anybody else."""
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self._key_for("seal")).encrypt(nonce, secret.encode(), of.bytes)

    def unseal(self, sealed: bytes, *, of: UUID) -> str:
        """Raises InvalidTag for bytes that this key did not seal, or not for this person."""
        plain = AESGCM(self._key_for("seal")).decrypt(sealed[:_NONCE], sealed[_NONCE:], of.bytes)
        return plain.decode()

    def keyed_hash(self, word: str) -> str:
        """Return a hash that is the same for each `word`, and tells nothing to anybody without the key."""
        return self._code("blind", word.encode()).hex()

    def _token(self, purpose: str, body: bytes) -> str:
        return base64.urlsafe_b64encode(body + self._code(purpose, body)).decode().rstrip("=")

    def _body(self, purpose: str, token: str, *, size: int) -> bytes | None:
        try:
            whole = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (ValueError, binascii.Error):
            return None
        body, code = whole[:size], whole[size:]
        known = len(body) == size and hmac.compare_digest(code, self._code(purpose, body))
        return body if known and token == self._token(purpose, body) else None

    def _code(self, purpose: str, body: bytes) -> bytes:
        return hmac.digest(self._key_for(purpose), body, sha256)

    def _key_for(self, purpose: str) -> bytes:
        return HKDF(SHA256(), _CODE, salt=None, info=purpose.encode()).derive(self.key)


def token_hash(token: str) -> bytes:
    """Return the hash that is stored of a token or a code."""
    return sha256(token.encode()).digest()
