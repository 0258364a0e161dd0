"""The people of the authorization matrix, and every call that its operations are tried with.

`CALLS` makes a fresh call each time, with whatever it needs made first: what one caller changed is not there
any more when the next one comes.
"""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import pyotp
import sqlalchemy as sa

from services.accounts.tokens import Signer
from services.accounts.vault import Vault
from tests.accounts.authenticator import Authenticator
from tests.faults import people
from tests.faults.people import Person
from tests.mails import Mailbox
from tests.suites import Embedded

_A_YEAR_AGO = """
    update requests set starts_at = starts_at - interval '364 days', ends_at = ends_at - interval '364 days',
    held = tstzrange(lower(held) - interval '364 days', upper(held) - interval '364 days') where id = :id
"""
TICKET = {"topic": "support", "role": "patient", "device_type": "android", "app_version": "1.4.0"}
_AT_ONCE = 12
"""Links are mailed within a second or two: so many are asked for together."""


@dataclass
class Call:
    """A call: `look` sees what it may change; `undo` restores the scene for the next one, after an answer.

    `by` sends it, if that is not the person of the column; `link` belongs to the guest of the request.
    """

    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    look: Callable[[], Any] | None = None
    undo: Callable[[httpx.Response], None] | None = None
    by: Person | None = None
    link: str | None = None


class Scene:
    """Everybody in the columns of the table, in two clinics."""

    def __init__(self, http: httpx.Client, suite: Embedded) -> None:
        self.http, self.suite, self.mails = http, suite, Mailbox(suite.home)
        self.numbers = itertools.count(1)
        self.practice = people.Practice(http)
        roles = {"she": "patient", "he": "patient", "pro2": "professional"}
        roles |= dict.fromkeys(("staff", "owner", "desk2", "desk3", "left"), "clinic")
        self.people = {who: people.signed_in(http, role) for who, role in roles.items()}
        self.people |= {"pro": self.practice.professional, "supp": people.support(http, suite)}
        self.own_location_id = self.practice.location_id
        self.clinic_id = self._clinic("owner", pro="professional", staff="staff", left="staff")
        self._move_into_the_clinic()
        self.slots = iter(self.practice.slots(people.SOON, days=35))
        self.other_clinic_id = self._clinic("desk2", pro2="professional")
        self._clinic("desk3", pro="professional")
        self.owner.send("DELETE", f"/v1/clinics/{self.clinic_id}/members/{self['left'].id}")
        self.dependent()
        self.visit(confirmed=True)
        people.eventually(self._is_known_everywhere)
        self.passkey = Authenticator()
        """The patient's."""
        self.she.post("/v1/me/passkeys", new_passkey(self.she, self.passkey), expect=201)
        self.invited: dict[str, Person] = {}
        """Return the person who may accept this invitation."""
        self._links: dict[str, list[str]] = {}
        self._signed_out: dict[str, str] = {}

    def __getitem__(self, who: str) -> Person:
        return self.people[who]

    @property
    def she(self) -> Person:
        return self["she"]

    @property
    def pro(self) -> Person:
        return self["pro"]

    @property
    def owner(self) -> Person:
        return self["owner"]

    def stale(self, who: str) -> dict[str, str]:
        """Two expired tokens of a person, by their fault."""
        if who not in self._signed_out:
            phone = self[who].another_phone()
            phone.send("DELETE", f"/v1/sessions/{phone.session['session_id']}")
            people.eventually(lambda: phone.send("GET", "/v1/me").status_code == 401, within=2)
            self._signed_out[who] = phone.session["access_token"]
        good = jwt.decode(self[who].session["access_token"], options={"verify_signature": False})
        hour_ago = datetime.now(UTC) - timedelta(hours=1)
        old = good | {"iat": hour_ago, "exp": hour_ago + timedelta(minutes=10)}
        signer = Signer.from_file(self.suite.home / "token-key.pem")
        expired = jwt.encode(old, signer.key, algorithm="EdDSA", headers={"kid": signer.key_id})
        return {"signed out": self._signed_out[who], "expired": expired}

    @cached_property
    def newcomer(self) -> Person:
        """Somebody who has registered, and neither typed the code nor opened the link."""
        person = Person(self.http, "Somebody new", "patient")
        person.id = begun(person)["registration_id"]
        return person

    @cached_property
    def mailed_to_newcomer(self) -> str:
        """The token of the link that proves their address: it stands for no token of a session."""
        return self.mails.token("registration", self.newcomer.email)

    def mail_code(self, registration_id: str) -> str:
        """As it is mailed to prove an address."""
        return self.vault.mail_code(*self._proof("registrations", "email", registration_id))

    def undo_link(self, change_id: str) -> str:
        """The token that is mailed to the old address."""
        return self.vault.link_token(self._proof("address_changes", "new_email", change_id)[0])

    def _proof(self, table: str, email: str, object_id: str) -> tuple[UUID, str]:
        engine = sa.create_engine(self.suite.database_urls()["accounts"])
        query = sa.text(f"select proof_id, {email} from {table} where id = :id")
        with engine.connect() as conn:
            proof_id, address = conn.execute(query, {"id": object_id}).one()
        engine.dispose()
        return proof_id, address

    def change_of_address(self, by: Person, *, to: str | None = None) -> dict[str, str]:
        """It is asked for, and this proves the new address."""
        change = by.post("/v1/me/email", {"email": to or f"{uuid4().hex}@new.example"}, expect=202)
        proof = self._proof("address_changes", "new_email", change["change_id"])
        return {"change_id": change["change_id"], "code": self.vault.mail_code(*proof)}

    @cached_property
    def vault(self) -> Vault:
        """Of accounts: it makes what is mailed."""
        return Vault.from_file(self.suite.home / "secret.key")

    def visit_link(self, request_id: str | None) -> str:
        """As it is mailed to guests: to this visit of the patient's, or else to some other one."""
        signer, now = Signer.from_file(self.suite.home / "token-key.pem"), datetime.now(UTC)
        visit = UUID(request_id) if request_id else uuid4()
        return signer.guest_token(UUID(self.she.id), visit, until=now + timedelta(hours=1), now=now)

    def guest_link(self, email: str) -> str:
        """Of a guest who gave this address and opened the link: few others may wait for that at a time."""
        body = self.practice.body(next(self.slots)) | {"guest": {"name": "Anna", "email": email}}
        headers = {"Idempotency-Key": str(uuid4())}
        made = self.http.post("/v1/guests/requests", json=body, headers=headers)
        assert made.is_success, made.text
        visit, link = made.json()["request_id"], self.mails.token("visit", email)
        while jwt.decode(link, options={"verify_signature": False})["visit"] != visit:
            link = self.mails.token("visit", email)  # that was mailed about an earlier one
        verify = f"/v1/requests/{visit}/verify"
        verified = self.http.post(verify, headers={"Authorization": f"Bearer {link}"})
        assert verified.is_success, verified.text
        return link

    def link(self, kind: str) -> str:
        """A token nobody used: of a kind that mails have, of somebody."""
        if not self._links.get(kind):
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                self._links[kind] = list(pool.map(self._new_link(kind), range(_AT_ONCE)))
        return self._links[kind].pop()

    def dependent(self) -> dict[str, Any]:
        """The patient's only one: there may be so many, and no more."""
        for each in self.she.get("/v1/me/dependents")["dependents"]:
            self.she.delete(f"/v1/me/dependents/{each['dependent_id']}")
        body = {"name": "Luca", "relationship": "child"}
        made: dict[str, Any] = self.she.post("/v1/me/dependents", body, expect=201)
        return made

    def visit(self, *, confirmed: bool = False, begun: bool = False) -> dict[str, Any]:
        """A request of the patient, with their professional."""
        visit: dict[str, Any] = self.she.post(
            "/v1/requests", self.practice.body(next(self.slots)), expect=201
        )
        if confirmed or begun:
            visit = self.pro.post(f"/v1/requests/{visit['request_id']}/confirm", {"version": 1})
        if begun:
            self.suite.sql("requests", _A_YEAR_AGO, id=visit["request_id"])
        return visit

    def video_call(self) -> dict[str, Any]:
        """A video call of the patient that begins now, at the professional's own link."""
        visit = self.visit(confirmed=True)
        mine = self.pro.get("/v1/calendar", clinic_id=self.clinic_id)
        ids = ("professional_id", "practice_id", "outside")
        settings = {name: mine[name] for name in mine if name not in ids}
        path = f"/v1/calendar?clinic_id={self.clinic_id}"
        self.pro.put(path, settings | {"video_url": "https://video.example.org/her-room"})
        times = "starts_at = now(), ends_at = now() + interval '10 minutes'"
        held = "held = tstzrange(now(), now() + interval '10 minutes')"
        online = f"update requests set mode = 'video', {times}, {held} where id = :id"
        self.suite.sql("requests", online, id=visit["request_id"])
        return visit

    def feed(self, by: Person) -> str:
        """Return the token in a new link to the requests of a guest."""
        url: str = by.post("/v1/calendar-feed", None, expect=201)["url"]
        return url.rpartition("/")[2].removesuffix(".ics")

    def colleague(self) -> Person:
        """Staff of the clinic, until somebody ends it."""
        if not any(each["person_id"] == self._colleague.id for each in self.members()):
            people.join(self.mails, self.owner, self.clinic_id, self._colleague, "staff")
        return self._colleague

    def partner(self) -> Person:
        """One more professional of the clinic, until somebody ends it."""
        person = people.signed_in(self.http, "professional")
        people.join(self.mails, self.owner, self.clinic_id, person, "professional")
        return person

    def members(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.owner.get(f"/v1/clinics/{self.clinic_id}/members")["members"]
        return found

    @cached_property
    def _colleague(self) -> Person:
        return people.signed_in(self.http, "clinic")

    def _clinic(self, owner: str, **members: str) -> str:
        clinic_id: str = self[owner].post("/v1/clinics", {"name": f"Studio of {owner}"}, expect=201)[
            "clinic_id"
        ]
        for who, role in members.items():
            people.join(self.mails, self[owner], clinic_id, self[who], role)
        return clinic_id

    def _move_into_the_clinic(self) -> None:
        """The professional is seen at a place of the clinic: what happens there is the clinic's."""
        body, query = {"name": "Ward", "time_zone": "UTC"}, {"clinic_id": self.clinic_id}
        people.eventually(lambda: self.owner.send("POST", "/v1/locations", body, **query).is_success)
        [place] = self.owner.get(f"/v1/clinics/{self.clinic_id}/locations")["locations"]
        self.pro.put(f"/v1/locations/{self.own_location_id}/hours", {"version": 1, "weekly": []})
        hours = f"/v1/locations/{place['location_id']}/hours"
        body = {"version": 0, "weekly": people.all_day()}
        people.eventually(lambda: self.pro.send("PUT", hours, body).is_success)
        self.practice.location_id = place["location_id"]

    def _is_known_everywhere(self) -> bool:
        """True once requests knows the clinics, and accounts the request."""
        listing, patient = f"/v1/requests?professional_id={self.pro.id}", f"/v1/patients/{self.she.id}"
        asked = (
            ("staff", listing),
            ("owner", listing),
            ("left", listing),
            ("pro", patient),
            ("desk2", patient),
            ("desk3", listing),
        )
        codes = [self[who].send("GET", path).status_code for who, path in asked]
        return codes == [200, 200, 403, 200, 403, 200]

    def _new_link(self, kind: str) -> Callable[[int], str]:
        def invitation(_: int) -> str:
            person = people.signed_in(self.http, "professional")
            body = {"email": person.email, "role": "professional"}
            self.owner.post(f"/v1/clinics/{self.clinic_id}/invitations", body, expect=201)
            token = self.mails.token("invitation", person.email)
            self.invited[token] = person
            return token

        def of_somebody(_: int) -> str:
            person = people.Person(self.http, "Somebody", "patient")
            person.register()
            path = "/v1/password-resets" if kind == "reset" else "/v1/deletions"
            assert person.send("POST", path, {"email": person.email}).status_code == 204
            if kind == "reset":
                return self.mails.token("reset", person.email)
            token = self.mails.token("deletion", person.email)
            if kind == "keep":
                person.post("/v1/deletions/confirm", {"token": token})
                token = self.mails.token("keep", person.email)
            return token

        def registration(_: int) -> str:
            person = people.Person(self.http, "Somebody", "patient")
            begun(person)
            return self.mails.token("registration", person.email)

        def address(_: int) -> str:
            person = people.signed_in(self.http, "patient")
            change = self.change_of_address(person)
            person.post("/v1/me/email/confirm", change)
            return self.undo_link(change["change_id"])

        def factors(_: int) -> str:
            email = self.without_their_phone().email
            self["supp"].post("/v1/factor-removals", {"email": email}, expect=201)
            return self.mails.token("factors", email)

        kinds = {"invitation": invitation, "registration": registration}
        return (kinds | {"address": address, "factors": factors}).get(kind, of_somebody)

    def without_their_phone(self) -> Person:
        """Somebody who signs in with an authenticator app."""
        person = people.signed_in(self.http, "patient")
        code = pyotp.TOTP(person.post("/v1/me/totp", None)["secret"]).now()
        person.post("/v1/me/totp/confirm", {"code": code})
        return person


def begun(person: Person) -> dict[str, Any]:
    """They have registered, and the mail is on its way."""
    body = {"email": person.email, "password": person.password, "name": person.name, "role": person.role}
    answer: dict[str, Any] = person.post("/v1/accounts", body, expect=202)
    return answer


def _new_account(_: Scene, __: Person) -> Call:
    somebody = {"email": f"{uuid4()}@example.org", "password": uuid4().hex, "name": "Anna", "role": "patient"}
    return Call(body=somebody)


def _confirm_account(scene: Scene, _: Person) -> Call:
    registration_id = begun(Person(scene.http, "Somebody", "patient"))["registration_id"]
    return Call(body={"registration_id": registration_id, "code": scene.mail_code(registration_id)})


def _confirm_account_by_link(scene: Scene, _: Person) -> Call:
    return Call(body={"token": scene.link("registration"), "password": "four words, and more"})


def _profile(_: Scene, by: Person) -> Call:
    mine = by.get("/v1/me")
    language = "de" if mine["languages"] == ["it"] else "it"
    body = {"version": mine["version"], "name": mine["name"], "languages": [language]}
    return Call(body=body, look=lambda: by.get("/v1/me"))


def _new_dependent(_: Scene, __: Person) -> Call:
    return Call(body={"name": "Luca", "relationship": "child"})


def _change_dependent(scene: Scene, _: Person) -> Call:
    made = scene.dependent()
    return Call(
        path={"dependent_id": made["dependent_id"]},
        body={"version": made["version"], "name": "Lucia", "relationship": "child"},
        look=lambda: scene.she.get("/v1/me/dependents"),
    )


def _remove_dependent(scene: Scene, _: Person) -> Call:
    made = scene.dependent()
    return Call(path={"dependent_id": made["dependent_id"]}, look=lambda: scene.she.get("/v1/me/dependents"))


def _sign_in(scene: Scene, _: Person) -> Call:
    return Call(body={"email": scene.she.email, "password": scene.she.password, "role": "patient"})


def _refresh(_: Scene, by: Person) -> Call:
    return Call(body={"refresh_token": by.another_phone().session["refresh_token"]})


def _passkey_sign_in(scene: Scene, _: Person) -> Call:
    asked = scene.she.post("/v1/sessions/passkey/options", None)
    credential = scene.passkey.get(asked["options"])
    return Call(body={"challenge_id": asked["challenge_id"], "credential": credential, "role": "patient"})


def _sign_out_all(_: Scene, by: Person) -> Call:
    return Call(undo=lambda _: by.sign_in(role=by.role))


def _sign_out_one(scene: Scene, _: Person) -> Call:
    lost = scene.she.another_phone().session["session_id"]
    return Call(
        path={"session_id": lost},
        look=lambda: {each["session_id"] for each in scene.she.get("/v1/sessions")["sessions"]},
    )


def _password(_: Scene, by: Person) -> Call:
    return Call(body={"current": by.password, "password": by.password})


def _change_address(_: Scene, __: Person) -> Call:
    return Call(body={"email": f"{uuid4().hex}@new.example"})


def _confirm_address(scene: Scene, by: Person) -> Call:
    change = scene.change_of_address(by)

    def undo(answer: httpx.Response) -> None:
        if answer.is_success:
            by.post("/v1/me/email/confirm", scene.change_of_address(by, to=by.email))

    return Call(body=change, look=lambda: by.get("/v1/me")["email"], undo=undo)


def _forgotten(scene: Scene, _: Person) -> Call:
    return Call(body={"email": scene.she.email})


def _reset(scene: Scene, _: Person) -> Call:
    return Call(body={"token": scene.link("reset"), "password": uuid4().hex})


def _confirm_totp(_: Scene, by: Person) -> Call:
    def undo(answer: httpx.Response) -> None:
        if answer.is_success:
            by.send("POST", "/v1/me/totp/remove", {"code": answer.json()["codes"][0]})

    code = pyotp.TOTP(by.post("/v1/me/totp", None)["secret"]).now()
    return Call(body={"code": code}, look=lambda: by.get("/v1/me")["totp"], undo=undo)


def _remove_totp(_: Scene, by: Person) -> Call:
    def undo(answer: httpx.Response) -> None:
        if not answer.is_success:
            by.send("POST", "/v1/me/totp/remove", {"code": recovery[1]})

    code = pyotp.TOTP(by.post("/v1/me/totp", None)["secret"]).now()
    recovery = by.post("/v1/me/totp/confirm", {"code": code})["codes"]
    return Call(body={"code": recovery[0]}, look=lambda: by.get("/v1/me")["totp"], undo=undo)


def _new_passkey(_: Scene, by: Person) -> Call:
    return Call(body=new_passkey(by, Authenticator()), look=lambda: by.get("/v1/me/passkeys"))


def _remove_passkey(scene: Scene, _: Person) -> Call:
    made = scene.she.post("/v1/me/passkeys", new_passkey(scene.she, Authenticator()), expect=201)
    return Call(path={"passkey_id": made["passkey_id"]}, look=lambda: scene.she.get("/v1/me/passkeys"))


def new_passkey(by: Person, authenticator: Authenticator) -> dict[str, Any]:
    asked = by.post("/v1/me/passkeys/options", None)
    credential = authenticator.create(asked["options"])
    return {"challenge_id": asked["challenge_id"], "name": "Phone", "credential": credential}


def _listing(_: Scene, by: Person) -> Call:
    if by.role != "professional":
        return Call(body={"version": 1})
    mine = by.get("/v1/listing")
    body = {"version": mine["version"], "accepting_new_patients": not mine["accepting_new_patients"]}
    return Call(body=body, look=lambda: by.get("/v1/listing"))


def _new_clinic(_: Scene, by: Person) -> Call:
    return Call(body={"name": "One more"}, look=lambda: by.get("/v1/clinics") if by.role == "clinic" else 0)


def _change_clinic(scene: Scene, _: Person) -> Call:
    path = f"/v1/clinics/{scene.clinic_id}"
    version = scene.she.get(path)["version"]
    body = {"version": version, "name": f"Studio {next(scene.numbers)}"}
    return Call(path={"clinic_id": scene.clinic_id}, body=body, look=lambda: scene.she.get(path))


def _promote(scene: Scene, _: Person) -> Call:
    path = {"clinic_id": scene.clinic_id, "person_id": scene.colleague().id}

    def undo(_: httpx.Response) -> None:
        scene.owner.put(PATHS["member"].format(**path), {"role": "staff"})

    return Call(path=path, body={"role": "owner"}, look=scene.members, undo=undo)


def _end_membership(scene: Scene, _: Person) -> Call:
    return Call(path={"clinic_id": scene.clinic_id, "person_id": scene.colleague().id}, look=scene.members)


def _leave(scene: Scene, by: Person) -> Call:
    stand_ins = {scene["staff"].id: scene.colleague, scene.pro.id: scene.partner}
    going = stand_ins.get(by.id, lambda: by)()
    return Call(path={"clinic_id": scene.clinic_id, "person_id": going.id}, look=scene.members, by=going)


def _invite(scene: Scene, _: Person) -> Call:
    return Call(
        path={"clinic_id": scene.clinic_id}, body={"email": f"{uuid4()}@example.org", "role": "staff"}
    )


def _withdraw(scene: Scene, _: Person) -> Call:
    body = {"email": f"{uuid4()}@example.org", "role": "staff"}
    path = f"/v1/clinics/{scene.clinic_id}/invitations"
    sent = scene.owner.post(path, body, expect=201)
    return Call(
        path={"clinic_id": scene.clinic_id, "invitation_id": sent["invitation_id"]},
        look=lambda: scene.owner.get(f"{path}?open_only=true"),
    )


def _accept(scene: Scene, by: Person) -> Call:
    """An earlier invitation to the professional: another person is invited now in their place."""
    token = scene.link("invitation")
    return Call(body={"token": token}, by=scene.invited[token] if by is scene.pro else None)


def _new_location(_: Scene, __: Person) -> Call:
    return Call(body={"name": "Studio", "time_zone": "Europe/Rome"})


def _new_location_of_clinic(scene: Scene, by: Person) -> Call:
    path = f"/v1/clinics/{scene.clinic_id}/locations"
    body = _new_location(scene, by).body
    return Call(query={"clinic_id": scene.clinic_id}, body=body, look=lambda: scene.she.get(path))


def _change_location(find: Callable[[Scene], str]) -> Callable[[Scene, Person], Call]:
    def made(scene: Scene, _: Person) -> Call:
        path = f"/v1/professionals/{scene.pro.id}/locations"
        listed = scene.she.get(path)["locations"]
        [now] = [each for each in listed if each["location_id"] == find(scene)]
        body = {"version": now["version"], "name": f"Studio {next(scene.numbers)}"}
        return Call(path={"location_id": now["location_id"]}, body=body, look=lambda: scene.she.get(path))

    return made


def _hours(scene: Scene, _: Person) -> Call:
    path = f"/v1/professionals/{scene.pro.id}/hours"
    listed = scene.she.get(path)["hours"]
    [now] = [each for each in listed if each["location_id"] == scene.practice.location_id]
    closes = "23:50" if now["weekly"][0]["closes"] == "23:55:00" else "23:55"
    return Call(
        path={"location_id": scene.practice.location_id},
        query={"professional_id": scene.pro.id},
        body={"version": now["version"], "weekly": people.all_day(closes)},
        look=lambda: scene.she.get(path),
    )


def _my_hours(scene: Scene, by: Person) -> Call:
    call = _hours(scene, by)
    call.query, call.look = {}, None
    return call


def _of_pro(scene: Scene, _: Person) -> Call:
    return Call(query={"professional_id": scene.pro.id})


def _of_pro_at_clinic(scene: Scene, _: Person) -> Call:
    return Call(query={"professional_id": scene.pro.id, "clinic_id": scene.clinic_id})


def _new_exception(scene: Scene, by: Person) -> Call:
    call = _of_pro(scene, by)
    day = f"2027-12-{next(scene.numbers) % 28 + 1:02}"
    call.body = {"kind": "closed", "first_day": day, "last_day": day, "clinic_id": scene.clinic_id}
    call.look = lambda: scene.pro.get("/v1/exceptions")
    return call


def _remove_exception(scene: Scene, by: Person) -> Call:
    made = scene.pro.post("/v1/exceptions", _new_exception(scene, by).body, expect=201)
    call = _of_pro(scene, by)
    call.path = {"exception_id": made["exception_id"]}
    call.look = lambda: scene.pro.get("/v1/exceptions")
    return call


def _calendar(scene: Scene, by: Person) -> Call:
    path, at = f"/v1/professionals/{scene.pro.id}/calendar", {"clinic_id": scene.clinic_id}
    now = scene.she.get(path, **at)
    call = _of_pro_at_clinic(scene, by)
    call.body = {"version": now["version"], "horizon_days": 365 - now["version"] % 2}
    call.look = lambda: scene.she.get(path, **at)
    return call


def _policy(_: Scene, by: Person) -> Call:
    now = by.get(f"/v1/practices/{by.id}/policy")
    return Call(
        body={"version": now["version"], "joiners": now["version"] % 5},
    )


def _policy_of_clinic(scene: Scene, _: Person) -> Call:
    path = f"/v1/practices/{scene.clinic_id}/policy"
    now = scene.she.get(path)
    body = {"version": now["version"], "joiners": now["version"] % 5}
    return Call(query={"clinic_id": scene.clinic_id}, body=body, look=lambda: scene.she.get(path))


def _new_service(scene: Scene, _: Person) -> Call:
    path = f"/v1/professionals/{scene.pro.id}/services"
    body = {"name": "Another", "minutes": 30}
    query = {"professional_id": scene.pro.id, "clinic_id": scene.clinic_id}
    return Call(query=query, body=body, look=lambda: scene.she.get(path))


def _change_service(scene: Scene, by: Person) -> Call:
    """One that is made for it, and offered no longer afterwards."""
    path, body = f"/v1/services?clinic_id={scene.clinic_id}", {"name": "Another", "minutes": 30}
    made = scene.pro.post(path, body, expect=201)
    call = _of_pro(scene, by)
    call.path = {"service_id": made["service_id"]}
    call.body = {"version": 1, "name": "Another", "minutes": 30, "offered": False}
    call.look = lambda: scene.she.get(f"/v1/professionals/{scene.pro.id}/services")
    return call


def _slots(scene: Scene, _: Person) -> Call:
    query = {"service_id": scene.practice.service["service_id"], "from": people.SOON, "days": 1}
    return Call(path={"professional_id": scene.pro.id}, query=query)


def _practice_slots(scene: Scene, _: Person) -> Call:
    query = {"service_id": scene.practice.service["service_id"], "from": people.SOON, "days": 1}
    return Call(query=query | {"professional_id": scene.pro.id})


def _clinic_slots(scene: Scene, _: Person) -> Call:
    return Call(path={"clinic_id": scene.clinic_id}, query={"from": people.SOON})


def _submit(scene: Scene, _: Person) -> Call:
    return Call(body=scene.practice.body(next(scene.slots)))


def _submit_for_her(scene: Scene, by: Person) -> Call:
    call = _submit(scene, by)
    call.body |= {"patient_id": scene.she.id}
    return call


def _batch(scene: Scene, _: Person) -> Call:
    visit = scene.visit()
    decision = {"request_id": visit["request_id"], "version": 1, "decision": "confirm"}
    return Call(
        body={"decisions": [decision]}, look=lambda: scene.she.get(f"/v1/requests/{visit['request_id']}")
    )


def _elsewhere(**how: bool) -> Callable[[Scene, Person], Call]:
    """To another time that is free."""

    def made(scene: Scene, by: Person) -> Call:
        call = _decision(**how)(scene, by)
        call.body |= {"starts_at": next(scene.slots)}
        return call

    return made


def _undo(scene: Scene, by: Person) -> Call:
    call = _decision(begun=True)(scene, by)
    done = scene.pro.post(f"/v1/requests/{call.path['request_id']}/complete", call.body)
    call.body = {"version": done["version"]}
    return call


def _on_proposal(scene: Scene, _: Person) -> Call:
    """The professional has proposed another time."""
    visit = scene.visit(confirmed=True)
    path = f"/v1/requests/{visit['request_id']}"
    wanted = {"version": visit["version"], "starts_at": next(scene.slots)}
    proposed = scene.pro.post(f"{path}/proposals", wanted)
    return Call(
        path={
            "request_id": visit["request_id"],
            "proposal_id": proposed["proposal"]["proposal_id"],
        },
        body={"version": proposed["version"]},
        look=lambda: scene.she.get(path),
    )


def _ask(scene: Scene, by: Person) -> Call:
    call = _decision()(scene, by)
    call.body |= {"question": "Since when?"}
    return call


def _on_question(scene: Scene, by: Person) -> Call:
    call = _ask(scene, by)
    asked = scene.pro.post(f"/v1/requests/{call.path['request_id']}/questions", call.body)
    call.path |= {"follow_up_id": asked["follow_ups"][0]["follow_up_id"]}
    call.body = {"version": asked["version"], "answer": "Since Monday."}
    return call


def _one_visit(scene: Scene, _: Person) -> Call:
    return Call(path={"request_id": scene.visit()["request_id"]})


def _decision(**how: bool) -> Callable[[Scene, Person], Call]:
    def made(scene: Scene, _: Person) -> Call:
        visit = scene.visit(**how)
        path = {"request_id": visit["request_id"]}
        return Call(
            path=path,
            body={"version": visit["version"]},
            look=lambda: scene.she.get(f"/v1/requests/{visit['request_id']}"),
        )

    return made


def _video_call(scene: Scene, _: Person) -> Call:
    return Call(path={"request_id": scene.video_call()["request_id"]})


def _ask_as_guest(scene: Scene, _: Person) -> Call:
    guest = {"name": "Anna", "email": f"{uuid4()}@example.org"}
    return Call(body=scene.practice.body(next(scene.slots)) | {"guest": guest})


def _forget_guest(scene: Scene, _: Person) -> Call:
    link = scene.guest_link(f"{uuid4()}@example.org")
    visit = jwt.decode(link, options={"verify_signature": False})["visit"]
    return Call(path={"request_id": visit}, link=link)


def _close_feed(scene: Scene, by: Person) -> Call:
    """The effect of the link changes with it."""
    if by.role not in ("patient", "professional"):
        return Call()
    token = scene.feed(by)
    return Call(look=lambda: scene.http.get(f"/calendar/{token}.ics").status_code)


def _ticket(_: Scene, by: Person) -> Call:
    return Call(body=TICKET | {"description": "The list stays empty.", "email": by.email})


def _answer(scene: Scene, _: Person) -> Call:
    sent = scene.she.post("/v1/tickets", TICKET | {"description": "The list stays empty."}, expect=201)
    return Call(
        path={"ticket_id": sent["ticket_id"]},
        body={"version": sent["version"], "text": "Look again, please."},
        look=lambda: scene.she.get("/v1/me/tickets"),
    )


def _lost_factor(scene: Scene, by: Person) -> Call:
    person = scene.without_their_phone() if by.role == "support" else scene.she
    return Call(body={"email": person.email}, look=lambda: scene["supp"].get("/v1/factor-removals"))


def _linked(kind: str) -> Callable[[Scene, Person], Call]:
    return lambda scene, _: Call(body={"token": scene.link(kind)})


def _at(**path: Callable[[Scene], str]) -> Callable[[Scene, Person], Call]:
    return lambda scene, _: Call(path={name: find(scene) for name, find in path.items()})


def _nothing(_: Scene, __: Person) -> Call:
    return Call()


def _her_professional(scene: Scene) -> str:
    return scene.pro.id


def _her_clinic(scene: Scene) -> str:
    return scene.clinic_id


def _she(scene: Scene) -> str:
    return scene.she.id


PATHS = {"member": "/v1/clinics/{clinic_id}/members/{person_id}"}
CALLS: dict[str, Callable[[Scene, Person], Call]] = {
    "POST /v1/accounts": _new_account,
    "POST /v1/accounts/confirm": _confirm_account,
    "POST /v1/accounts/confirm-by-link": _confirm_account_by_link,
    "PUT /v1/me": _profile,
    "POST /v1/me/roles": lambda _, __: Call(body={"role": "patient"}),
    "POST /v1/me/dependents": _new_dependent,
    "PUT /v1/me/dependents/{dependent_id}": _change_dependent,
    "DELETE /v1/me/dependents/{dependent_id}": _remove_dependent,
    "POST /v1/sessions": _sign_in,
    "POST /v1/sessions/refresh": _refresh,
    "POST /v1/sessions/passkey": _passkey_sign_in,
    "DELETE /v1/sessions": _sign_out_all,
    "DELETE /v1/sessions/{session_id}": _sign_out_one,
    "POST /v1/me/password": _password,
    "POST /v1/me/proof": lambda _, by: Call(body={"password": by.password}),
    "POST /v1/me/email": _change_address,
    "POST /v1/me/email/confirm": _confirm_address,
    "POST /v1/email-changes/undo": _linked("address"),
    "POST /v1/password-resets": _forgotten,
    "POST /v1/password-resets/confirm": _reset,
    "POST /v1/links/look": _linked("reset"),
    "POST /v1/me/totp/confirm": _confirm_totp,
    "POST /v1/me/totp/remove": _remove_totp,
    "POST /v1/me/passkeys": _new_passkey,
    "DELETE /v1/me/passkeys/{passkey_id}": _remove_passkey,
    "GET /v1/patients/{patient_id}": _at(patient_id=_she),
    "POST /v1/patients/{patient_id}/password-reset": _at(patient_id=_she),
    "GET /v1/professionals/{professional_id}": _at(professional_id=_her_professional),
    "PUT /v1/listing": _listing,
    "POST /v1/clinics": _new_clinic,
    "GET /v1/clinics/{clinic_id}": _at(clinic_id=_her_clinic),
    "PUT /v1/clinics/{clinic_id}": _change_clinic,
    "GET /v1/clinics/{clinic_id}/members": _at(clinic_id=_her_clinic),
    "PUT /v1/clinics/{clinic_id}/members/{person_id}": _promote,
    "DELETE /v1/clinics/{clinic_id}/members/{person_id}": _end_membership,
    "DELETE /v1/clinics/{clinic_id}/members/{person_id}*": _leave,
    "GET /v1/clinics/{clinic_id}/invitations": _at(clinic_id=_her_clinic),
    "DELETE /v1/clinics/{clinic_id}/invitations/{invitation_id}": _withdraw,
    "POST /v1/clinics/{clinic_id}/invitations": _invite,
    "POST /v1/invitations/accept": _accept,
    "POST /v1/locations": _new_location,
    "POST /v1/locations*": _new_location_of_clinic,
    "PUT /v1/locations/{location_id}": _change_location(lambda scene: scene.own_location_id),
    "PUT /v1/locations/{location_id}*": _change_location(lambda scene: scene.practice.location_id),
    "GET /v1/professionals/{professional_id}/locations": _at(professional_id=_her_professional),
    "GET /v1/clinics/{clinic_id}/locations": _at(clinic_id=_her_clinic),
    "PUT /v1/locations/{location_id}/hours": _hours,
    "PUT /v1/locations/{location_id}/hours*": _my_hours,
    "POST /v1/exceptions": _new_exception,
    "GET /v1/exceptions": _of_pro,
    "DELETE /v1/exceptions/{exception_id}": _remove_exception,
    "PUT /v1/calendar": _calendar,
    "PUT /v1/policy": _policy,
    "PUT /v1/policy*": _policy_of_clinic,
    "GET /v1/practices/{practice_id}/policy": _at(practice_id=_her_professional),
    "POST /v1/services": _new_service,
    "PUT /v1/services/{service_id}": _change_service,
    "GET /v1/professionals/{professional_id}/hours": _at(professional_id=_her_professional),
    "GET /v1/professionals/{professional_id}/calendar": _at(professional_id=_her_professional),
    "GET /v1/professionals/{professional_id}/services": _at(professional_id=_her_professional),
    "GET /v1/professionals/{professional_id}/slots": _slots,
    "GET /v1/clinics/{clinic_id}/slots": _clinic_slots,
    "GET /v1/slots": _practice_slots,
    "POST /v1/requests": _submit,
    "POST /v1/requests*": _submit_for_her,
    "GET /v1/requests*": _of_pro,
    "GET /v1/requests**": lambda scene, _: Call(query={"clinic_id": scene.clinic_id}),
    "GET /v1/requests/sync*": _of_pro,
    "POST /v1/requests/decisions": _batch,
    "GET /v1/requests/{request_id}": _one_visit,
    "POST /v1/requests/{request_id}/confirm": _decision(),
    "POST /v1/requests/{request_id}/decline": _decision(),
    "POST /v1/requests/{request_id}/cancel": _decision(),
    "POST /v1/requests/{request_id}/reschedule": _elsewhere(confirmed=True),
    "POST /v1/requests/{request_id}/complete": _decision(begun=True),
    "POST /v1/requests/{request_id}/undo": _undo,
    "POST /v1/requests/{request_id}/proposals": _elsewhere(),
    "POST /v1/requests/{request_id}/proposals/{proposal_id}/accept": _on_proposal,
    "POST /v1/requests/{request_id}/proposals/{proposal_id}/decline": _on_proposal,
    "POST /v1/requests/{request_id}/proposals/{proposal_id}/withdraw": _on_proposal,
    "POST /v1/requests/{request_id}/questions": _ask,
    "POST /v1/requests/{request_id}/questions/{follow_up_id}/answer": _on_question,
    "POST /v1/requests/{request_id}/verify": _one_visit,
    "DELETE /v1/requests/{request_id}/guest": _forget_guest,
    "POST /v1/guests/requests": _ask_as_guest,
    "POST /v1/guests/links": _forgotten,
    "POST /v1/me/guest-visits": lambda scene, _: Call(body={"token": scene.guest_link(scene.she.email)}),
    "GET /v1/calendar": _of_pro_at_clinic,
    "GET /v1/requests/{request_id}/calendar.ics": _one_visit,
    "DELETE /v1/calendar-feed": _close_feed,
    "GET /calendar/{token}.ics": _at(token=lambda scene: scene.feed(scene.she)),
    "GET /v1/requests/{request_id}/video": _video_call,
    "POST /v1/deletions": _forgotten,
    "POST /v1/deletions/confirm": _linked("deletion"),
    "POST /v1/deletions/cancel": _linked("keep"),
    "POST /v1/factor-removals": _lost_factor,
    "POST /v1/factor-removals/stop": _linked("factors"),
    "POST /v1/tickets": _ticket,
    "POST /v1/tickets/{ticket_id}/answer": _answer,
    "GET /v1/pages/{slug}": _at(slug=lambda _: "privacy"),
    "GET /problems/{code}": _at(code=lambda _: "slot_taken"),
}
"""The way each row of the table is sent; one that needs only its path is left out."""
OF_NEWCOMER: dict[str, Callable[[Scene, str, Person], Call]] = {
    "POST /v1/sessions": lambda scene, _, __: Call(
        body={"email": scene.newcomer.email, "password": scene.newcomer.password}
    ),
    "POST /v1/password-resets": lambda scene, _, __: Call(body={"email": scene.newcomer.email}),
    "POST /v1/deletions": lambda scene, _, __: Call(body={"email": scene.newcomer.email}),
    "POST /v1/guests/links": lambda scene, _, __: Call(body={"email": scene.newcomer.email}),
}
"""The bodies that a person with an unproved address sends about themselves."""


def call(scene: Scene, row: str, by: Person) -> Call:
    """A fresh call of `row`, made for `by`."""
    return CALLS.get(row, _nothing)(scene, by)
