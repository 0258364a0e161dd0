"""Accounts: their content, the roles of a person, and the rules for passwords.

Plain rules on values: hashing and guessing are in `passwords.py`. No password is kept, only its hash.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Protocol, TypeVar
from uuid import UUID
from zoneinfo import available_timezones

from shared.contracts.accounts import refusals
from shared.contracts.accounts.people import ChangeProfile, OpenAccount

SHORTEST_ALONE = {"patient": 8, "professional": 15, "clinic": 15, "support": 15}
"""Characters of a password without a second factor, by role. NIST SP 800-63B, 3.1.1.2: at least 15 where the
password is the only factor; patients may choose the 8 that the same text allows beside a second factor."""
SHORTEST = 8


@dataclass(frozen=True, kw_only=True)
class Person:
    """`stands_alone` is whether the password is long enough for every role without a second factor.

    `erases_at` is set while the account is closed. `proved_at` is when the owner of the address last proved
    it: None for accounts from before registering asked for that.
    """

    id: UUID
    version: int
    email: str
    name: str
    roles: tuple[str, ...]
    password_hash: str
    stands_alone: bool
    registered_at: datetime
    phone: str | None = None
    languages: tuple[str, ...] = ()
    time_zone: str | None = None
    locale: str | None = None
    photo_url: str | None = None
    erases_at: datetime | None = None
    proved_at: datetime | None = None


def check_password(password: str, *, roles: tuple[str, ...], second_factor: bool, guessable: bool) -> None:
    """Refuses `weak_password` and `common_password`."""
    shortest = SHORTEST if second_factor else max(SHORTEST_ALONE[role] for role in roles)
    if len(password) < shortest:
        who = max(roles, key=SHORTEST_ALONE.__getitem__)
        detail = f"A {who}'s password needs at least {shortest} characters."
        raise refusals.WeakPassword(detail, field="password", at_least=shortest)
    if guessable:
        raise refusals.CommonPassword()


def stands_alone(password: str) -> bool:
    """Return whether `password` is enough for every role."""
    return len(password) >= max(SHORTEST_ALONE.values())


def with_password(person: Person, password: str, password_hash: str) -> Person:
    """Return the person with a new password, which is kept only as its hash."""
    return replace(person, password_hash=password_hash, stands_alone=stands_alone(password))


def check_password_unchanged(person: Person, before: Person, *, field: str) -> None:
    """Check again under the lock: a password that is verified may have changed. Refuses `wrong_password`."""
    if person.password_hash != before.password_hash:
        raise refusals.WrongPassword("Your password has just been changed.", field=field)


def open_account(command: OpenAccount, *, password_hash: str, now: datetime) -> Person:
    """Return a proved account; of the password in `command` only `password_hash` is kept."""
    return Person(
        id=command.account_id,
        version=1,
        email=normalize_email(command.email),
        name=command.name,
        roles=(command.role,),
        password_hash=password_hash,
        stands_alone=stands_alone(command.password),
        registered_at=now,
        proved_at=now,
    )


def normalize_email(email: str) -> str:
    """Return the form in which two spellings of one address are equal."""
    return email.strip().casefold()


def is_repeat(known: Person, command: OpenAccount) -> bool:
    """Return whether `command` has the content that made `known`, apart from its password."""
    first_role = known.roles[:1] == (command.role,)
    return first_role and (known.email, known.name) == (normalize_email(command.email), command.name)


def change(person: Person, command: ChangeProfile) -> Person:
    """Refuses `unknown_time_zone`, and as `settle` does."""
    if command.time_zone is not None and command.time_zone not in _time_zones():
        raise refusals.UnknownTimeZone()
    after = replace(
        person,
        version=command.version + 1,
        name=command.name,
        phone=command.phone,
        languages=tuple(command.languages),
        time_zone=command.time_zone,
        locale=command.locale,
        photo_url=command.photo_url,
    )
    return settle(person, after, seen=command.version)


def add_role(person: Person, role: str, *, second_factor: bool) -> Person:
    """Return the person with one more role; a role they have changes nothing. Refuses `weak_password`."""
    if role in person.roles:
        return person
    if SHORTEST_ALONE[role] > SHORTEST and not (second_factor or person.stands_alone):
        shortest = SHORTEST_ALONE[role]
        detail = (
            f"A {role} needs a password of at least {shortest} characters, or a second factor. Set one first."
        )
        raise refusals.WeakPassword(detail, field="role", at_least=shortest)
    return replace(person, version=person.version + 1, roles=(*person.roles, role))


def check_known(person: Person | None) -> Person:
    """Refuses `unknown_account`."""
    if person is None:
        raise refusals.UnknownAccount("There is no such account.")
    return person


def check_never_erased(erased: bool) -> None:
    """Refuses `account_closed`: no other account ever gets the id of an erased one."""
    if erased:
        raise refusals.AccountClosed("The account with this id was erased. Use a new id.")


def choose_role(person: Person, wanted: str | None) -> str:
    """Return the role to sign in with. Refuses `wrong_role` and `role_needed`."""
    if wanted is None:
        if len(person.roles) > 1:
            detail = f"You have several roles. Choose one to sign in with: {' or '.join(person.roles)}."
            raise refusals.RoleNeeded(detail, roles=list(person.roles))
        return person.roles[0]
    if wanted not in person.roles:
        raise wrong_role(needed=wanted, roles=person.roles)
    return wanted


def wrong_role(*, needed: str, roles: tuple[str, ...]) -> refusals.Refused:
    """Return the refusal for a caller who has, or is signed in with, other roles than `needed`."""
    mine = " or ".join(roles)
    advice = "verify that you are signed into the correct role account"
    detail = f"This is for a {needed}, and you are a {mine}: {advice}."
    return refusals.WrongRole(detail, role=mine, needed=needed)


class Versioned(Protocol):
    @property
    def version(self) -> int: ...


V = TypeVar("V", bound=Versioned)


def settle(before: V, after: V, *, seen: int) -> V:
    """Return `after`, or `before` where nothing differs: sent again, or sent as it was.

    `after` has the version that follows the one that was `seen`. Refuses `stale_version`.
    """
    if after == before:
        return before
    check_version(before.version, seen)
    known: Any = after
    return before if replace(known, version=seen) == before else after


def check_version(known: int, seen: int) -> None:
    """Refuses `stale_version`."""
    if seen != known:
        detail = "This has changed since you loaded it. Load it again, then decide."
        facts: dict[str, Any] = {"version": known}
        raise refusals.StaleVersion(detail, **facts)


def is_enough_alone(person: Person) -> bool:
    """Return whether the password is long enough for the person's roles without a second factor."""
    return person.stands_alone or max(SHORTEST_ALONE[role] for role in person.roles) <= SHORTEST


def check_without_second_factor(person: Person) -> None:
    """Check that the password is enough by itself. Refuses `weak_password`."""
    if not is_enough_alone(person):
        shortest = max(SHORTEST_ALONE[role] for role in person.roles)
        detail = f"Your password is too short. Set one of at least {shortest} characters first."
        raise refusals.WeakPassword(detail, at_least=shortest)


@cache
def _time_zones() -> set[str]:
    """Return the time zones without those that name no place: `localtime` and `Factory` are of a machine."""
    return available_timezones() - {"localtime", "Factory"}
