"""Versioned settings: each change is made on the version that its sender has seen."""

from dataclasses import replace
from typing import Any, Protocol, TypeVar

from shared.contracts.requests import refusals


class Versioned(Protocol):
    @property
    def version(self) -> int: ...


V = TypeVar("V", bound=Versioned)


def settled(before: V, after: V, *, seen: int, what: str) -> V:
    """Return `after`, or `before` if nothing differs: the command was repeated, or changes nothing.

    `after` has the version that follows `seen`. Version 0 means that nothing was ever set, so setting the
    defaults is a change of it. Refuses `stale_version`.
    """
    if after == before:
        return before
    if before.version != seen:
        raise stale(what, before.version)
    known: Any = after
    return before if seen > 0 and replace(known, version=seen) == before else after


def stale(what: str, version: int) -> refusals.Refused:
    detail = f"Somebody has changed the {what} since you loaded it. Load it again, then make your change."
    return refusals.StaleVersion(detail, version=version)
