"""Addresses and names that people enter, and those that were stored before."""

import pytest
import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError

from services.accounts.handlers import clinics, directory, profiles
from services.accounts.store import tables
from shared.contracts.accounts.clinics import ClinicView, GetClinic, ListMembers
from shared.contracts.accounts.directory import GetDirectoryEntry
from shared.contracts.accounts.people import AccountView, GetAccount
from shared.contracts.accounts.values import ClinicName, Email, Name
from shared.contracts.requests.places import Address, LocationName
from shared.contracts.requests.values import Joiners, ServiceName
from tests.accounts.steps import NOW, House

WORD = "=?utf-8?q?=0d=0aBcc=3a_eve=40evil.example?="


def taken(kind: object, value: object) -> object:
    """The value as it is kept, or None where it is refused."""
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a@xn--mnchen-3ya.de", "a@xn--mnchen-3ya.de"),
        ("a@münchen.de", "a@xn--mnchen-3ya.de"),
        ("a@mu\u0308nchen.de", "a@xn--mnchen-3ya.de"),
        ("a@MÜNCHEN.DE", "a@xn--mnchen-3ya.de"),
        ("a@XN--MNCHEN-3YA.DE", "a@xn--mnchen-3ya.de"),
        ("a@straße.de", "a@xn--strae-oqa.de"),
        ("a@пример.рф", "a@xn--e1afmkfd.xn--p1ai"),
        ("a@日本語。jp", "a@xn--wgv71a119e.jp"),
        ("a@Ｅｘａｍｐｌｅ.org", "a@example.org"),
        (" a@b.example ", "a@b.example"),
        ("Anna.Conti+x@B.Example", "Anna.Conti+x@b.example"),
        (f"{'a' * 64}@b.example", f"{'a' * 64}@b.example"),
    ],
)
def test_each_spelling_of_a_domain_is_one_address(given: str, kept: str) -> None:
    assert taken(Email, given) == kept
    assert taken(Email, kept) == kept


@pytest.mark.parametrize(
    "given",
    [
        "Anna <a@b.example>",
        '"Anna" <a@b.example>',
        "<a@b.example>",
        '"a b"@b.example',
        '"a"@b.example',
        "a(c)@b.example",
        "a@(c)b.example",
        "a@[192.0.2.1]",
        "a@b.example, c@b.example",
        "a@b.example;c@b.example",
        f"{WORD}@b.example",
        "=?b?@b.example",
        f"a@{WORD}",
        "ä@b.example",
        "a＠b.example",
        "a@b@c.example",
        "a@b.example.",
        ".a@b.example",
        "a..b@b.example",
        "a@b..example",
        f"{'a' * 65}@b.example",
        f"a@{'b.' * 130}example",
        f"a@{'ü' * 60}.example",
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example\n",
        "a\x00@b.example",
        "a@b\u2028.example",
        "a@b\u200b.example",
        "a\ud800@b.example",
        "a@xn--zz.de",
        "a@localhost",
        "",
        7,
    ],
)
def test_what_is_more_or_less_than_one_address_is_refused(given: object) -> None:
    assert taken(Email, given) is None


@pytest.mark.parametrize("kind", [Name, ClinicName, ServiceName, LocationName, Address])
@pytest.mark.parametrize(
    "given",
    [WORD, f"Studio {WORD}", "a=?b", "a\r\nb", "a\u2028b", "\u202eevil", "a\u2066b", "a\x00", "\ud800"],
)
def test_a_name_holds_nothing_that_a_mail_program_reads_otherwise(kind: object, given: str) -> None:
    assert taken(kind, given) is None
    assert taken(Joiners, [given]) is None


@pytest.mark.parametrize("given", ["   ", "\u200b\u200d", "\u3164\u00ad"[1:], ""])
def test_a_name_can_be_seen(given: str) -> None:
    assert taken(Name, given) is None


@pytest.mark.parametrize("given", ["محمد", "O'Neill", "李小龙", "🙂", "a = b?", "x==", "Dr. Rossi & Figli"])
def test_names_of_all_languages_are_taken(given: str) -> None:
    assert taken(ClinicName, given) == given


@pytest.mark.parametrize("given", ["http://evil.example", "WWW.evil.example", "Pay at ftp://x"])
def test_the_name_of_a_clinic_is_no_web_address(given: str) -> None:
    assert taken(ClinicName, given) is None


def test_an_account_is_found_by_each_spelling_of_its_address(house: House) -> None:
    made = house.register(email="Anna@münchen.de")
    assert made.email == "anna@xn--mnchen-3ya.de"
    for spelling in ("anna@xn--mnchen-3ya.de", "ANNA@MÜNCHEN.de"):
        assert house.sign_in(email=spelling).account_id == made.account_id


def test_what_was_stored_before_can_still_be_looked_at(
    house: House, olga: AccountView, at: ClinicView, nurse: AccountView
) -> None:
    house.join(at, olga, nurse, "professional")
    old = f"{WORD}@b.example"
    with house.unit() as work:
        work.conn.execute(sa.update(tables.clinics).values(name=WORD, contact={"email": old}))
        mine = tables.people.c.id == olga.account_id
        work.conn.execute(sa.update(tables.people).where(mine).values(name=WORD, email=old))
        work.conn.execute(sa.update(tables.listings).values(name=WORD, contact={"email": old}))
    me = profiles.get(house.unit, GetAccount(account_id=olga.account_id))
    assert (me.name, me.email) == (WORD, old)
    card = clinics.get(house.unit, GetClinic(clinic_id=at.clinic_id))
    assert (card.name, card.contact.email) == (WORD, old)
    seen = ListMembers(clinic_id=at.clinic_id, by=nurse.account_id)
    assert clinics.list_members(house.unit, seen, now=NOW).members[0].name == WORD
    page = directory.get(house.unit, GetDirectoryEntry(professional_id=nurse.account_id))
    assert (page.contact.email, page.clinics[0].name) == (old, WORD)
