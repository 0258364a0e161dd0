"""Callers are let in by their tokens alone."""

import base64
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from deploy import story
from services.accounts.tokens import Signer
from tests.faults import people
from tests.gateway.conftest import Api
from tests.gateway.test_bad_input import problem
from tests.mails import Mailbox


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
        "sid": api.patient.session["session_id"],
        "iat": now,
        "exp": now + timedelta(minutes=10),
    }
    return {key: value for key, value in (good | changes).items() if value is not None}


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unbase64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def hmac_signed(api: Api, signer: Signer, secret: bytes) -> str:
    """By hand: PyJWT itself refuses to sign with a public key."""
    body = claims(api) | {"iat": int(time.time()), "exp": int(time.time()) + 600}
    parts = ({"alg": "HS256", "typ": "JWT", "kid": signer.key_id}, body)
    signed_part = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    return f"{signed_part}.{base64url(hmac.digest(secret, signed_part.encode(), 'sha256'))}"


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
        {"role": ["patient"]},
        {"sid": None},
        {"sid": "not-an-id"},
        {"sid": 7},
        {"iat": None},
        {"iat": datetime(2120, 1, 1, tzinfo=UTC), "exp": datetime(2121, 1, 1, tzinfo=UTC)},
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
    public = signer.key.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    altered = base64url(json.dumps(json.loads(unbase64url(body)) | {"role": "support"}).encode())
    forged = {
        "signed by another key": signed(other, claims(api), kid=signer.key_id),
        "naming a key nobody knows": signed(other, claims(api)),
        "alg none": jwt.encode(claims(api), None, algorithm="none", headers={"kid": signer.key_id}),
        "the public key as HMAC secret": hmac_signed(api, signer, public.public_bytes_raw()),
        "the public key as HMAC secret, in PEM": hmac_signed(api, signer, pem),
        "another role": f"{header}.{altered}.{signature}",
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
    nothing = dict.fromkeys(("phone", "time_zone", "locale", "photo_url"))
    assert mine == nothing | {
        "account_id": api.patient.id,
        "version": 1,
        "email": api.patient.email,
        "name": "A patient",
        "roles": ["patient"],
        "languages": [],
        "totp": False,
    }


def test_a_role_is_told_which_one_is_needed(api: Api) -> None:
    answer = api.http.get("/v1/listing", headers=api.patient.headers)
    found = problem(answer)
    assert (found["code"], found["role"], found["needed"]) == ("wrong_role", "patient", "professional")
    found = problem(api.http.put("/v1/calendar", json={}, headers=api.support.headers))
    assert (found["role"], found["needed"]) == ("support", "professional or clinic")
    assert "verify that you are signed into the correct role account" in found["detail"]


def test_one_person_with_two_roles_says_as_which_she_signs_in(api: Api) -> None:
    person = people.signed_in(api.http, "patient")
    person.post("/v1/me/roles", {"role": "clinic"})
    credentials = {"email": person.email, "password": person.password}
    found = problem(api.http.post("/v1/sessions", json=credentials))
    assert (found["code"], found["roles"]) == ("role_needed", ["patient", "clinic"])
    for role in ("patient", "clinic"):
        person.sign_in(role=role)
        assert person.session["role"] == role
        assert person.send("GET", "/v1/me/dependents").is_success == (role == "patient")
        assert person.send("GET", "/v1/clinics").is_success == (role == "clinic")
    found = problem(api.http.post("/v1/sessions", json=credentials | {"role": "professional"}))
    assert (found["code"], found["needed"]) == ("wrong_role", "professional")


def test_nobody_makes_herself_support(api: Api) -> None:
    found = problem(api.patient.send("POST", "/v1/me/roles", {"role": "support"}))
    assert (found["code"], found["field"]) == ("invalid_value", "role")


def test_a_wrong_password_is_refused(api: Api) -> None:
    answer = api.http.post("/v1/sessions", json={"email": "nobody@example.org", "password": "whatever"})
    assert problem(answer)["code"] == "wrong_credentials"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"password": "short"}, "weak_password", "password"),
        ({"password": "password"}, "common_password", "password"),
        ({"password": "A little long!", "role": "professional"}, "weak_password", "password"),
        ({"password": "A little long!", "role": "clinic"}, "weak_password", "password"),
        ({"role": "owner"}, "invalid_value", "role"),
        ({"role": "support"}, "invalid_value", "role"),
        ({"email": "nobody"}, "invalid_email", "email"),
        ({"email": "a\0@example.org"}, "invalid_value", "email"),
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


def test_an_address_has_one_account_and_only_its_owner_learns_of_it(api: Api) -> None:
    body = {"password": "four words and more", "name": "Anna", "role": "patient"}
    mails = Mailbox(api.suite.home)

    def register(email: str) -> Any:
        headers = {"Idempotency-Key": str(uuid4())}
        answer = api.http.post("/v1/accounts", json=body | {"email": email}, headers=headers)
        assert answer.status_code == 202
        return answer.json()

    known, unknown = register(api.patient.email.upper()), register(f"{uuid4()}@example.org")
    assert set(known) == set(unknown) == {"registration_id", "expires_at"}
    assert mails.open(api.patient.email, kind="reset").subject == "You have an account"


def test_an_account_begins_with_the_mailed_code(api: Api) -> None:
    person = people.Person(api.http, "Anna", "patient")
    person.register(story.mails_in(api.suite.home))
    person.sign_in()
    assert person.get("/v1/me")["account_id"] == person.id


def test_what_attacks_run_into_is_logged_with_ids_and_codes_only(api: Api, signer: Signer) -> None:
    visit = api.submitted()
    attacker = api.other_patient
    api.http.post("/v1/sessions", json={"email": "victim@example.org", "password": "a-guess-of-mine"})
    api.http.get("/v1/me", headers={"Authorization": f"Bearer {signed(signer, claims(api))}x"})
    api.http.get("/v1/me", headers={"Authorization": "Bearer " + base64url(b'{"kid":' + b"[" * 2000)})
    attacker.send("PUT", "/v1/listing", {"version": 1})
    attacker.send("POST", f"/v1/requests/{visit['request_id']}/cancel", {"version": 1})
    attacker.send("GET", "/v1/requests", cursor="bm90LW91cnM")
    api.http.post("/v1/links/look", json={"token": "a-link-of-nobody-" + "x" * 26})
    lines = [json.loads(line) for line in api.suite.log("embedded").splitlines() if '"operation"' in line]
    found = {line["event"]: line for line in lines}
    for event, operation in {
        "sign_in_failed": "POST /v1/sessions",
        "token_refused": "GET /v1/me",
        "wrong_role": "PUT /v1/listing",
        "cursor_forged": "GET /v1/requests",
        "dead_link_tried": "POST /v1/links/look",
    }.items():
        assert found[event]["operation"] == operation, event
    assert found["wrong_role"]["caller_id"] == attacker.id
    known = {"event", "code", "operation", "origin", "caller_id", "role", "left_out", "level", "timestamp"}
    assert all(name in known or name.endswith("_id") for line in lines for name in line)
    assert "127.0.0.1" not in str(lines)
    log = api.suite.log("embedded")
    for private in ("victim@example.org", "a-guess-of-mine", "a-link-of-nobody", attacker.email):
        assert private not in log
