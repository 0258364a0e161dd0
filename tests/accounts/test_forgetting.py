"""Nothing that an erased person wrote, or others wrote to them, is found afterwards."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.accounts.handlers import (
    deletion,
    dependents,
    directory,
    invitations,
    password_changes,
    profiles,
    second_factors,
    tickets,
)
from services.accounts.store import tables
from shared.contracts.accounts.clinics import Invite
from shared.contracts.accounts.deletion import AskDeletion, ReopenAccount
from shared.contracts.accounts.directory import PublishDirectoryEntry
from shared.contracts.accounts.factors import AddPasskey, StartPasskey
from shared.contracts.accounts.people import AccountView, AddDependent, AddRole, ChangeProfile
from shared.contracts.accounts.recovery import AskReset
from shared.contracts.accounts.tickets import AnswerTicket, OpenTicket
from shared.settings import Settings
from tests.accounts.authenticator import Authenticator
from tests.accounts.steps import NOW, House

EMAIL = "Canary.Mail@canary-domain.example"
CANARIES = [f"canary{each}" for each in "abcdefghijklmnopqrst"]
PHONES = ["+3906990001", "+3906990002", "+3906990003", "+3906990004", "+3906990005"]
DEGREES = ["41.123987", "12.987123", "45.456321", "9.321654"]
NAME, PHOTO, CHILD, DEVICE, PASSKEY, LISTED_AT, STREET, CLINIC, CLINIC_MAIL, CLINIC_STREET = CANARIES[:10]
BY_APP, BY_FORM, BY_OTHER, ANSWER, APP_VERSION, OTHER_MAIL, INVITED, WAITING = CANARIES[10:18]
PLANTED = [*CANARIES[:18], *PHONES, *DEGREES, "canary.mail@canary-domain", "zu-Cana-ZZ", "1931-07-23", "tlh"]


def place(street: str, latitude: str, longitude: str) -> dict[str, Any]:
    return {"latitude": float(latitude), "longitude": float(longitude), "address": street}


def open_ticket(house: House, person_id: UUID | None, email: str | None, text: str) -> None:
    command = OpenTicket(
        ticket_id=uuid4(),
        person_id=person_id,
        email=email,
        topic="account",
        role="patient",
        device_type="iphone",
        app_version=APP_VERSION,
        description=text,
        origin="192.0.2.1",
    )
    view = tickets.open_ticket(house.unit, command, tools=house.tools, now=NOW)
    answer = AnswerTicket(ticket_id=view.ticket_id, by=uuid4(), version=1, text=f"{ANSWER} to {text}")
    tickets.answer(house.unit, answer, now=NOW)


def invite(house: House, clinic_id: UUID, by: AccountView, email: str) -> None:
    fields = {
        "invitation_id": uuid4(),
        "clinic_id": clinic_id,
        "by": by.account_id,
        "session_id": house.at_hand(by.account_id),
    }
    command = Invite(email=email, role="staff", **fields)
    invitations.invite(house.unit, command, tools=house.tools, now=NOW)


def plant_profile(house: House, me: AccountView) -> None:
    for role in ("professional", "clinic"):
        profiles.add_role(
            house.unit,
            AddRole(person_id=me.account_id, session_id=house.at_hand(me.account_id), role=role),
            now=NOW,
        )
    profile = {"name": NAME, "phone": PHONES[0], "languages": ["tlh"], "time_zone": "Europe/Rome"}
    more = {"account_id": me.account_id, "version": 5, "locale": "zu-Cana-ZZ"}
    photo = {"photo_url": f"https://example.org/{PHOTO}"}
    profiles.change_profile(house.unit, ChangeProfile.model_validate(profile | more | photo))
    born = {"relationship": "child", "born_on": date(1931, 7, 23)}
    child = AddDependent(dependent_id=uuid4(), person_id=me.account_id, name=CHILD, **born)
    dependents.add(house.unit, child)
    listing = {
        "professional_id": me.account_id,
        "version": 1,
        "listed": True,
        "specialties": ["nursing"],
        "accepting_new_patients": True,
        "contact": {"phone": PHONES[1], "email": f"{LISTED_AT}@example.org", "text": PHONES[2]},
        "place": place(STREET, *DEGREES[:2]),
    }
    directory.publish(house.unit, PublishDirectoryEntry.model_validate(listing))


def plant_devices(house: House, me: AccountView) -> None:
    for email in (EMAIL, EMAIL.lower()):
        house.sign_in(email=email, role="patient", device={"name": DEVICE})
    start = StartPasskey(person_id=me.account_id, session_id=house.at_hand(me.account_id))
    offer = second_factors.start_passkey(house.unit, start, challenge_id=uuid4(), tools=house.tools, now=NOW)
    add = AddPasskey(
        person_id=me.account_id,
        session_id=house.at_hand(me.account_id),
        challenge_id=offer.challenge_id,
        name=PASSKEY,
        credential=Authenticator().create(offer.options),
    )
    second_factors.add_passkey(house.unit, add, tools=house.tools, now=NOW)


def plant_clinic(house: House, me: AccountView) -> None:
    contact = {"phone": PHONES[3], "email": f"{CLINIC_MAIL}@example.org", "text": PHONES[4]}
    at = house.clinic(me, CLINIC, contact=contact, place=place(CLINIC_STREET, *DEGREES[2:]))
    invite(house, at.clinic_id, me, f"{INVITED}@example.org")


def test_nothing_of_an_erased_person_is_left(house: House, settings: Settings) -> None:
    soon = settings.model_copy(update={"deletion_grace": timedelta(hours=1)})  # mails wait for longer
    house = house.with_tools(settings=soon)
    other = house.register("Other Owner", "clinic")
    elsewhere = house.clinic(other, "Another")
    me = house.register("Anna Conti", email=EMAIL)
    _, token = house.close(me.account_id)  # a first time, so that there are links of every kind
    deletion.reopen(house.unit, ReopenAccount(token=token), tools=house.tools, now=NOW)
    plant_profile(house, me)
    plant_devices(house, me)
    plant_clinic(house, me)
    invite(house, elsewhere.clinic_id, other, EMAIL)
    open_ticket(house, me.account_id, None, BY_APP)
    open_ticket(house, None, EMAIL, BY_FORM)
    open_ticket(house, me.account_id, f"{OTHER_MAIL}@example.org", BY_OTHER)
    password_changes.ask_reset(house.unit, AskReset(email=EMAIL, origin="192.0.2.1"), tools=house.tools)
    deletion.ask(house.unit, AskDeletion(email=EMAIL, origin="192.0.2.1"), tools=house.tools)
    planted = house.everything()
    assert [word for word in PLANTED if word not in planted] == [WAITING]
    view, _ = house.close(me.account_id)
    open_ticket(house, None, EMAIL, WAITING)
    open_ticket(house, me.account_id, f"{OTHER_MAIL}@example.org", WAITING)
    invite(house, elsewhere.clinic_id, other, EMAIL)
    password_changes.ask_reset(house.unit, AskReset(email=EMAIL, origin="192.0.2.1"), tools=house.tools)
    assert WAITING in house.everything()
    assert sorted(row["kind"] for row in house.rows(tables.mails)) == ["answer", "answer", "invitation"]
    assert deletion.erase_due(house.unit, new_uuid=uuid4, now=view.erases_at) == 1
    assert [row["kind"] for row in house.rows(tables.mails)] == ["erased"]
    [last] = house.mails(now=view.erases_at)
    assert (last["To"], last["Subject"]) == (EMAIL.lower(), "Your account is erased")
    kept = house.everything().lower()
    assert [word for word in PLANTED if word.lower() in kept] == []
    assert "other.owner@example.org" in kept
