"""Guests: written to by mail alone, known to the practice they asked, and part of an account later."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest

from services.accounts.domain import care
from services.accounts.domain.guest import LINK_LASTS_AFTER_END, RETAINED_FOR, UNVERIFIED_LASTS
from services.accounts.handlers import deletion, guests, profiles, request_events
from services.accounts.store import tables
from shared.contracts.accounts.deletion import AskDeletion
from shared.contracts.accounts.guests import (
    GUEST_AUDIENCE,
    AskGuestLinks,
    CheckGuestLink,
    ForgetGuest,
    JoinGuest,
    RegisterGuest,
    RemoveRefusedGuest,
)
from shared.contracts.accounts.people import GetPerson, ListAccessLog
from shared.contracts.requests import moves
from shared.contracts.requests.moves import (
    FollowUpAsked,
    GuestAsked,
    ProposalMade,
    RequestCancelled,
    RequestConfirmed,
    RequestDeclined,
    RequestExpired,
    RequestMoved,
    RequestRescheduled,
    RequestSubmitted,
)
from shared.settings import Settings
from tests.accounts.steps import NOW, House, outcome, refused, token_in

GUEST, REQUEST = UUID(int=70), UUID(int=71)
EMAIL = "anna.conti@example.org"
ENDS = NOW + timedelta(days=3, minutes=30)


@pytest.fixture
def professional(house: House) -> UUID:
    return house.register("Carla Rossi", "professional").account_id


def welcomed(house: House, guest_id: UUID = GUEST, **changes: Any) -> UUID:
    """The key that this guest's requests are counted by."""
    fields = {"guest_id": guest_id, "email": EMAIL, "name": "Anna Conti", "phone": "+390669820001"}
    command = RegisterGuest(**fields | {"origin": "192.0.2.1"} | changes)
    return guests.register(house.unit, command, tools=house.tools, now=NOW).counts_as


def told(house: House, kind: Any, professional: UUID, **changes: Any) -> Any:
    fields = {
        "occurred_at": NOW,
        "version": 1,
        "request_id": REQUEST,
        "patient_id": GUEST,
        "professional_id": professional,
        "service_id": uuid4(),
        "starts_at": ENDS - timedelta(minutes=30),
        "ends_at": ENDS,
        "by": "professional",
        "proposal_id": uuid4(),
        "follow_up_id": uuid4(),
        "expires_at": NOW + timedelta(minutes=30),
        "old_starts_at": NOW,
        "old_ends_at": NOW + timedelta(minutes=30),
        "proposed_at": NOW + timedelta(days=1),
        "state": "declined",
    }
    event = kind(**fields | changes)
    request_events.note_visit(house.unit, event, now=NOW)
    return event


def looked_up(house: House, by: UUID, person_id: UUID = GUEST) -> Any:
    return profiles.get_person(
        house.unit, GetPerson(person_id=person_id, by=by, role="professional"), now=NOW
    )


def joined(house: House, person_id: UUID, guest_id: UUID = GUEST) -> None:
    guests.join(house.unit, JoinGuest(guest_id=guest_id, person_id=person_id), now=NOW)


def test_her_link_comes_once_she_has_asked_and_opens_that_visit_alone(
    house: House, professional: UUID
) -> None:
    welcomed(house)
    assert house.mails() == []
    told(house, GuestAsked, professional, by="patient")
    [mail] = house.mails()
    assert (mail["To"], mail["Subject"]) == (EMAIL, "Confirm your request for a visit")
    claims = jwt.decode(
        token_in(mail, "visit"),
        house.tools.signer.key.public_key(),
        algorithms=["EdDSA"],
        audience=GUEST_AUDIENCE,
        options={"verify_exp": False, "verify_iat": False},
    )
    assert (claims["sub"], claims["visit"]) == (str(GUEST), str(REQUEST))
    assert claims["exp"] == (ENDS + LINK_LASTS_AFTER_END).timestamp()


def test_the_same_news_told_twice_is_mailed_once(house: House, professional: UUID) -> None:
    welcomed(house)
    event = told(house, GuestAsked, professional, by="patient")
    request_events.note_visit(house.unit, event, now=NOW)
    assert len(house.mails()) == 1


@pytest.mark.parametrize(
    "kind",
    [
        RequestConfirmed,
        RequestDeclined,
        RequestCancelled,
        RequestRescheduled,
        RequestExpired,
        ProposalMade,
        FollowUpAsked,
    ],
)
def test_news_is_mailed_and_what_she_did_herself_is_none(house: House, professional: UUID, kind: Any) -> None:
    welcomed(house)
    told(house, RequestSubmitted, professional, by="patient", version=2)
    assert house.mails() == []
    told(house, kind, professional, by="patient", version=3)
    assert house.mails() == []
    told(house, kind, professional, by="professional", version=4)
    [mail] = house.mails()
    assert mail["Subject"] == "News about your visit"
    assert token_in(mail, "visit")


def test_every_move_of_a_request_is_understood(house: House, professional: UUID) -> None:
    """A move without a status of its own leaves the visit as it was."""
    welcomed(house)
    status = ""
    for version, kind in enumerate([GuestAsked, *RequestMoved.__args__], start=1):
        told(house, kind, professional, version=version)
        status = care.STATUS_AFTER.get(kind, status)
        assert [row["status"] for row in house.rows(tables.care)] == [status], kind


@pytest.mark.parametrize("late", [True, False])
def test_the_link_outlasts_a_visit_that_was_moved(house: House, professional: UUID, late: bool) -> None:
    """In whatever order that is told."""
    welcomed(house)
    moved = {"starts_at": ENDS + timedelta(days=90), "ends_at": ENDS + timedelta(days=90, minutes=30)}
    told(house, RequestSubmitted, professional, by="patient", version=2)
    if late:
        told(house, RequestConfirmed, professional, version=3)
        told(house, RequestRescheduled, professional, version=4, **moved)
    else:
        told(house, RequestRescheduled, professional, version=4, **moved)
        told(house, RequestConfirmed, professional, version=3)
    assert [row["status"] for row in house.rows(tables.care)] == ["confirmed"]
    for mail in house.mails():
        claims = jwt.decode(token_in(mail, "visit"), options={"verify_signature": False})
        assert claims["exp"] == (moved["ends_at"] + LINK_LASTS_AFTER_END).timestamp()


def test_a_completion_that_was_taken_back_is_a_confirmed_visit_again(
    house: House, professional: UUID
) -> None:
    welcomed(house)
    told(house, moves.RequestCompleted, professional, version=3)
    told(house, moves.CompletionUndone, professional, version=4)
    assert [row["status"] for row in house.rows(tables.care)] == ["confirmed"]


@pytest.mark.parametrize("first", [RequestSubmitted, RequestConfirmed])
def test_what_is_booked_at_once_is_confirmed_in_whatever_order_it_is_told(
    house: House, professional: UUID, first: Any
) -> None:
    welcomed(house)
    [second] = {RequestSubmitted, RequestConfirmed} - {first}
    for kind in (first, second):
        told(house, kind, professional)
    assert [row["status"] for row in house.rows(tables.care)] == ["confirmed"]


def test_the_practice_looks_her_up_once_she_has_verified_it(house: House, professional: UUID) -> None:
    welcomed(house)
    told(house, GuestAsked, professional, by="patient")
    assert refused(lambda: looked_up(house, professional)).code == "not_yours"
    told(house, RequestSubmitted, professional, by="patient", version=2)
    seen = looked_up(house, professional)
    assert (seen.name, seen.email, seen.phone) == ("Anna Conti", EMAIL, "+390669820001")
    stranger = house.register("Nina Neri", "professional")
    assert refused(lambda: looked_up(house, stranger.account_id)).code == "not_yours"


def test_a_guest_is_welcomed_once_and_nobody_else_in_her_name(house: House) -> None:
    welcomed(house)
    welcomed(house, email="  Anna.Conti@example.org ".strip())
    assert refused(lambda: welcomed(house, name="Somebody Else")).code == "idempotency_key_reused"
    assert len(house.rows(tables.guests)) == 1


def strict(house: House) -> House:
    settings = house.tools.settings.model_copy(update={"guest_rate": "2/hour"})
    return house.with_tools(settings=settings)


def test_asking_is_limited_for_an_address(house: House) -> None:
    for number in range(2):
        for _ in range(3):  # sent again it does not count again
            welcomed(strict(house), UUID(int=80 + number), origin=f"192.0.2.{number}")
    code = outcome(lambda: welcomed(strict(house), UUID(int=90), origin="192.0.2.9"))
    assert code == "too_many_attempts"
    desk = uuid4()
    for number in range(5):
        welcomed(strict(house), UUID(int=100 + number), origin="192.0.2.9", by=desk)


def test_ten_times_as_many_ask_from_one_network(house: House) -> None:
    codes = [
        outcome(lambda n=n: welcomed(strict(house), UUID(int=n), email=f"guest{n}@example.org"))  # type: ignore[misc]
        for n in range(100, 121)
    ]
    assert codes == [*[None] * 20, "too_many_attempts"]


def test_twelve_guests_in_an_hour_from_one_network_are_welcome(house: House) -> None:
    shipped = house.with_tools(settings=Settings(home=house.home))
    for number in range(12):
        welcomed(shipped, UUID(int=100 + number), email=f"guest{number}@example.org")
    assert house.count(tables.guests) == 12


def turned_away(house: House, guest_id: UUID = GUEST, **changes: Any) -> None:
    command = RemoveRefusedGuest(**{"guest_id": guest_id, "email": EMAIL, "origin": "192.0.2.1", **changes})
    guests.remove_refused(house.unit, command, tools=house.tools)


def test_a_guest_whose_request_was_refused_leaves_nothing_and_counts_apart(house: House) -> None:
    for number in range(6):
        welcomed(strict(house), UUID(int=80 + number))
        for _ in range(2):
            turned_away(strict(house), UUID(int=80 + number))
    assert house.rows(tables.guests) == house.events() == []
    assert outcome(lambda: welcomed(strict(house), UUID(int=90))) == "too_many_attempts"
    other = {"email": "bea.bo@example.org"}
    for number in range(2):
        welcomed(strict(house), UUID(int=91 + number), **other)
    assert outcome(lambda: welcomed(strict(house), UUID(int=93), **other)) == "too_many_attempts"


def test_a_refusal_for_a_practice_gives_its_count_back(house: House) -> None:
    settings = house.tools.settings.model_copy(update={"registration_rate": "1/hour"})
    desk, strict_desk = uuid4(), house.with_tools(settings=settings)
    for number in range(3):
        welcomed(strict_desk, UUID(int=80 + number), by=desk)
        turned_away(strict_desk, UUID(int=80 + number), by=desk)
    assert house.count(tables.guests) == 0


@pytest.mark.parametrize("kind", [GuestAsked, RequestSubmitted])
def test_a_guest_who_has_a_request_is_not_turned_away(house: House, professional: UUID, kind: Any) -> None:
    welcomed(house)
    told(house, kind, professional, by="patient")
    turned_away(house)
    assert house.count(tables.guests) == 1


def test_whether_an_address_has_an_account_makes_no_difference(house: House, professional: UUID) -> None:
    house.register("Anna Conti")
    welcomed(house)
    told(house, GuestAsked, professional, by="patient")
    assert [mail["Subject"] for mail in house.mails()] == ["Confirm your request for a visit"]


def test_who_verified_nothing_is_erased_after_a_day(house: House, professional: UUID) -> None:
    welcomed(house)
    told(house, GuestAsked, professional, by="patient")
    guests.forget_old(house.unit, now=NOW + UNVERIFIED_LASTS)
    assert house.count(tables.guests) == 1
    guests.forget_old(house.unit, now=NOW + UNVERIFIED_LASTS + timedelta(seconds=1))
    assert house.count(tables.guests) == house.count(tables.care) == 0
    [erased] = house.events("accounts.account_erased.v1")
    assert erased["person_id"] == str(GUEST)


def test_who_verified_a_request_is_erased_a_year_after_her_last_visit(
    house: House, professional: UUID
) -> None:
    welcomed(house)
    told(house, RequestSubmitted, professional, by="patient", version=2)
    guests.forget_old(house.unit, now=ENDS + RETAINED_FOR)
    assert house.count(tables.guests) == 1
    guests.forget_old(house.unit, now=ENDS + RETAINED_FOR + timedelta(seconds=1))
    assert house.count(tables.guests) == 0
    assert len(house.events("accounts.account_erased.v1")) == 1


def test_whoever_has_an_account_by_now_is_not_erased_as_a_guest(house: House, professional: UUID) -> None:
    welcomed(house)
    told(house, RequestSubmitted, professional, by="patient", version=2)
    joined(house, house.register("Anna Conti").account_id)
    guests.forget_old(house.unit, now=ENDS + 2 * RETAINED_FOR)
    assert house.count(tables.guests) == 1
    assert house.events("accounts.account_erased.v1") == []


def test_who_lost_her_link_is_mailed_another_to_be_erased_by(house: House, professional: UUID) -> None:
    welcomed(house)
    told(house, RequestSubmitted, professional, by="patient", version=2)
    long_after = ENDS + LINK_LASTS_AFTER_END + timedelta(days=1)
    deletion.ask(house.unit, AskDeletion(email=EMAIL, origin="192.0.2.1"), tools=house.tools)
    [mail] = house.mails(now=long_after)
    assert mail["Subject"] == "Erase your data?"
    claims = jwt.decode(token_in(mail, "visit/forget"), options={"verify_signature": False})
    assert claims["sub"] == str(GUEST)
    assert claims["exp"] == (long_after + timedelta(days=1)).timestamp()


def test_joined_to_the_account_with_her_address_her_visit_is_the_accounts(
    house: House, professional: UUID
) -> None:
    welcomed(house)
    told(house, RequestSubmitted, professional, by="patient", version=2)
    person = house.register("Anna Conti")
    joined(house, person.account_id)
    joined(house, person.account_id)
    assert looked_up(house, professional, person.account_id).person_id == person.account_id
    assert refused(lambda: looked_up(house, professional)).code == "not_yours"
    [row] = house.rows(tables.guests)
    assert (row["joined"], row["email"], row["name"], row["phone"]) == (person.account_id, None, None, None)
    [event] = house.events("accounts.guest_joined.v1")
    assert (event["guest_id"], event["person_id"]) == (str(GUEST), str(person.account_id))


def test_what_is_told_of_her_after_she_joined_is_of_the_account(house: House, professional: UUID) -> None:
    welcomed(house)
    person = house.register("Anna Conti")
    joined(house, person.account_id)
    told(house, RequestSubmitted, professional, by="patient", version=2)
    assert [row["patient_id"] for row in house.rows(tables.care)] == [person.account_id]
    told(house, RequestConfirmed, professional, version=3)
    assert house.mails() == []


def test_with_her_link_comes_its_visit_and_no_other_of_that_address(house: House, professional: UUID) -> None:
    other = UUID(int=72)
    welcomed(house)
    welcomed(house, other)
    for guest_id, request_id in ((GUEST, REQUEST), (other, uuid4())):
        visit = {"patient_id": guest_id, "request_id": request_id}
        told(house, RequestSubmitted, professional, by="patient", version=2, **visit)
    person = house.register("Anna Conti")
    joined(house, person.account_id)
    found = {row["id"]: row["joined"] for row in house.rows(tables.guests)}
    assert found == {GUEST: person.account_id, other: None}


def test_who_saw_her_as_a_guest_is_in_her_audit(house: House, professional: UUID) -> None:
    welcomed(house)
    told(house, RequestSubmitted, professional, by="patient", version=2)
    looked_up(house, professional)
    person = house.register("Anna Conti")
    joined(house, person.account_id)
    seen = profiles.list_access_log(house.unit, ListAccessLog(person_id=person.account_id)).entries
    assert [each.action for each in seen] == ["guest_joined", "person_read"]


def test_a_link_that_was_mailed_elsewhere_joins_nothing(house: House) -> None:
    welcomed(house)
    stranger = house.register("Bruno Ferri")
    assert refused(lambda: joined(house, stranger.account_id)).code == "other_address"
    person = house.register("Anna Conti")
    joined(house, person.account_id)
    assert refused(lambda: joined(house, stranger.account_id)).code == "already_joined"
    assert refused(lambda: joined(house, person.account_id, uuid4())).code == "dead_link"


def test_a_guest_who_wants_to_be_forgotten_is_and_the_others_are_told(
    house: House, professional: UUID
) -> None:
    welcomed(house)
    told(house, RequestSubmitted, professional, by="patient", version=2)
    for _ in range(2):
        guests.erase_by_link(house.unit, ForgetGuest(guest_id=GUEST), now=NOW)
    assert house.rows(tables.guests) == []
    assert house.rows(tables.care) == []
    erased = house.events("accounts.account_erased.v1")
    assert {each["person_id"] for each in erased} == {str(GUEST)}


def test_what_belongs_to_an_account_is_not_erased_by_a_link(house: House) -> None:
    welcomed(house)
    joined(house, house.register("Anna Conti").account_id)
    assert (
        refused(lambda: guests.erase_by_link(house.unit, ForgetGuest(guest_id=GUEST), now=NOW)).code
        == "already_joined"
    )


def test_a_letter_about_a_guest_who_is_gone_is_not_posted(house: House, professional: UUID) -> None:
    welcomed(house)
    told(house, GuestAsked, professional, by="patient")
    guests.erase_by_link(house.unit, ForgetGuest(guest_id=GUEST), now=NOW)
    assert house.mails() == []


def test_a_guest_is_told_of_every_move_but_those_she_makes_or_is_there_for() -> None:
    untold = {RequestSubmitted, moves.RequestCompleted, moves.CompletionUndone}
    untold |= {moves.ProposalClosed, moves.FollowUpAnswered}
    assert set(care.MAILED_TO_GUESTS) == set(RequestMoved.__args__) - untold


def good_until(house: House, *, now: datetime = NOW) -> list[datetime]:
    """Of the links in the mails that are posted now."""
    tokens = [token_in(mail, "visit") for mail in house.mails(now=now)]
    return [datetime.fromtimestamp(claims(house, each)["exp"], UTC) for each in tokens]


def claims(house: House, token: str) -> dict[str, Any]:
    key = house.tools.signer.key.public_key()
    known: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=["EdDSA"],
        audience=GUEST_AUDIENCE,
        options={"verify_exp": False, "verify_iat": False},
    )
    return known


@pytest.mark.parametrize("by", ["patient", "professional"])
def test_a_new_link_is_mailed_when_the_end_moves_past_the_newest(
    house: House, professional: UUID, by: str
) -> None:
    welcomed(house)
    told(house, GuestAsked, professional)
    told(house, RequestSubmitted, professional, version=2, by="patient")
    assert good_until(house) == [ENDS + LINK_LASTS_AFTER_END]
    later = ENDS + timedelta(days=90)
    moved = {"starts_at": later - timedelta(minutes=30), "ends_at": later, "by": by}
    event = told(house, RequestRescheduled, professional, version=3, **moved)
    request_events.note_visit(house.unit, event, now=NOW)
    assert good_until(house) == [later + LINK_LASTS_AFTER_END]
    told(house, RequestRescheduled, professional, version=4, by="patient")
    assert good_until(house) == []


@pytest.mark.parametrize("by", ["patient", "professional"])
def test_the_link_of_a_proposal_reaches_past_the_proposed_time(
    house: House, professional: UUID, by: str
) -> None:
    welcomed(house)
    told(house, GuestAsked, professional)
    told(house, RequestSubmitted, professional, version=2, by="patient")
    house.mails()
    later = ENDS + timedelta(days=90)
    told(house, ProposalMade, professional, version=3, proposed_at=later, by=by)
    assert good_until(house) == [later + timedelta(minutes=30) + LINK_LASTS_AFTER_END]


@pytest.mark.parametrize("order", list(permutations((2, 3))))
def test_the_latest_end_counts_in_whatever_order_it_is_told(
    house: House, professional: UUID, order: tuple[int, ...]
) -> None:
    welcomed(house)
    later = ENDS + timedelta(days=90)
    moved = {"starts_at": later - timedelta(minutes=30), "ends_at": later, "by": "patient"}
    for version in order:
        if version == 2:
            told(house, GuestAsked, professional)
            told(house, RequestSubmitted, professional, version=2, by="patient")
        else:
            told(house, RequestRescheduled, professional, version=3, **moved)
    assert max(good_until(house)) == later + LINK_LASTS_AFTER_END
    assert outcome(lambda: looked_up(house, professional)) is None


def asked_for_links(house: House, email: str = EMAIL, *, now: datetime = NOW) -> list[datetime]:
    command = AskGuestLinks(email=email, origin="192.0.2.1")
    guests.ask_for_links(house.unit, command, tools=house.tools)
    return good_until(house, now=now)


def test_fresh_links_are_mailed_to_whom_they_were_mailed_before(house: House, professional: UUID) -> None:
    welcomed(house)
    welcomed(house, UUID(int=80))
    told(house, RequestConfirmed, professional)
    later = ENDS + timedelta(days=90)
    fields = {"patient_id": UUID(int=80), "request_id": UUID(int=81), "starts_at": ENDS, "ends_at": later}
    told(house, RequestConfirmed, professional, **fields)
    house.mails()
    assert asked_for_links(house, "Anna.Conti@example.org") == [
        later + LINK_LASTS_AFTER_END,
        ENDS + LINK_LASTS_AFTER_END,
    ]
    assert asked_for_links(house, "nobody@example.org") == []
    assert asked_for_links(house, "carla.rossi@example.org") == []
    gone = ENDS + LINK_LASTS_AFTER_END + timedelta(seconds=1)
    assert asked_for_links(house, now=gone) == [later + LINK_LASTS_AFTER_END]


def test_a_link_whose_visit_is_in_an_account_says_so(house: House, professional: UUID) -> None:
    welcomed(house)
    told(house, RequestConfirmed, professional)
    house.mails()
    look = CheckGuestLink(guest_id=GUEST)
    assert outcome(lambda: guests.check_link(house.unit, look)) is None
    anna = house.register()
    guests.join(house.unit, JoinGuest(guest_id=GUEST, person_id=anna.account_id), now=NOW)
    assert outcome(lambda: guests.check_link(house.unit, look)) == "joined_account"
    assert asked_for_links(house) == []
    assert outcome(lambda: guests.check_link(house.unit, CheckGuestLink(guest_id=uuid4()))) is None


def test_guests_with_one_address_count_as_one_and_nothing_of_it_is_told(house: House) -> None:
    key = welcomed(house)
    assert welcomed(house) == welcomed(house, UUID(int=80), email=EMAIL.upper()) == key
    assert welcomed(house, UUID(int=81), email="bea.bo@example.org") != key
    plain = {sha256(each.encode()).hexdigest()[:32] for each in (EMAIL, f"guests of {EMAIL}")}
    assert key.hex not in plain
    assert key != UUID(hex=house.tools.vault.keyed_hash(EMAIL)[:32])


def test_a_guest_with_the_address_of_an_account_counts_as_that(house: House) -> None:
    before = welcomed(house)
    person = house.register("Anna Conti")
    assert welcomed(house) == welcomed(house, UUID(int=80)) == person.account_id != before


@pytest.mark.parametrize("by_link", [True, False])
def test_a_guest_who_was_erased_is_not_welcomed_again_with_the_same_id(house: House, by_link: bool) -> None:
    welcomed(house)
    if by_link:
        guests.erase_by_link(house.unit, ForgetGuest(guest_id=GUEST), now=NOW)
    else:
        guests.forget_old(house.unit, now=NOW + UNVERIFIED_LASTS + timedelta(seconds=1))
    refusal = refused(lambda: welcomed(house))
    assert (refusal.code, "new key" in refusal.detail) == ("idempotency_key_reused", True)
    assert house.count(tables.guests) == 0
    welcomed(house, UUID(int=80))


def test_a_guest_who_was_only_turned_away_may_ask_again_with_the_same_id(house: House) -> None:
    welcomed(house)
    turned_away(house)
    welcomed(house)
    assert house.count(tables.guests) == 1
