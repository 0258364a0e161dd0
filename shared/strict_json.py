"""Reads JSON from strangers, and refuses values that later code could not keep or compare.

It accepts I-JSON (RFC 7493) with limits on depth and on the number of values, integers of 64 bits, and no NUL
in strings. All JSON that a stranger can write is read here: bodies, cursors, headers of tokens.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

DEEPEST = 32
MOST_VALUES = 1000
_LARGEST = 2**63
_LONGEST_PATH = 200  # characters
_TEXTS = re.compile(rb'"(?:[^"\\]+|\\.)*+"?', re.DOTALL)


class NotReadable(ValueError):
    """The bytes are not JSON; the message is for the sender."""


class TooMuch(ValueError):
    """The JSON is nested too deep or holds too many values; the message is for the sender."""


class WrongValue(ValueError):
    """One value is not accepted; `path` leads to it, and `words` are for the sender."""

    def __init__(self, path: str, words: str) -> None:
        path = path[:_LONGEST_PATH] or "body"
        super().__init__(f"{path}: {words}.")
        self.path, self.words = path, str(self)


def loads(text: bytes, *, most_values: int = MOST_VALUES) -> Any:
    """Parse `text`. Raises NotReadable, TooMuch or WrongValue; each is a ValueError."""
    marks = _TEXTS.sub(b"", text)
    if max(marks.count(b","), marks.count(b"[") + marks.count(b"{")) > most_values:
        raise _too_many(most_values)  # before any of it costs more than counting
    try:
        found = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_int=_whole,
            parse_float=_number,
            parse_constant=_constant,
        )
    except RecursionError:
        raise _too_deep() from None
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise NotReadable("Send the body as JSON in UTF-8.") from None
    _look_through(found, most_values)
    return found


class _Wrong:
    """Stands in for a number that is too large until its path is known."""

    def __init__(self, words: str) -> None:
        self.words = words


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotReadable("Send each field once: a name occurs twice in one object.")
    return found


def _whole(digits: str) -> int | _Wrong:
    if len(digits) <= 20 and -_LARGEST <= (number := int(digits)) < _LARGEST:
        return number
    return _Wrong("the number is too large")


def _number(digits: str) -> float | _Wrong:
    number = float(digits)
    return number if math.isfinite(number) else _Wrong("the number is too large")


def _constant(name: str) -> None:
    raise NotReadable(f"{name} is not JSON.")


def _look_through(found: Any, most_values: int) -> None:
    left = [_children(found, "", 1)]
    count = 1
    _look_at(found, "")
    while left:
        for path, value in left[-1]:
            count += 1
            if count > most_values:
                raise _too_many(most_values)
            _look_at(value, path)
            if isinstance(value, dict | list):
                if len(left) >= DEEPEST:
                    raise _too_deep()
                left.append(_children(value, path, len(left) + 1))
                break
        else:
            left.pop()


def _children(value: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    before = f"{path}." if depth > 1 else ""
    if isinstance(value, dict):
        for name, inner in value.items():
            if fault := _fault_of(name):
                raise WrongValue(path, f"a name {fault}")
            yield f"{before}{name}", inner
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield f"{before}{index}", inner


def _look_at(value: Any, path: str) -> None:
    if isinstance(value, _Wrong):
        raise WrongValue(path, value.words)
    if isinstance(value, str) and (fault := _fault_of(value)):
        raise WrongValue(path, f"the text {fault}")


def _fault_of(text: str) -> str | None:
    if "\0" in text:
        return "holds the character U+0000"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds half of a surrogate pair"
    return None


def _too_many(most: int) -> TooMuch:
    return TooMuch(f"Send at most {most} values.")


def _too_deep() -> TooMuch:
    return TooMuch(f"Nest at most {DEEPEST} levels.")
