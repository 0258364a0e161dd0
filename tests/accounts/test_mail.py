"""Letters, posted to a real server."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.embedded.postgres import free_port
from services.accounts.domain.pending_mail import SENDING_LASTS
from services.accounts.handlers import mail_delivery, password_changes, tickets
from services.accounts.store import tables
from shared.contracts.accounts.recovery import AskReset, GetLink
from shared.contracts.accounts.tickets import AnswerTicket, OpenTicket
from shared.mail import Mail, mailer
from shared.settings import Settings
from tests.accounts.steps import NOW, House, token_in


@dataclass
class Mailbox:
    """A server that keeps what it gets; `reply` is what it says to each letter."""

    port: int
    reply: str = "250 OK"
    got: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.reply.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.got.append(BytesParser(policy=policy.default).parsebytes(envelope.content))
        return self.reply


@pytest.fixture
def box() -> Iterator[Mailbox]:
    kept = Mailbox(free_port())
    controller = Controller(kept, hostname="127.0.0.1", port=kept.port)
    controller.start()
    yield kept
    controller.stop()


def through(house: House, settings: Settings, port: int) -> House:
    """The house with a server of its own for mail."""
    ours = settings.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{port}"})
    return house.with_tools(settings=ours, send_mail=mailer(ours))


@pytest.fixture
def posting(house: House, settings: Settings, box: Mailbox) -> House:
    """A patient has asked for a new password; mails go to `box`."""
    house.register()
    ours = through(house, settings, box.port)
    ask(ours)
    return ours


def ask(house: House) -> None:
    command = AskReset(email="anna.conti@example.org", origin="192.0.2.1")
    password_changes.ask_reset(house.unit, command, tools=house.tools)
    mail_delivery.answer_mail_requests(house.unit, new_uuid=uuid4, tools=house.tools, now=NOW)


def post(house: House, *, after: timedelta = timedelta(0)) -> None:
    mail_delivery.send_mails(house.unit, tools=house.tools, now=NOW + after)


def waiting(house: House) -> list[tuple[int, timedelta]]:
    """Attempts so far of each letter, and when the next one is."""
    return [(row["attempts"], row["due_at"] - NOW) for row in house.rows(tables.mails)]


def answered(house: House, text: str) -> None:
    command = OpenTicket(
        ticket_id=uuid4(),
        person_id=None,
        email="visitor@example.org",
        topic="other",
        role="visitor",
        device_type="web",
        app_version="1",
        description="Hello",
        origin="192.0.2.1",
    )
    opened = tickets.open_ticket(house.unit, command, tools=house.tools, now=NOW)
    answer = AnswerTicket(ticket_id=opened.ticket_id, by=uuid4(), version=1, text=text)
    tickets.answer(house.unit, answer, now=NOW)


def test_a_letter_reaches_who_asked_for_it_and_its_link_works(posting: House, box: Mailbox) -> None:
    post(posting)
    [mail] = box.got
    assert mail["To"] == "anna.conti@example.org"
    assert mail["From"] == "HealthConnect <no-reply@healthconnect.example>"
    assert mail["Subject"] == "Set a new password"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == NOW
    assert re.fullmatch(r"<[0-9a-f-]{36}@healthconnect\.example>", mail["Message-ID"])
    assert "http://127.0.0.1:8000/account/reset?token=" in mail.get_content()
    look = GetLink(token=token_in(mail, "reset"))
    assert password_changes.get_link(posting.unit, look, tools=posting.tools, now=NOW).kind == "reset"


def test_a_letter_that_left_is_forgotten(posting: House, box: Mailbox) -> None:
    for _ in range(2):
        post(posting)
    assert len(box.got) == 1
    assert waiting(posting) == []


def test_nobody_is_named_in_a_letter(posting: House, box: Mailbox) -> None:
    post(posting)
    assert "Anna" not in box.got[0].get_content()
    assert "Anna" not in str(box.got[0]["To"])


@pytest.mark.parametrize("reply", ["451 Later", "554 Never"])
def test_a_letter_that_was_not_taken_is_tried_again_with_growing_pauses(
    posting: House, box: Mailbox, reply: str
) -> None:
    box.reply, now, pauses = reply, timedelta(0), []
    while now < timedelta(hours=6):
        post(posting, after=now)
        if not waiting(posting):
            break
        [(_, due)] = waiting(posting)
        pauses.append((due - now).total_seconds())
        post(posting, after=due - timedelta(seconds=1))
        assert waiting(posting) == [(len(pauses), due)]
        now = due
    assert pauses[:4] == [5, 10, 20, 40]
    assert pauses == sorted(pauses)
    assert box.got == []


def test_a_server_that_is_down_loses_nothing(house: House, settings: Settings, box: Mailbox) -> None:
    house.register()
    nobody_there = through(house, settings, free_port())
    ask(nobody_there)
    post(nobody_there)
    assert waiting(house) == [(1, timedelta(seconds=5))]
    post(through(house, settings, box.port), after=timedelta(seconds=5))
    assert len(box.got) == 1
    assert waiting(house) == []


def test_a_letter_is_given_up_after_a_day(house: House, settings: Settings, box: Mailbox) -> None:
    answered(house, "Hello again.")
    down, pause = through(house, settings, free_port()), timedelta(0)
    while pause < timedelta(hours=23):
        post(down, after=pause)
        [(attempts, pause)] = waiting(house)
    assert attempts < 40
    post(through(house, settings, box.port), after=timedelta(days=1))
    assert waiting(house) == []
    assert box.got == []


def test_a_link_that_is_dead_is_not_mailed(posting: House, box: Mailbox) -> None:
    post(posting, after=timedelta(minutes=60))
    assert (box.got, waiting(posting)) == ([], [])


def test_one_letter_that_fails_keeps_no_other_waiting(posting: House, box: Mailbox) -> None:
    answered(posting, "Hello again.")
    real = posting.tools.send_mail

    def fussy(mail: Mail) -> None:
        if "password" in mail.subject:
            raise OSError("no")
        real(mail)

    post(posting.with_tools(send_mail=fussy))
    assert [mail["To"] for mail in box.got] == ["visitor@example.org"]
    assert waiting(posting) == [(1, timedelta(seconds=5))]


class Crash(BaseException):
    """The process ends here."""


def test_a_crash_after_posting_posts_again_under_the_same_id(posting: House, box: Mailbox) -> None:
    real = posting.tools.send_mail

    def post_and_die(mail: Mail) -> None:
        real(mail)
        raise Crash

    with pytest.raises(Crash):
        post(posting.with_tools(send_mail=post_and_die))
    post(posting)
    assert len(box.got) == 1, "it may be another process's"
    post(posting, after=SENDING_LASTS)
    assert len(box.got) == 2
    assert len({mail["Message-ID"] for mail in box.got}) == 1
    assert waiting(posting) == []


@pytest.mark.parametrize(
    "text", ["Grüße! 你好 🙂", "{link} %s {0}", ".\n..\n= here\n", "word " * 700, "x" * 4000], ids=range(5)
)
def test_an_answer_arrives_as_it_was_written(
    house: House, settings: Settings, box: Mailbox, text: Any
) -> None:
    answered(house, text)
    post(through(house, settings, box.port))
    [mail] = box.got
    arrived = mail.get_content().replace("\r\n", "\n")
    assert arrived.startswith(text.strip() + "\n\nPlease do not send")


def test_without_a_server_letters_become_files(house: House) -> None:
    house.register()
    ask(house)
    [mail] = house.mails()
    [path] = (house.home / "mail").iterdir()
    assert path.name.startswith("20270301T090000-")
    assert path.name.endswith(".eml")
    assert (house.home / "mail").stat().st_mode & 0o777 == 0o700
    assert "/account/reset?token=" in mail.get_content()
