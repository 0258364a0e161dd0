"""The authorization matrix, cell by cell."""

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from deploy import contracts
from tests.faults import people
from tests.faults.people import Person
from tests.gateway import matrix
from tests.gateway.matrix import Cell
from tests.gateway.scene import CALLS, OF_NEWCOMER, Call, Scene, call
from tests.suites import Embedded

POLICY = matrix.policy()


@pytest.fixture(scope="module")
def scene(embedded: Embedded) -> Iterator[Scene]:
    with people.client(embedded.url) as http:
        yield Scene(http, embedded)


def operations() -> set[str]:
    paths = described()["paths"].items()
    return {f"{method.upper()} {path}" for path, methods in paths for method in methods}


def sent(
    scene: Scene, row: str, made: Call, headers: dict[str, str], *, key: str | None = None
) -> httpx.Response:
    method, path = row.rstrip("*").split()
    headers = headers | {"Idempotency-Key": key or str(uuid4())}
    url = path.format(**made.path)
    return scene.http.request(method, url, params=made.query, json=made.body, headers=headers)


def fault(
    scene: Scene, cell: Cell, made: Call, headers: dict[str, str], *, key: str | None = None
) -> str | None:
    """The deviations from the table."""
    before = made.look() if made.look else None
    answer = sent(scene, cell.row, made, headers, key=key)
    changed = made.look() != before if made.look else None
    if made.undo:
        made.undo(answer)
    code = None if answer.is_success else answer.json()["code"]
    if code and code not in documented(cell.operation, answer.status_code):
        return f"{answer.status_code} {code} is not in the description"
    return matrix.fault(cell, answer.status_code, code, changed=changed)


@pytest.fixture(scope="module")
def removed(scene: Scene) -> tuple[Person, dict[str, tuple[Call, str]]]:
    """An owner who was removed, and what they did before: each call of their column, with its key."""
    person = people.signed_in(scene.http, "clinic")
    people.join(scene.mails, scene.owner, scene.clinic_id, person, "owner")
    listing = f"/v1/requests?clinic_id={scene.clinic_id}"
    people.eventually(lambda: person.send("GET", listing).is_success)
    done = {}
    for cell in POLICY:
        if cell.column == "key":
            made, key = call(scene, cell.row, person), str(uuid4())
            answer = sent(scene, cell.row, made, person.headers, key=key)
            assert answer.is_success, f"{cell.row}: {answer.text}"
            done[cell.row] = made, key
    scene.owner.send("DELETE", f"/v1/clinics/{scene.clinic_id}/members/{person.id}")
    people.eventually(lambda: person.send("GET", listing).status_code == 403)
    return person, done


described = cache(contracts.openapi)


def documented(operation: str, status: int) -> set[str]:
    """Return the codes that the description of the operation lists for this status."""
    method, path = operation.split()
    response = described()["paths"][path][method.lower()]["responses"].get(str(status), {})
    return set(re.findall(r"`(\w+)`", response.get("description", ""))) if "$ref" in response else set()


def first_let_in(cell: Cell, scene: Scene) -> str:
    """The caller whose token it would take."""
    row = [each for each in POLICY if each.row == cell.row and each.column in scene.people]
    return next((each.column for each in row if each.expected not in ("-", "role", "no")), "she")


@pytest.mark.parametrize("cell", [each for each in POLICY if each.column == "key"], ids=lambda cell: cell.row)
def test_what_a_removed_member_sends_again_with_its_key_is_refused_as_if_for_the_first_time(
    scene: Scene, removed: tuple[Person, dict[str, tuple[Call, str]]], cell: Cell
) -> None:
    person, done = removed
    made, key = done[cell.row]
    assert fault(scene, cell, made, person.headers, key=key) is None


@pytest.mark.parametrize(
    "cell",
    [each for each in POLICY if each.column != "key"],
    ids=lambda cell: f"{cell.row} as {cell.column}",
)
def test_everybody_may_do_what_the_table_says_and_nothing_else(scene: Scene, cell: Cell) -> None:
    who = cell.column if cell.column in scene.people else first_let_in(cell, scene)
    by = scene[who]
    if cell.column == "stale":
        for what, token in scene.stale(who).items():
            headers = {"Authorization": f"Bearer {token}"}
            assert fault(scene, cell, call(scene, cell.row, by), headers) is None, what
        return
    if cell.column == "new":
        made = OF_NEWCOMER.get(cell.row, call)(scene, cell.row, by)
        assert fault(scene, cell, made, {"Authorization": f"Bearer {scene.mailed_to_newcomer}"}) is None
        return
    made = call(scene, cell.row, by)
    if cell.column in ("link", "lnk2"):
        link = scene.visit_link(made.path.get("request_id") if cell.column == "link" else None)
        if cell.column == "link" and made.link:
            link = made.link
        assert fault(scene, cell, made, {"Authorization": f"Bearer {link}"}) is None
        return
    headers = {} if cell.column == "anon" else (made.by or by).headers
    assert fault(scene, cell, made, headers) is None


def test_what_somebody_may_do_follows_the_role_she_is_signed_in_with(scene: Scene) -> None:
    """An owner who is a patient and a professional as well, each time with one right and not the others."""
    many = people.signed_in(scene.http, "clinic")
    people.join(scene.mails, scene.owner, scene.clinic_id, many, "staff")
    for role in ("patient", "professional"):
        many.post("/v1/me/roles", {"role": role})
    visit = scene.visit()
    path = f"/v1/requests/{visit['request_id']}"
    asks = {
        f"/v1/requests?professional_id={scene.pro.id}": {"clinic": 200, "professional": 403, "patient": 403},
        path: {"clinic": 200, "professional": 403, "patient": 403},
        f"/v1/patients/{scene.she.id}": {"clinic": 200, "professional": 403, "patient": 403},
        f"/v1/clinics/{scene.clinic_id}/members": {"clinic": 200, "patient": 403},
    }
    many.sign_in(role="clinic")
    people.eventually(lambda: many.send("GET", path).is_success)
    for role in ("clinic", "professional", "patient"):
        many.sign_in(role=role)
        seen = {ask: many.send("GET", ask).status_code for ask in asks}
        assert seen | {ask: each[role] for ask, each in asks.items() if role in each} == seen, role
        if role != "clinic":
            assert not many.send("POST", f"{path}/confirm", {"version": 1}).is_success
    many.sign_in(role="clinic")
    assert many.post(f"{path}/confirm", {"version": 1})["status"] == "confirmed"


def test_the_desk_of_another_clinic_sees_nothing_of_what_its_professional_does_elsewhere(
    scene: Scene,
) -> None:
    """A caller who is let in is shown their own clinic, in which nothing happens."""
    asks = call(scene, "GET /v1/slots", scene["desk3"]).query
    day, of_pro = asks["from"], {"professional_id": scene.pro.id}
    for path, query, what in (
        ("/v1/requests", of_pro, "requests"),
        ("/v1/requests/sync", of_pro, "requests"),
        ("/v1/exceptions", of_pro, "exceptions"),
        ("/v1/slots", asks | {"from": day}, "slots"),
    ):
        assert scene["desk3"].get(path, **query)[what] == [], path
        if path != "/v1/exceptions":
            assert scene["staff"].get(path, **query)[what] != [], path


def test_every_operation_has_its_row_and_every_row_its_operation() -> None:
    assert matrix.unmatched(POLICY, operations()) == set()
    assert set(CALLS) <= {cell.row for cell in POLICY}


def test_an_operation_without_a_row_is_found_and_so_is_a_row_without_an_operation() -> None:
    new, old = "GET /v1/diagnoses", "GET /v1/me"
    assert matrix.unmatched(POLICY, operations() | {new}) == {new}
    assert matrix.unmatched(POLICY, operations() - {old}) == {old}


@pytest.mark.parametrize("expected", [*matrix.MEANS, matrix.DONE, matrix.NOTHING])
def test_a_cell_that_says_otherwise_than_the_api_is_found(scene: Scene, expected: str) -> None:
    """The canary: each word in the place of the right one, for somebody let in and two who are not."""
    for who, truth in (("pro", "yes"), ("pro2", "no"), ("she", "role")):
        told = Cell("GET /v1/patients/{patient_id}", who, truth)
        assert told in POLICY
        found = fault(
            scene, replace(told, expected=expected), call(scene, told.row, scene[who]), scene[who].headers
        )
        assert (found is None) == (expected == truth or {expected, truth} == {"yes", "nil"})


def test_a_change_that_should_not_be_is_found_and_so_is_one_that_is_missing() -> None:
    cell = Cell("PUT /v1/calendar", "pro2", "no")
    assert matrix.fault(cell, 403, "not_yours", changed=False) is None
    assert matrix.fault(cell, 403, "not_yours", changed=True)
    assert matrix.fault(replace(cell, expected="nil"), 200, None, changed=True)
    assert matrix.fault(replace(cell, expected="yes"), 200, None, changed=False)


class Links:
    """Mailed links of every kind, in every state."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def token(self, link: str) -> str:
        used, _, kind = link.rpartition("-")
        if used:
            return self._used(kind)
        if link == "forged":
            good = self._scene.link("reset")
            return good[:-2] + ("A" if good[-2] != "A" else "B") + good[-1]
        if link == "expired":
            return self._expired()
        return self._scene.link(kind)

    def _used(self, kind: str) -> str:
        token = self._scene.link(kind)
        verb = {
            "reset": "reset",
            "invitation": "accept",
            "deletion": "confirm",
            "keep": "cancel",
            "registration": "begin",
            "address": "back",
        }[kind]
        assert self.open(matrix.OPENS[verb], token).is_success
        return token

    def _expired(self) -> str:
        token = self._scene.link("reset")
        which = UUID(bytes=base64.urlsafe_b64decode(token + "==")[:16])
        over = "update links set expires_at = now() - interval '1 second' where id = :which"
        assert self._scene.suite.sql("accounts", over, which=which) == 1
        return token

    def open(self, operation: str, token: str) -> httpx.Response:
        sets_password = (matrix.OPENS["reset"], matrix.OPENS["begin"])
        body = {"token": token} | ({"password": "four words, and more"} if operation in sets_password else {})
        by = self._scene.invited.get(token, self._scene.pro)
        return by.send(*operation.split(), body)


@pytest.mark.parametrize("cell", matrix.links(), ids=lambda cell: f"{cell.column} by {cell.row}")
def test_a_link_opens_what_it_was_mailed_for_and_nothing_else(scene: Scene, cell: Cell) -> None:
    links = Links(scene)
    token = links.token(cell.row)
    answer = links.open(cell.column, token)
    code: Any = None if answer.is_success else answer.json()["code"]
    assert matrix.fault(cell, answer.status_code, code, changed=None) is None
