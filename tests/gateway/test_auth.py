"""Who is let in."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.accounts.tokens import Signer
from tests.gateway.conftest import Api
from tests.gateway.test_bad_input import problem


@pytest.fixture
def signer(api: Api) -> Signer:
    """The one whose tokens are believed."""
    return Signer.from_file(api.suite.home / "token-key.pem")


def claims(api: Api, **changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    good = {
        "iss": "healthconnect",
        "aud": "healthconnect-api",
        "sub": api.patient.id,
        "role": "patient",
        "iat": now,
        "exp": now + timedelta(minutes=10),
    }
    return {key: value for key, value in (good | changes).items() if value is not None}


def signed(signer: Signer, body: dict[str, Any], **header: str) -> str:
    return jwt.encode(body, signer.key, algorithm="EdDSA", headers={"kid": signer.key_id} | header)


def me(api: Api, token: str) -> httpx.Response:
    return api.http.get("/v1/me", headers={"Authorization": f"Bearer {token}"})


def test_a_good_token_is_believed(api: Api, signer: Signer) -> None:
    assert me(api, signed(signer, claims(api))).json()["account_id"] == api.patient.id


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": datetime(2020, 1, 1, tzinfo=UTC)},
        {"exp": None},
        {"aud": "another-api"},
        {"aud": None},
        {"iss": "somebody"},
        {"sub": None},
        {"sub": "not-an-id"},
        {"role": None},
        {"role": "owner of everything"},
    ],
    ids=str,
)
def test_a_token_with_other_claims_is_refused(api: Api, signer: Signer, changes: dict[str, Any]) -> None:
    answer = me(api, signed(signer, claims(api, **changes)))
    assert problem(answer)["code"] == "not_signed_in"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_forged_token_is_refused(api: Api, signer: Signer) -> None:
    good = signed(signer, claims(api))
    header, body, signature = good.split(".")
    other = Signer(Ed25519PrivateKey.generate())
    public = signer.key.public_key().public_bytes_raw()
    forged = {
        "signed by another key": signed(other, claims(api), kid=signer.key_id),
        "naming a key nobody knows": signed(other, claims(api)),
        "alg none": jwt.encode(claims(api), None, algorithm="none", headers={"kid": signer.key_id}),
        "the public key as HMAC secret": jwt.encode(
            claims(api), public, algorithm="HS256", headers={"kid": signer.key_id}
        ),
        "another body": f"{header}.{body[:-4]}AAAA.{signature}",
        "no signature": f"{header}.{body}.",
        "no key named": jwt.encode(claims(api), signer.key, algorithm="EdDSA"),
        "no token at all": "nonsense",
    }
    for how, token in forged.items():
        assert problem(me(api, token))["code"] == "not_signed_in", how


@pytest.mark.parametrize("header", ["", "Basic dXNlcjpwYXNz", "Bearer", "Token x"])
def test_without_a_token_nobody_is_signed_in(api: Api, header: str) -> None:
    answer = api.http.get("/v1/me", headers={"Authorization": header} if header else {})
    assert problem(answer)["code"] == "not_signed_in"


def test_what_was_registered_is_shown_to_its_owner(api: Api) -> None:
    mine = api.patient.get("/v1/me")
    assert set(mine) == {"account_id", "email", "name", "role"}
    assert (mine["account_id"], mine["role"]) == (api.patient.id, "patient")


def test_a_wrong_password_is_refused(api: Api) -> None:
    answer = api.http.post("/v1/sessions", json={"email": "nobody@example.org", "password": "whatever"})
    assert problem(answer)["code"] == "wrong_credentials"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"password": "short"}, "weak_password", "password"),
        ({"role": "owner"}, "invalid_value", "role"),
        ({"email": "nobody"}, "invalid_email", "email"),
        ({"email": "a\0@example.org"}, "invalid_email", "email"),
        ({"email": "anna@localhost"}, "invalid_email", "email"),
        ({"email": "an na@example.org"}, "invalid_email", "email"),
        ({"name": "  "}, "invalid_value", "name"),
        ({"name": "x" * 201}, "invalid_value", "name"),
        ({"admin": True}, "unknown_field", "admin"),
    ],
)
def test_what_makes_no_account_is_refused(api: Api, changes: dict[str, Any], code: str, field: str) -> None:
    body = {
        "email": f"{uuid4()}@example.org",
        "password": "long enough for anybody",
        "name": "Anna",
        "role": "patient",
    }
    answer = api.http.post("/v1/accounts", json=body | changes, headers={"Idempotency-Key": str(uuid4())})
    found = problem(answer)
    assert (found["code"], found["field"]) == (code, field)
    assert "short" not in answer.text.replace("too short", "")


def test_an_address_has_one_account(api: Api) -> None:
    body = {"email": f"{uuid4()}@example.org", "password": "long enough", "name": "Anna", "role": "patient"}
    first = api.http.post("/v1/accounts", json=body, headers={"Idempotency-Key": str(uuid4())})
    assert first.status_code == 201
    other = {"Idempotency-Key": str(uuid4())}
    assert problem(api.http.post("/v1/accounts", json=body, headers=other))["code"] == "email_taken"
