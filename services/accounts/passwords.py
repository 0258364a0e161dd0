"""Passwords: argon2id hashes with the parameters of OWASP's cheat sheet, and which are too easy to guess.

Both take up to tens of milliseconds of pure CPU: call them where that stalls nobody.
"""

import re
import secrets
import unicodedata

import argon2
from zxcvbn import matching, scoring

_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODYS = _HASHER.hash("the password of no account")
_LONGEST_LOOKED_AT = 72  # characters; what is longer is not guessed by trying
_EASY = 1_000_000  # guesses
_SERVICE = ("healthconnect", "health", "connect")


def hash_password(password: str) -> str:
    return _HASHER.hash(_one_spelling(password))


def hash_unknown() -> str:
    """Return the hash of a password that nobody knows."""
    return _HASHER.hash(secrets.token_urlsafe(32))


def matches(password: str, password_hash: str | None) -> bool:
    """Return whether `password` matches; an unknown account (None) takes the same time."""
    known_hash = password_hash or _NOBODYS
    try:
        return _HASHER.verify(known_hash, _one_spelling(password)) and password_hash is not None
    except argon2.exceptions.VerifyMismatchError:
        return False


def is_guessable(password: str, about: tuple[str, ...]) -> bool:
    """Return whether a million guesses find it: leaked passwords, words, rows of keys, repeats.

    `about` lists what others know of its owner: name and address. NIST SP 800-63B, 3.1.1.2, asks for such a
    list; it forbids rules about sorts of characters, and there is none here.
    """
    words = [word for text in about for word in re.split(r"\W+", text.lower()) if len(word) > 2]
    joined = [re.sub(r"\W+", "", text.lower()) for text in about]
    known = [*words, *_SERVICE, *joined, *(text.lower() for text in about)]
    # the package's own entry keeps what it is told in a global, where the next caller's password meets it
    dictionaries = {**matching.RANKED_DICTIONARIES, "user_inputs": matching.build_ranked_dict(known)}
    looked_at = password[:_LONGEST_LOOKED_AT]
    found = scoring.most_guessable_match_sequence(looked_at, matching.omnimatch(looked_at, dictionaries))
    return bool(found["guesses"] < _EASY)


def _one_spelling(password: str) -> str:
    """Keyboards write one letter in several ways (NIST SP 800-63B, 3.1.1.2, asks for NFKC or NFKD)."""
    return unicodedata.normalize("NFKC", password)
