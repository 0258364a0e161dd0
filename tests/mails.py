"""The mails of a running suite, which are files in its home."""

import email
import email.policy
import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from tests.patience import patience

_LINK = re.compile(r"/(\w+)\?token=(\S+)")


@dataclass(frozen=True)
class Mail:
    """A mail to one address; `kind` and `token` belong to the link in it, if there is one."""

    to: str
    subject: str
    text: str
    kind: str = ""
    token: str = ""


class Mailbox:
    """Opens each mail once, so what was asked for before is not taken for what is asked for now."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "mail"
        self._unread: dict[str, Mail] = {}
        self._seen: set[str] = set()
        self._lock = threading.Lock()

    def token(self, kind: str, to: str, *, within: float = 15) -> str:
        """The token of the first mail to `to` with a link of this `kind` that nobody opened yet."""
        return self.open(to, kind=kind, within=within).token

    def open(self, to: str, *, kind: str | None = None, within: float = 15) -> Mail:
        """The first mail to `to` that nobody opened yet; of this `kind`, if one is named."""
        deadline = time.monotonic() + patience(within)
        while True:
            with self._lock:
                self._fetch()
                for name, mail in self._unread.items():
                    if mail.to == to and kind in (None, mail.kind):
                        return self._unread.pop(name)
            assert time.monotonic() < deadline, f"no mail ({kind or 'of any kind'}) came"
            time.sleep(0.05)

    def waiting(self, to: str) -> list[Mail]:
        """Return the mails that nobody has opened."""
        with self._lock:
            self._fetch()
            return [mail for mail in self._unread.values() if mail.to == to]

    def _fetch(self) -> None:
        """A mail is a file that is written at once, but may be looked at before: then it has no end yet."""
        for path in sorted(self._folder.glob("*.eml")):
            if path.name not in self._seen and (text := path.read_bytes()).endswith(b"\n"):
                self._seen.add(path.name)
                self._unread[path.name] = _mail(text)


def _mail(raw: bytes) -> Mail:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    text = message.get_content()
    link = _LINK.search(text)
    kind, token = link.groups() if link else ("", "")
    return Mail(str(message["To"]), str(message["Subject"]), text, kind, token)
