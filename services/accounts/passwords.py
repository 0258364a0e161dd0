"""Passwords as argon2id hashes, with the parameters of OWASP's password storage cheat sheet.

Hashing takes tens of milliseconds of pure CPU: call it where that stalls nobody.
"""

import argon2

_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODYS = _HASHER.hash("the password of no account")


def hashed(password: str) -> str:
    return _HASHER.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether `password` is the one; an unknown account (None) takes as long to say no."""
    try:
        return _HASHER.verify(password_hash or _NOBODYS, password) and password_hash is not None
    except argon2.exceptions.VerifyMismatchError:
        return False
