"""JSON of strangers is read as it stands, or refused with its fault."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from shared import cursor, strict_json
from shared.contracts.refusals import Refused


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, -2.5, True, None, "x\n😀", {}, []], "b": {"c": '\\"[{,'}},
        2**63 - 1,
        -(2**63),
        [",[{" * 5000, '"'],
        [0] * (strict_json.MOST_VALUES - 1),
    ],
)
def test_what_is_json_is_read(value: Any) -> None:
    assert strict_json.loads(json.dumps(value).encode()) == value
    assert strict_json.loads(json.dumps(value, ensure_ascii=False, indent=1).encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{]",
        b'{"a":',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"\xc0\x80"',
        b"\xff\xfe{\0}\0",
        b"\xef\xbb\xbf{}",
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b'{"a": 1, "a": 2}',
        b'"a\0b"',
        b'["' + b'\\"' * 100_000,
    ],
)
def test_what_is_no_json_is_not_read(text: bytes) -> None:
    with pytest.raises(strict_json.NotReadable):
        strict_json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 1000 + b"]" * 1000,
        b"[" * 100_000,
        b'{"a":' * 33 + b"1" + b"}" * 33,
        b"[" * 33 + b"]" * 33,
        json.dumps([0] * strict_json.MOST_VALUES).encode(),
        json.dumps([[0]] * (strict_json.MOST_VALUES // 2)).encode(),
        json.dumps({str(number): 1 for number in range(27_000)}).encode(),
    ],
)
def test_what_is_too_deep_or_too_much_is_not_read(text: bytes) -> None:
    with pytest.raises(strict_json.TooMuch):
        strict_json.loads(text)


def test_the_deepest_is_read() -> None:
    text = b"[" * strict_json.DEEPEST + b"]" * strict_json.DEEPEST
    assert json.dumps(strict_json.loads(text)).encode() == text


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (b'{"a": {"b": ["x", "\\u0000"]}}', "a.b.1"),
        (b'{"a": "\\ud800"}', "a"),
        (b'{"a": [{"\\udfff": 1}]}', "a.0"),
        (b'{"a": 9223372036854775808}', "a"),
        (b'[{"a": -9223372036854775809}]', "0.a"),
        (b'{"a": 1e999}', "a"),
        (b"1" * 100_000, "body"),
        (b'"\\ud83d"', "body"),
    ],
)
def test_the_path_to_a_wrong_value_is_told(text: bytes, path: str) -> None:
    with pytest.raises(strict_json.WrongValue) as told:
        strict_json.loads(text)
    assert told.value.path == path
    assert str(told.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    "text",
    [b"[" * 1000, b'["\\ud800"]', b'["\\u0000"]', b'["a","a"]', b'{"0":"a"}', b"null", b"\xff", b"[[]]"],
)
def test_a_cursor_that_is_none_of_ours_is_refused(text: bytes) -> None:
    made_up = urlsafe_b64encode(text).decode().rstrip("=")
    with pytest.raises(Refused) as refusal:
        cursor.decode(made_up, str)
    assert refusal.value.code == "bad_cursor"
    assert cursor.decode(cursor.encode("a"), str) == ("a",)
