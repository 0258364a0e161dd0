"""Names and addresses that a stranger would try, from a seed, and mails read by a parser of their own."""

import base64
import random
import re
from dataclasses import dataclass

EVIL = "eve@evil.example"
BREAKS = ("\r\n", "\n", "\r", "\r\n ", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "%0d%0a")
FIELDS = (f"Bcc: {EVIL}", f"To: {EVIL}", "Content-Type: text/html", "Subject: x", "\r\n<a href=x>", "X-Y:")
PLAIN = (
    "Studio Rossi",
    "anna",
    "محمد",
    "Ü" * 60,
    "名" * 90,
    "x" * 200,
    "🙂",
    "a b",
    "\u202eevil",
    "\u200b",
    "",
)
LINKS = ("http://evil.example/a", "www.evil.example", "evil.example", EVIL, "mailto:eve", "evil。example")
WORDS = ("=?utf-8?q?{}?=", "=?utf-8?b?{}?=", "=?UTF-8*en?Q?{}?=", "=?iso-8859-1?q?{}", "?= {} =?utf-8?q?x?=")
MARKS = ('"', "<", ">", ",", ";", "(", ")", "\\", "@", ":", "=", "?", " ", "{clinic}", "%s", "\ud800", "")


def texts(count: int, seed: int) -> list[str]:
    """Hostile texts, the same ones each time."""
    chance = random.Random(seed)
    return [_text(chance) for _ in range(count)]


def _text(chance: random.Random) -> str:
    parts = [chance.choice(PLAIN), _attack(chance), chance.choice(MARKS), chance.choice(PLAIN)]
    chance.shuffle(parts)
    return "".join(parts)[:200]


def _attack(chance: random.Random) -> str:
    attack = chance.choice(BREAKS) + chance.choice(FIELDS) + chance.choice(BREAKS)
    if chance.random() < 0.5:
        word = chance.choice(WORDS)
        in_b = base64.b64encode(attack.encode("utf-8", "replace")).decode()
        in_q = "".join(f"={octet:02x}" for octet in attack.encode("utf-8", "replace"))
        return word.format(in_b if "?b?" in word else in_q)
    return attack if chance.random() < 0.7 else chance.choice(LINKS)


@dataclass(frozen=True)
class Read:
    """A message: names and values of its header fields in order, encoded words decoded, and its text."""

    fields: list[tuple[str, str]]
    text: str

    def __getitem__(self, name: str) -> str:
        [value] = [value for each, value in self.fields if each.lower() == name.lower()]
        return value


def read(message: bytes) -> Read:
    """Read it as strictly as RFC 5322, 2045 and 2047 are written; no library's parser is asked."""
    head, blank, body = message.partition(b"\r\n\r\n")
    assert blank, "there is no end of the header"
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", message), "a line ends otherwise than with CRLF"
    assert message.endswith(b"\r\n")
    fields: list[list[str]] = []
    for line in head.split(b"\r\n"):
        assert re.fullmatch(rb"[\x20-\x7e]{1,998}", line), line
        assert b"=?" not in line or len(line) <= 76, line
        if line.startswith(b" "):
            fields[-1][1] += line.decode() if fields[-1][1] else line.decode().lstrip()
        else:
            found = re.fullmatch(r"([!-9;-~]+):(?: (.*)|$)", line.decode())
            assert found, line
            fields.append([found[1], found[2] or ""])
    values = dict(fields)
    assert all(len(line) <= 998 for line in body.split(b"\r\n"))
    if values["Content-Transfer-Encoding"] == "quoted-printable":
        assert all(len(line) <= 76 for line in body.split(b"\r\n"))
        body = _unquoted(body)
    else:
        assert body.isascii()
    return Read([(name, _decoded(value)) for name, value in fields], body.decode().replace("\r\n", "\n"))


def _unquoted(body: bytes) -> bytes:
    joined = body.replace(b"=\r\n", b"")
    assert not re.search(rb"=(?![0-9A-F]{2})", joined)
    return re.sub(rb"=([0-9A-F]{2})", lambda found: bytes([int(found[1], 16)]), joined)


_WORD = re.compile(r"=\?utf-8\?([bq])\?([!->@-~]*)\?=")


def _decoded(value: str) -> str:
    """The value with its encoded words read, a folded character in two of them included."""
    value = re.sub(r"(\?=) +(=\?)", r"\1\2", value)
    assert "=?" not in _WORD.sub("", value), value
    return _WORD.sub(lambda found: _read_word(*found.groups()), value)


def _read_word(encoding: str, text: str) -> str:
    if encoding == "b":
        return base64.b64decode(text).decode()
    return (
        re.sub("=([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), text.replace("_", " "))
        .encode("latin-1")
        .decode()
    )
