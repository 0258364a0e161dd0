"""Finding a professional."""

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.accounts.handlers import deletion, directory, profiles
from services.accounts.store import tables
from shared.contracts.accounts.deletion import ReopenAccount
from shared.contracts.accounts.directory import FindProfessionals, PublishDirectoryEntry
from shared.contracts.accounts.people import AddRole, ChangeProfile
from tests.accounts.finding import MILAN, OSTIA, ROME, find, here, names, offers, page, professional, publish
from tests.accounts.steps import NOW, House, outcome
from tests.pages import walked


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Zoë Müller-Peña", "zoe muller pena"),
        ("Zoe Muller", "Zoë Müller"),
        ("Giuseppina Ferrari", "giusepina ferari"),
        ("Giuseppina Ferrari", "Ferrari"),
        ("Giuseppina Ferrari", "FERR"),
        ("Анна Каренина", "Anna Karenina"),
        ("Anna Karenina", "Анна"),
        ("Νίκος Καζαντζάκης", "nikos"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("王芳", "王芳"),
        ("王芳", "wang fang"),
        ("Straße Öz", "strasse"),
    ],
)
def test_a_name_is_found_with_accents_typos_and_in_any_script(house: House, name: str, typed: str) -> None:
    professional(house, name)
    professional(house, "Hedwig Quux")
    assert names(house, name=typed) == [name]


@pytest.mark.parametrize("typed", ["Xylophon", "🙂", "%", "_", "'", "a% or 1=1"])
def test_what_is_no_name_finds_nobody(house: House, typed: str) -> None:
    professional(house, "Giuseppina Ferrari")
    assert names(house, name=typed) == []


def test_the_best_match_of_the_name_comes_first(house: House) -> None:
    for name in ("Anna Mariani", "Anna Maria Rossi", "Maria Rossi", "Mario Rosso"):
        professional(house, name)
    assert names(house, name="Maria Rossi")[:2] == ["Anna Maria Rossi", "Maria Rossi"]


def test_each_filter_keeps_those_it_asks_for(house: House) -> None:
    ada = professional(house, "Ada", specialties=["cardiology", "surgery"])
    bea = professional(house, "Bea", specialties=["surgery"], accepting_new_patients=False)
    professional(house, "Cleo")
    speaks = ada.model_dump() | {"languages": ["it", "de"]}
    profiles.change_profile(house.unit, ChangeProfile.model_validate(speaks))
    offers(house, ada, "first_visit", "video")
    offers(house, bea, "vaccination")
    assert names(house) == ["Ada", "Bea", "Cleo"]
    assert names(house, specialty="surgery") == ["Ada", "Bea"]
    assert names(house, specialty="cardiology") == ["Ada"]
    assert names(house, service="vaccination") == ["Bea"]
    assert names(house, mode="video") == ["Ada"]
    assert names(house, mode="in_person") == ["Bea"]
    assert names(house, language="de") == ["Ada"]
    assert names(house, accepting_new_patients=True) == ["Ada", "Cleo"]
    assert names(house, accepting_new_patients=False) == ["Bea"]
    assert names(house, specialty="surgery", mode="video", name="ada") == ["Ada"]
    assert names(house, specialty="cardiology", mode="in_person") == []


def test_services_are_those_that_requests_tells_of_however_often(house: House) -> None:
    ada = professional(house, "Ada")
    first = offers(house, ada, "vaccination", "in_person")
    for kind, mode in (("check_up", "video"), ("check_up", "in_person")):
        offers(house, ada, kind, mode)
    directory.note_service(house.unit, first)
    known = page(house, ada.account_id)
    assert (known.services, known.modes) == (["check_up", "vaccination"], ["in_person", "video"])
    assert house.count(tables.offered) == 3
    publish(house, ada, specialties=["nursing"])
    assert page(house, ada.account_id).services == ["check_up", "vaccination"]


def test_a_service_that_is_withdrawn_leaves_the_directory(house: House) -> None:
    ada = professional(house, "Ada")
    kept, first = offers(house, ada, "check_up"), offers(house, ada, "vaccination", "video")
    offers(house, ada, "vaccination", "video", service_id=first.service_id, version=2, offered=False)
    assert names(house, service="vaccination") == names(house, mode="video") == []
    assert names(house, service="check_up", mode="in_person") == ["Ada"]
    shown = page(house, ada.account_id)
    assert (shown.services, shown.modes) == (["check_up"], ["in_person"])
    offers(house, ada, "check_up", service_id=kept.service_id, version=2, offered=False)
    shown = page(house, ada.account_id)
    assert (shown.services, shown.modes, names(house)) == ([], [], ["Ada"])
    offers(house, ada, "check_up", service_id=kept.service_id, version=3)
    assert names(house, service="check_up") == ["Ada"]


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
@pytest.mark.parametrize("last", [True, False])
def test_the_newest_version_of_a_service_counts_in_whatever_order_it_is_told(
    house: House, order: tuple[int, ...], last: bool
) -> None:
    ada, service_id = professional(house, "Ada"), uuid4()
    told = {1: not last, 2: not last, 3: last}
    for version in (*order, *order):
        offers(house, ada, "check_up", service_id=service_id, version=version, offered=told[version])
    assert names(house, service="check_up", mode="in_person") == (["Ada"] if last else [])


def test_an_erased_professional_offers_nothing_whatever_is_told_late(house: House) -> None:
    ada = professional(house, "Ada")
    first = offers(house, ada, "check_up")
    house.erase(ada.account_id)
    offers(house, ada, "check_up", service_id=first.service_id, version=2)
    assert (names(house), house.count(tables.offered)) == ([], 0)


def test_services_told_of_at_once_are_all_there(house: House) -> None:
    ada = professional(house, "Ada")
    kinds = ["check_up", "vaccination", "test", "procedure", "prescription", "certificate"]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda kind: offers(house, ada, kind), kinds))
    assert page(house, ada.account_id).services == sorted(kinds)


def test_who_is_unlisted_or_closed_is_not_found(house: House) -> None:
    ada, bea = professional(house, "Ada"), professional(house, "Bea")
    publish(house, ada, listed=False)
    assert names(house) == ["Bea"]
    assert page(house, ada.account_id).listed is False
    _, token = house.close(bea.account_id)
    assert names(house) == names(house, name="Bea") == []
    deletion.reopen(house.unit, ReopenAccount(token=token), tools=house.tools, now=NOW)
    assert names(house) == ["Bea"]


def test_a_page_shows_the_profile_of_today(house: House) -> None:
    account = house.register("Ada")
    assert outcome(lambda: page(house, account.account_id)) == "unknown_professional"
    profiles.add_role(
        house.unit,
        AddRole(
            person_id=account.account_id, session_id=house.at_hand(account.account_id), role="professional"
        ),
        now=NOW,
    )
    changed = account.model_dump() | {"version": 2, "name": "Ada Bo", "languages": ["it"]}
    profiles.change_profile(house.unit, ChangeProfile.model_validate(changed))
    shown = page(house, account.account_id)
    assert (shown.name, shown.languages, shown.listed) == ("Ada Bo", ["it"], True)
    assert names(house, name="bo") == ["Ada Bo"]
    card = {"phone": "+390612345678", "email": "desk@example.org", "text": None}
    assert publish(house, account, contact=card).contact.model_dump() == card
    stale = PublishDirectoryEntry.model_validate(shown.model_dump())
    assert outcome(lambda: directory.publish(house.unit, stale)) == "stale_version"


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"name": "Anna"},
        {"near": here(ROME), "within_km": 500},
        {"near": here(ROME), "within_km": 500, "name": "Anna"},
        {"specialty": "nursing"},
    ],
    ids=["by name", "by match", "by distance", "by distance and match", "by name, filtered"],
)
def test_pages_walk_through_everybody_once(house: House, wanted: dict[str, Any]) -> None:
    for number in range(7):
        name = ["Anna", "Anna B", "Anna Maria Lunga", "Ánna"][number % 4]
        place = [ROME, OSTIA, MILAN][number % 3]
        professional(house, name, number, place=place, specialties=["nursing"])

    def fetch(cursor: str | None) -> tuple[list[UUID], str | None]:
        command = FindProfessionals.model_validate({**wanted, "cursor": cursor, "limit": 2})
        found = directory.find(house.unit, command)
        return [each.professional_id for each in found.professionals], found.next_cursor

    whole = [each.professional_id for each in find(house, **wanted)]
    assert len(set(whole)) == 7
    assert walked(fetch) == whole


def test_a_cursor_of_another_ordering_is_refused(house: House) -> None:
    for number in range(2):
        professional(house, "Ada", number)
    cursor = directory.find(house.unit, FindProfessionals(limit=1)).next_cursor
    assert outcome(lambda: find(house, name="Ada", cursor=cursor)) == "bad_cursor"


def test_kind_and_mode_are_looked_for_in_one_service(house: House) -> None:
    ada = house.register("Ada Alfa", "professional")
    offers(house, ada, "check_up", "in_person")
    offers(house, ada, "therapy_session", "video")
    assert names(house, service="check_up", mode="in_person") == ["Ada Alfa"]
    assert names(house, service="check_up", mode="video") == []
