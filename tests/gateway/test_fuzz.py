"""Whatever is sent to any operation, by anybody, nothing breaks: 20,000 calls from one seed.

The calls of one seed are the same each time, but several are on their way at once, so answers can differ.
Set HC_FUZZ_SEED to try others, and HC_FUZZ_CALLS to send fewer or more.
"""

import base64
import copy
import http.client
import json
import os
import random
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, quote_from_bytes, urlsplit
from uuid import UUID

import pytest

from deploy import contracts
from gateway.problems import MEDIA_TYPE, PROBLEMS
from tests.faults import people
from tests.suites import Embedded

CALLS, AT_ONCE = int(os.environ.get("HC_FUZZ_CALLS", "20000")), 4
SEED = int(os.environ.get("HC_FUZZ_SEED", "20261125"))
DESCRIPTION = contracts.openapi()
OPERATIONS = [
    (method.upper(), path, operation)
    for path, operations in DESCRIPTION["paths"].items()
    for method, operation in operations.items()
]
LEAVING = ("POST", "/v1/me/deletion")
"""Calls that make their caller useless afterwards: a person of their own sends them."""

_HUGE, _DEEP = "x" * 3000, b"[" * 1000
TEXTS = [
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff\ud800",
    "\ufeff",
    "\u202e\u2028\x85",
    "\x1b[31m",
    "😀" * 50,
    "é\u0301" * 40,
    "ﷺ" * 100,
    _HUGE,
    "'; drop table people; --",
    "%00%s%n{}{0}${x}{{7*7}}",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "=?utf-8?q?=0d=0aBcc=3a_eve=40evil.example?=",
    "a@b.example\r\nBcc: eve@evil.example",
    "null",
    "true",
    "NaN",
    "-0",
    "1e400",
    "٣",
    "0x10",
    "me",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "{6f1c0d1e-7a52-4b36-9d3c-0c8a2f6f7d11}",
    "urn:uuid:6f1c0d1e-7a52-4b36-9d3c-0c8a2f6f7d11",
]
TIMES = [
    "0000-00-00",
    "0000-01-01T00:00:00Z",
    "0001-01-01",
    "0001-01-01T00:00:00+23:59",
    "1969-12-31T23:59:59.999999Z",
    "2027-02-29",
    "2027-02-29T00:00:00Z",
    "2027-03-28T02:30:00+01:00",
    "2016-12-31T23:59:60Z",
    "9999-12-31",
    "9999-12-31T23:59:59-23:59",
    "10000-01-01",
    "2027-W01-1",
    "20270101",
    "2027-01-01T24:00:00Z",
    "2027-01-01T00:00:00+99:99",
    "2027-01-01T00:00:00-00:00",
    "2027-01-01t00:00:00z",
    "P1D",
    "25:00",
    "24:00",
    "00:00",
    "23:59",
]
ZONES = [
    "UTC",
    "GMT+25",
    "Etc/GMT-14",
    "Pacific/Kiritimati",
    "America/St_Johns",
    "posixrules",
    "localtime",
    "..",
]
NUMBERS = [
    0,
    -0.0,
    -1,
    1,
    2,
    0.1,
    2**31 - 1,
    2**31,
    -(2**31) - 1,
    2**53,
    2**63 - 1,
    -(2**63),
    2**63,
    10**30,
    1e308,
]
OTHERS = [None, True, False, [], {}, [[]], [None], [{}] * 60, {"": ""}, {"a": {"b": {"c": []}}}, ["x"] * 200]
BYTES = [
    b"",
    b"{",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b"[]",
    b"null",
    b"NaN",
    b'{"a":1e999}',
    _DEEP,
    b'"',
    b"\0",
]
TYPES = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
    "application/json; charset=utf-16",
    "application/problem+json",
    "application/",
    "",
    "ä",
]


def _token(header: bytes) -> str:
    return base64.urlsafe_b64encode(header).decode().rstrip("=") + ".e30.e30"


TOKENS = [
    "",
    "x",
    "..",
    "\xe4\xff",
    _token(b'{"kid":' + _DEEP),
    _token(b'{"kid":"\\ud800","alg":"EdDSA"}'),
    _token(b'{"kid":["a"],"alg":"EdDSA"}'),
    _token(b'{"kid":"a","alg":"none"}'),
    _token(b"\xff"),
    "A" * 8000,
]
CURSORS = [
    base64.urlsafe_b64encode(each).decode().rstrip("=")
    for each in (_DEEP, b'["\\ud800"]', b'["\\u0000","\\u0000"]', b"[]", b"\xff", b"[1,2,3]", b'{"a":1}')
]


@dataclass
class Known:
    """Values of earlier answers: ids, versions, cursors and times, by the name of their field."""

    values: dict[str, deque[Any]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=40)))

    def learn(self, answer: Any, name: str = "") -> None:
        if isinstance(answer, dict):
            for key, value in answer.items():
                self.learn(value, key)
        elif isinstance(answer, list):
            for value in answer[:10]:
                self.learn(value, name)
        elif answer is not None and (name.endswith(("_id", "_at", "cursor", "token")) or name == "version"):
            pool = self.values[name]
            if answer not in pool:
                pool.append(answer)

    def one(self, name: str, chance: random.Random) -> Any:
        name = {"cursor": "next_cursor", "person_id": "account_id", "patient_id": "account_id"}.get(
            name, name
        )
        found = list(self.values.get(name, ()))
        return chance.choice(found) if found else None


class Caller:
    """One connection, and calls made up by chance."""

    def __init__(self, url: str, everybody: dict[str, people.Person], known: Known, number: int) -> None:
        self.chance = random.Random(f"{SEED}/{number}")
        self._address, self._everybody, self._known = urlsplit(url).netloc, everybody, known
        self._connection = http.client.HTTPConnection(self._address, timeout=60)
        self._not_for: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.answers: Counter[str] = Counter()
        self.faults: list[str] = []

    def call(self, method: str, path: str, operation: dict[str, Any]) -> None:
        who = self._who(method, path, operation)
        target, headers = self._target(path, operation)
        if who in self._everybody:
            headers |= self._everybody[who].headers
        elif who == "forger":
            headers["Authorization"] = f"Bearer {self.chance.choice(TOKENS)}"
        body = None
        if "requestBody" in operation:
            body, headers["Content-Type"] = self._body(operation)
        elif self.chance.random() < 0.05:
            body, headers["Content-Type"] = self.chance.choice(BYTES), "application/json"
        status, media_type, content = self._send(method, target, headers, body)
        self.answers[f"{status // 100}xx"] += 1
        fault = self._fault(status, media_type, content, (method, path), who)
        if fault:
            self.faults.append(
                f"{fault}: {who} {method} {target[:300]} {body!r:.600} {headers} -> {content!r:.300}"
            )

    def _send(
        self, method: str, target: str, headers: dict[str, str], body: bytes | None
    ) -> tuple[int, str, bytes]:
        for again in (True, False):
            try:
                raw = {name: value.encode("latin-1", "replace") for name, value in headers.items()}
                self._connection.request(method, target, body=body, headers=raw)  # type: ignore[arg-type]
                answer = self._connection.getresponse()
                content = answer.read()
            except (http.client.RemoteDisconnected, ConnectionError):
                self._connection.close()
                if not again:
                    raise
            else:
                return answer.status, answer.headers.get("Content-Type", ""), content
        raise AssertionError

    def _fault(
        self, status: int, media_type: str, content: bytes, operation: tuple[str, str], who: str
    ) -> str | None:
        if status < 300:
            if content and media_type == "application/json":
                self._known.learn(json.loads(content))
            return None
        if status >= 500:
            return f"{status}"
        if media_type != MEDIA_TYPE:
            return f"{status} is {media_type}"
        problem = json.loads(content)
        self.answers[problem["code"]] += 1
        if PROBLEMS.get(problem["code"], (0,))[0] != status or problem["status"] != status:
            return "a code that is none of ours"
        if problem["code"] == "wrong_role":
            self._not_for[operation].add(who)
        if problem["code"] == "not_signed_in" and who in self._everybody:
            self._not_for[operation].discard(who)
            self._signed_in_again(who)
        return None

    def _signed_in_again(self, who: str) -> None:
        """Somebody whom another call signed out."""
        person = self._everybody[who]
        answer = person.send(
            "POST", "/v1/sessions", {"email": person.email, "password": person.password, "role": person.role}
        )
        if answer.is_success:
            person.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def _who(self, method: str, path: str, operation: dict[str, Any]) -> str:
        if (method, path) == LEAVING:
            return self.chance.choice(["nobody", "forger", "leaving"])
        if not operation["security"] or self.chance.random() < 0.06:
            return "nobody"
        if self.chance.random() < 0.05:
            return "forger"
        everybody = [each for each in self._everybody if each != "leaving"]
        fit = [each for each in everybody if each not in self._not_for[method, path]]
        return self.chance.choice(fit if fit and self.chance.random() < 0.9 else everybody)

    def _target(self, path: str, operation: dict[str, Any]) -> tuple[str, dict[str, str]]:
        query: list[str] = []
        headers: dict[str, str] = {}
        for each in operation.get("parameters", ()):
            name, schema = each["name"], each.get("schema", {})
            if each["in"] == "path":
                path = path.replace(f"{{{name}}}", self._in_url(name, schema) or "%20")
            elif each["in"] == "header":
                if (value := self._key()) is not None:
                    headers[name] = value
            elif each.get("required") or self.chance.random() < 0.35:
                for _ in range(2 if self.chance.random() < 0.05 else 1):
                    query.append(f"{quote(name)}={self._in_url(name, schema)}")
        if self.chance.random() < 0.03:
            query.append(
                self.chance.choice(["x=1", "%00", "&&&", "=", "%ff=%ff", "limit", "cursor=%ED%A0%80"])
            )
        if self.chance.random() < 0.02:
            headers["Accept"] = self.chance.choice(["", "text/html", "*", "\xff"])
        return path + ("?" + "&".join(query) if query else ""), headers

    def _in_url(self, name: str, schema: dict[str, Any]) -> str:
        if self.chance.random() < (0.6 if name == "cursor" else 0.25):
            pools = [TEXTS, TIMES, ZONES, list(map(str, NUMBERS)), CURSORS, [b"\xff", b"\xed\xa0\x80"]]
            pool: list[Any] = CURSORS if name == "cursor" else self.chance.choice(pools)
            hostile = self.chance.choice(pool)
            if isinstance(hostile, str):
                hostile = hostile.encode("utf-8", "surrogatepass")
            return quote_from_bytes(hostile, safe="")
        value = self._known.one(name, self.chance)
        if value is None or self.chance.random() < 0.3:
            value = self._valid(schema, name)
        return quote(str(value).lower() if isinstance(value, bool) else str(value), safe="", errors="replace")

    def _key(self) -> str | None:
        what = self.chance.random()
        if what < 0.05:
            return None
        if what < 0.12:
            return self.chance.choice(
                ["", "short", "x" * 129, "with space here", "\xe4" * 9, "x" * 128, "a\tbcdefgh"]
            )
        return f"key-{self.chance.randrange(200):05}" if what < 0.3 else str(self._uuid())

    def _body(self, operation: dict[str, Any]) -> tuple[bytes, str]:
        content = operation["requestBody"]["content"]
        media_type, described = next(iter(content.items()))
        what = self.chance.random()
        if what < 0.05:
            return self.chance.choice(BYTES), media_type
        value = self._valid(described["schema"], "")
        if what < 0.08:
            return json.dumps(value).encode(), self.chance.choice(TYPES)
        if what < 0.7:
            for _ in range(self.chance.choice([1, 1, 1, 2, 5])):
                value = self._spoilt(value)
        sent = json.dumps(value).encode()
        if what > 0.97:
            cut = self.chance.randrange(len(sent) + 1)
            sent = sent[:cut] + self.chance.choice([b"", b"\xff", b"\0", b",", b"}"]) + sent[cut + 1 :]
        return sent, media_type

    def _spoilt(self, value: Any) -> Any:
        """The value with something in it that is not as described."""
        value = copy.deepcopy(value)
        if isinstance(value, dict) and value and self.chance.random() < 0.9:
            name = self.chance.choice(list(value))
            what = self.chance.random()
            if what < 0.1:
                del value[name]
            elif what < 0.2:
                value[self.chance.choice(["extra", "", "id", "\ud800", "a\0"])] = value[name]
            else:
                value[name] = self._spoilt(value[name])
            return value
        if isinstance(value, list) and value and self.chance.random() < 0.7:
            value[0] = self._spoilt(value[0])
            return value * self.chance.choice([1, 1, 2, 60])
        pool = self.chance.choice([TEXTS, TEXTS, TIMES, ZONES, NUMBERS, NUMBERS, OTHERS, CURSORS])
        return self.chance.choice(pool)

    def _valid(self, schema: dict[str, Any], name: str) -> Any:
        """Something that the schema allows, as far as a schema can tell."""
        if "$ref" in schema:
            schema = DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        if "anyOf" in schema or "oneOf" in schema:
            return self._valid(self.chance.choice(schema.get("anyOf") or schema["oneOf"]), name)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.chance.choice(schema["enum"])
        if name and self.chance.random() < 0.8 and (value := self._known.one(name, self.chance)) is not None:
            return value
        if schema.get("examples") and self.chance.random() < 0.7:
            return self.chance.choice(schema["examples"])
        return self._of_type(schema, name)

    def _of_type(self, schema: dict[str, Any], name: str) -> Any:
        match schema.get("type"):
            case "object":
                required = schema.get("required", ())
                return {
                    each: self._valid(inner, each)
                    for each, inner in schema.get("properties", {}).items()
                    if each in required or self.chance.random() < 0.6
                }
            case "array":
                count = self.chance.randint(schema.get("minItems", 0), min(schema.get("maxItems", 3), 3))
                return [self._valid(schema.get("items", {}), name) for _ in range(count)]
            case "integer":
                lowest, highest = int(schema.get("minimum", 0)), int(schema.get("maximum", 100))
                return self.chance.choice([lowest, highest, self.chance.randint(lowest, highest)])
            case "number":
                return self.chance.uniform(schema.get("minimum", -100), schema.get("maximum", 100))
            case "boolean":
                return self.chance.random() < 0.5
            case "null":
                return None
        return self._text(schema.get("format"), name, schema.get("maxLength", 60))

    def _text(self, kind: str | None, name: str, longest: int) -> str:
        soon = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=self.chance.randrange(800), hours=9)
        match kind:
            case "uuid":
                return str(self._uuid())
            case "date-time":
                return soon.isoformat()
            case "date":
                return soon.date().isoformat()
            case "email":
                return f"{self.chance.randrange(1000)}@example.org"
        if "zone" in name:
            return self.chance.choice(["Europe/Rome", "UTC", "Asia/Kathmandu", "Australia/Lord_Howe"])
        return "w" * self.chance.choice([1, 8, min(longest, 40), longest])

    def _uuid(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128))


@pytest.fixture(scope="module")
def lenient() -> Iterator[Embedded]:
    """One that waits for its database on a busy machine, and lets one patient ask for very much."""
    limits = dict.fromkeys(("HC_REQUEST_LIMITS", "HC_FRESH_REQUEST_LIMITS"), "9999,9999,9999")
    with Embedded(HC_ANSWER_WITHIN="30", **limits) as suite:
        yield suite


def test_nothing_that_is_sent_breaks_anything(lenient: Embedded) -> None:
    known = Known()
    with people.client(lenient.url) as http:
        everybody = {role: people.signed_in(http, role) for role in ("patient", "clinic")}
        everybody["leaving"] = people.signed_in(http, "patient")
        everybody["support"] = people.support(http, lenient)
        practice = people.Practice(http)
        everybody["professional"] = practice.professional
        known.learn(everybody["clinic"].post("/v1/clinics", {"name": "Studio"}, expect=201))
        known.learn(practice.service)
        known.learn({"location_id": practice.location_id, "professional_id": practice.professional.id})
        for starts_at in practice.slots(people.SOON)[:30]:
            known.learn({"starts_at": starts_at})
        for _ in range(3):
            body = practice.body(practice.slots(people.SOON)[0])
            known.learn(everybody["patient"].post("/v1/requests", body, expect=201))
        callers = [Caller(lenient.url, everybody, known, number) for number in range(AT_ONCE)]
        stop = threading.Event()

        def play(caller: Caller) -> None:
            order = OPERATIONS * (CALLS // AT_ONCE // len(OPERATIONS) + 1)
            caller.chance.shuffle(order)
            for operation in order[: CALLS // AT_ONCE]:
                if stop.is_set():
                    return
                caller.call(*operation)
                if len(caller.faults) > 5:
                    stop.set()

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(play, callers))
    answers = sum((caller.answers for caller in callers), Counter())
    faults = [fault for caller in callers for fault in caller.faults]
    print(f"seed {SEED}:", dict(answers.most_common()))
    assert not faults, f"seed {SEED}:\n" + "\n\n".join(faults)
    assert answers["2xx"] > CALLS / 20, f"seed {SEED}: too little of it came through to mean anything"
    assert '"event": "failed"' not in lenient.log("embedded")
