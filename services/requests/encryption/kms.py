"""A master key that never leaves its keeper: the transit engine of HashiCorp Vault or OpenBao, over HTTP."""

from base64 import b64decode, b64encode
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from shared.errors import Unavailable

_ANSWERS_WITHIN = 2.0  # seconds
_REMEMBERED = 4096


class Transit:
    """The transit engine at `url`, the address of its key, such as
    `https://vault.example/v1/transit/keys/words`.

    Keys that were unwrapped lately are cached, so that a page of requests does not ask for each of its
    patients. Notes of an erased patient are lost at once all the same: their wrapped key is gone from the
    database.
    """

    def __init__(self, url: str, token_file: Path) -> None:
        self._mount, _, self._name = url.rpartition("/keys/")
        self._http = httpx.Client(
            headers={"X-Vault-Token": token_file.read_text().strip()}, timeout=_ANSWERS_WITHIN
        )
        self.unwrap = lru_cache(_REMEMBERED)(self._unwrap)

    def wrap(self, key: bytes, *, of: UUID) -> bytes:
        answer = self._post(f"encrypt/{self._name}", plaintext=_text(key), associated_data=_text(of.bytes))
        return str(answer["ciphertext"]).encode()

    def newest(self) -> bytes:
        return f"vault:v{self._newest()}:".encode()

    def add(self) -> None:
        self._post(f"keys/{self._name}/rotate")

    def forget_old(self) -> None:
        self._post(f"keys/{self._name}/config", min_decryption_version=self._newest())

    def _unwrap(self, wrapped: bytes, *, of: UUID) -> bytes:
        answer = self._post(
            f"decrypt/{self._name}", ciphertext=wrapped.decode(), associated_data=_text(of.bytes)
        )
        return b64decode(answer["plaintext"])

    def _newest(self) -> int:
        return int(self._asked("GET", f"keys/{self._name}")["latest_version"])

    def _post(self, path: str, **body: Any) -> dict[str, Any]:
        return self._asked("POST", path, body)

    def _asked(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Raises Unavailable."""
        try:
            answer = self._http.request(method, f"{self._mount}/{path}", json=body).raise_for_status()
        except httpx.HTTPError as error:
            raise Unavailable("the keeper of the master key") from error
        data: dict[str, Any] = answer.json().get("data", {}) if answer.content else {}
        return data


def _text(plain: bytes) -> str:
    return b64encode(plain).decode()
