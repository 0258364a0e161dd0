"""Finding a professional who is near."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from services.accounts.handlers import clinics
from services.accounts.store import tables
from shared.contracts.accounts.clinics import ChangeClinic, EndMembership, GetClinic
from tests.accounts.finding import MILAN, OSTIA, ROME, find, here, names, page, professional, publish
from tests.accounts.steps import NOW, House, outcome


def test_the_nearest_comes_first_and_who_is_too_far_is_not_found(house: House) -> None:
    for name, place in (("Milan", MILAN), ("Ostia", OSTIA), ("Rome", ROME), ("Nowhere", None)):
        professional(house, name, place=place)
    found = find(house, near=here(ROME), within_km=30)
    assert [(each.name, each.distance_km) for each in found] == [
        ("Rome", 0),
        ("Ostia", pytest.approx(25, abs=1)),
    ]
    assert names(house, near=here(ROME), within_km=20) == ["Rome"]
    distances = [each.distance_km for each in find(house, near=here(ROME), within_km=500)]
    assert distances == [0, pytest.approx(25, abs=1), pytest.approx(477, abs=2)]
    assert names(house, near=here(ROME), within_km=470) == ["Rome", "Ostia"]
    assert names(house, near=here(ROME), within_km=30, name="Ostia") == ["Ostia"]
    assert {each.distance_km for each in find(house)} == {None}


def test_somebody_works_where_her_clinics_are(house: House) -> None:
    olga = house.register("Olga Owner", "clinic")
    at = house.clinic(olga, place=MILAN)
    ada = professional(house, "Ada", place=ROME)
    house.join(at, olga, ada, "professional")
    assert [each.clinic_id for each in page(house, ada.account_id).clinics] == [at.clinic_id]
    for place in (ROME, MILAN):
        [found] = find(house, near=here(place))
        assert (found.name, found.distance_km) == ("Ada", 0)
    change = ChangeClinic.model_validate(at.model_dump() | {"by": olga.account_id, "place": OSTIA})
    clinics.change(house.unit, change)
    assert names(house, near=here(MILAN)) == []
    assert find(house, near=here(OSTIA))[0].distance_km == 0
    leave = EndMembership(
        clinic_id=at.clinic_id,
        person_id=ada.account_id,
        by=ada.account_id,
        session_id=house.at_hand(ada.account_id),
        role="professional",
    )
    clinics.end_membership(house.unit, leave, now=NOW)
    assert names(house, near=here(OSTIA), within_km=5) == []
    assert page(house, ada.account_id).clinics == []


def test_a_clinic_may_move_while_its_professional_publishes(house: House) -> None:
    olga, places = house.register("Olga Owner", "clinic"), [ROME, MILAN, OSTIA]
    at = house.clinic(olga, place=ROME)
    ada = professional(house, "Ada", place=ROME)
    house.join(at, olga, ada, "professional")

    def step(n: int) -> str | None:
        if n % 2:
            return outcome(lambda: publish(house, ada, place=places[n % 3]))
        now = clinics.get(house.unit, GetClinic(clinic_id=at.clinic_id)).model_dump()
        command = ChangeClinic.model_validate(now | {"by": olga.account_id, "place": places[n % 3]})
        return outcome(lambda: clinics.change(house.unit, command))

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(step, range(80))) <= {None, "stale_version"}
    points = {(row["at_id"], row["latitude"]) for row in house.rows(tables.points)}
    own = page(house, ada.account_id)
    assert own.place
    assert own.clinics[0].place
    assert points == {(ada.account_id, own.place.latitude), (at.clinic_id, own.clinics[0].place.latitude)}


@pytest.mark.parametrize(("longitude", "other"), [(179.95, -179.95), (-179.95, 179.95)])
def test_the_date_line_is_no_border(house: House, longitude: float, other: float) -> None:
    professional(house, "Ada", place={"latitude": -17.0, "longitude": longitude, "address": "Taveuni"})
    [found] = find(house, near={"latitude": -17.0, "longitude": other}, within_km=25)
    assert found.distance_km == pytest.approx(10.6, abs=0.2)
