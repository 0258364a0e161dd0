"""A master key that stays with its keeper, over HTTP."""

import json
import os
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.requests import rotate
from services.requests.encryption.envelope import KeyFile
from services.requests.encryption.kms import Transit
from services.requests.encryption.masters import master_key
from shared.bus import microservice
from shared.db import Unit
from shared.errors import Unavailable
from shared.settings import Settings
from tests.requests.builders import PATIENT, STRANGER
from tests.requests.test_rotation import ask, read

TOKEN, NONCE = "a token of ours", 12


class Keeper:
    """The part of the transit engine that we call, as its documentation tells it, with real encryption."""

    def __init__(self) -> None:
        self.versions = {1: os.urandom(32)}
        self.oldest, self.asked = 1, list[str]()

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(path)
        aad = b64decode(body.get("associated_data", ""))
        newest = max(self.versions)
        match path.removeprefix("/v1/transit/"):
            case "keys/words":
                return {"latest_version": newest}
            case "keys/words/rotate":
                self.versions[newest + 1] = os.urandom(32)
            case "keys/words/config":
                self.oldest = body["min_decryption_version"]
            case "encrypt/words":
                nonce = os.urandom(NONCE)
                sealed = nonce + AESGCM(self.versions[newest]).encrypt(
                    nonce, b64decode(body["plaintext"]), aad
                )
                return {"ciphertext": f"vault:v{newest}:{b64encode(sealed).decode()}"}
            case "decrypt/words":
                _, version, text = body["ciphertext"].split(":")
                number, sealed = int(version[1:]), b64decode(text)
                if number < self.oldest:
                    raise InvalidTag
                plain = AESGCM(self.versions[number]).decrypt(sealed[:NONCE], sealed[NONCE:], aad)
                return {"plaintext": b64encode(plain).decode()}
            case other:
                raise KeyError(other)
        return {}


@pytest.fixture
def keeper() -> Iterator[tuple[Keeper, str]]:
    kept = Keeper()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or "{}") or {}
            status, told = 200, {}
            if self.headers["X-Vault-Token"] != TOKEN:
                status = 403
            else:
                try:
                    told = {"data": kept.answer(self.path, body)}
                except (InvalidTag, KeyError):
                    status = 400
            answer = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield kept, f"http://127.0.0.1:{server.server_port}/v1/transit/keys/words"
    server.shutdown()
    server.server_close()


def transit(url: str, folder: Path, token: str = TOKEN) -> Transit:
    file = folder / "token"
    file.write_text(f"{token}\n")
    return Transit(url, file)


def test_a_key_comes_back_for_its_patient_alone(keeper: tuple[Keeper, str], tmp_path: Path) -> None:
    master = transit(keeper[1], tmp_path)
    wrapped = master.wrap(b"k" * 32, of=PATIENT)
    assert b"k" * 32 not in wrapped
    assert master.unwrap(wrapped, of=PATIENT) == b"k" * 32
    with pytest.raises(Unavailable):
        master.unwrap(wrapped, of=STRANGER)


def test_a_key_that_was_unwrapped_lately_is_not_asked_for_again(
    keeper: tuple[Keeper, str], tmp_path: Path
) -> None:
    kept, url = keeper
    master = transit(url, tmp_path)
    wrapped = master.wrap(b"k" * 32, of=PATIENT)
    for _ in range(5):
        master.unwrap(wrapped, of=PATIENT)
    assert kept.asked.count("/v1/transit/decrypt/words") == 1


def test_words_outlive_a_rotation_and_the_old_version_opens_nothing_any_more(
    practice: Unit, keeper: tuple[Keeper, str], tmp_path: Path
) -> None:
    kept, url = keeper
    master: Any = transit(url, tmp_path)
    asked = [ask(practice, master, number) for number in range(3)]
    assert rotate.rotate(practice, master, say=lambda _: None) == 3
    assert (kept.oldest, max(kept.versions)) == (2, 2)
    fresh: Any = transit(url, tmp_path)
    assert [read(practice, fresh, each) for each in asked] == [f"Number {n}." for n in range(3)]


@pytest.mark.parametrize("wrong", ["token", "address"])
def test_a_keeper_who_does_not_answer_is_trouble_that_passes(
    keeper: tuple[Keeper, str], tmp_path: Path, wrong: str
) -> None:
    url = keeper[1] if wrong == "token" else "http://127.0.0.1:9/v1/transit/keys/words"
    master = transit(url, tmp_path, token="stolen" if wrong == "token" else TOKEN)
    with pytest.raises(Unavailable):
        master.wrap(b"k" * 32, of=UUID(int=1))
    answer = microservice._attempt(
        "requests.submit_request", lambda: {"key": master.wrap(b"k", of=UUID(int=1))}
    )
    assert answer == {"unavailable": "Unavailable"}


def test_the_settings_say_who_keeps_it(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    file = master_key(Settings(home=tmp_path))
    kept = master_key(
        Settings(
            words_kms_url="http://vault.example/v1/transit/keys/words",
            words_kms_token_file=tmp_path / "token",
        )
    )
    assert (type(file), type(kept)) == (KeyFile, Transit)
    with pytest.raises(ValueError, match="HC_WORDS_KMS_URL is set, so this is needed"):
        Settings(words_kms_url="http://vault.example/v1/transit/keys/words")
