"""An authenticator in software: it makes and uses one passkey, and lies where it is told to."""

import base64
import hashlib
import json
import os
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

USER_PRESENT, USER_VERIFIED, HAS_CREDENTIAL = 0x01, 0x04, 0x40


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Authenticator:
    def __init__(self, *, counts: bool = True) -> None:
        self.id, self.key = os.urandom(32), ec.generate_private_key(ec.SECP256R1())
        self.count, self._counts = 0, counts
        self.user_handle: bytes | None = None

    def create(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """Return the answer of `navigator.credentials.create`. `lies`: origin, challenge, flags, domain."""
        self.user_handle = base64.urlsafe_b64decode(options["user"]["id"] + "==")
        numbers = self.key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        credential = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(key)
        lies = {"domain": options["rp"]["id"], "flags": USER_PRESENT | USER_VERIFIED, **lies}
        data = self._data(lies["domain"], lies["flags"] | HAS_CREDENTIAL) + credential
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        answer = {"clientDataJSON": text(_client_data("webauthn.create", options, lies))}
        return self._answer(answer | {"attestationObject": text(attestation)})

    def get(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """Return the answer of `navigator.credentials.get`. `lies`: those of `create`, count, user_handle."""
        self.count = lies.get("count", self.count + self._counts)
        flags = lies.get("flags", USER_PRESENT | USER_VERIFIED)
        data = self._data(lies.get("domain", options["rpId"]), flags)
        client = _client_data("webauthn.get", options, lies)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {"authenticatorData": text(data), "signature": text(signature)}
        if (handle := lies.get("user_handle", self.user_handle)) is not None:
            answer["userHandle"] = text(handle)
        return self._answer(answer | {"clientDataJSON": text(client)})

    def _data(self, domain: str, flags: int) -> bytes:
        return hashlib.sha256(domain.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        return {
            "id": text(self.id),
            "rawId": text(self.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": response,
        }


def _client_data(kind: str, options: dict[str, Any], lies: dict[str, Any]) -> bytes:
    said = {"type": kind, "challenge": options["challenge"], "origin": "http://localhost:8000"}
    said |= {name: lies[name] for name in ("challenge", "origin") if name in lies}
    return json.dumps(said).encode()
