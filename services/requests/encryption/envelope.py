"""Envelope encryption of notes: each patient has a key of their own, and a master key wraps it.

The database holds wrapped keys and encrypted notes; the master key stays in a file outside of it. A copy of
the database reveals no note, and deleting a wrapped key destroys all notes of that patient.

Everything is AES-256-GCM with associated data: a key is bound to its patient, notes to their request.
"""

import os
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.keyfile import read_or_make, replace_file

_KEY, _NONCE, _NAME = 32, 12, 8  # bytes


class MasterKey(Protocol):
    """A master key wraps the keys of patients."""

    def wrap(self, key: bytes, *, of: UUID) -> bytes: ...

    def unwrap(self, wrapped: bytes, *, of: UUID) -> bytes: ...

    def newest(self) -> bytes:
        """Return the prefix of every key that the newest master key has wrapped."""

    def add(self) -> None:
        """Add a master key that wraps from now on; the others still unwrap."""

    def forget_old(self) -> None:
        """Remove all master keys but the newest; a key that only they can unwrap is lost."""


class KeyFile:
    """Master keys in a file, base64, one on each line; the last is the newest, and the others only unwrap.

    Read anew for each key: another process may have rotated it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def wrap(self, key: bytes, *, of: UUID) -> bytes:
        newest = self._keys()[-1]
        return _name(newest) + _sealed(newest, key, of=of)

    def unwrap(self, wrapped: bytes, *, of: UUID) -> bytes:
        name, sealed = wrapped[:_NAME], wrapped[_NAME:]
        for key in self._keys():
            if _name(key) == name:
                return _opened(key, sealed, of=of)
        raise LookupError(f"{self._path} lacks the master key {name.hex()}")

    def newest(self) -> bytes:
        return _name(self._keys()[-1])

    def add(self) -> None:
        self._write([*self._keys(), os.urandom(_KEY)])

    def forget_old(self) -> None:
        self._write(self._keys()[-1:])

    def _keys(self) -> list[bytes]:
        text = read_or_make(self._path, lambda: b64encode(os.urandom(_KEY)) + b"\n")
        keys = [b64decode(line, validate=True) for line in text.split()]
        if not keys or any(len(key) != _KEY for key in keys):
            raise ValueError(f"{self._path} holds no keys of {_KEY} bytes")
        return keys

    def _write(self, keys: list[bytes]) -> None:
        replace_file(self._path, b"".join(b64encode(key) + b"\n" for key in keys))


@dataclass(frozen=True)
class PatientKey:
    """A key that encrypts and decrypts the notes of one patient."""

    key: bytes

    def seal(self, words: bytes, *, of: UUID) -> bytes:
        """Encrypt the notes of the request `of`."""
        return _sealed(self.key, words, of=of)

    def open(self, sealed: bytes, *, of: UUID) -> bytes:
        """Decrypt notes. Raises InvalidTag for notes of another patient or another request."""
        return _opened(self.key, sealed, of=of)


def new_key() -> bytes:
    return os.urandom(_KEY)


def _name(key: bytes) -> bytes:
    """Return a short hash that tells master keys apart and reveals nothing about them."""
    return sha256(b"name of master key" + key).digest()[:_NAME]


def _sealed(key: bytes, plain: bytes, *, of: UUID) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, of.bytes)


def _opened(key: bytes, sealed: bytes, *, of: UUID) -> bytes:
    return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], of.bytes)
