"""Mails as bytes: exactly the header that was meant, whatever a stranger writes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import TypeAdapter, ValidationError

from deploy.embedded.postgres import free_port
from services.accounts.domain.pending_mail import PendingMail
from services.accounts.domain.quoting import quote
from services.accounts.handlers import mail_delivery
from services.accounts.mails import FOLDER
from services.accounts.store import mails as store
from services.accounts.store import tables
from shared.contracts.accounts.clinics import ClinicView
from shared.contracts.accounts.people import AccountView
from shared.contracts.accounts.values import Email
from shared.mail import HEADERS, Mail, Sender, Unsendable, mailer, message
from shared.settings import Settings
from tests.accounts.hostile import EVIL, read, texts
from tests.accounts.steps import NOW, House

OURS = Sender.read("HealthConnect <no-reply@healthconnect.example>")
_EMAIL: TypeAdapter[str] = TypeAdapter(Email)


def one(**changes: str) -> Mail:
    fields = {"to": "anna@example.org", "subject": "Set a new password", "text": "Hello\n"} | changes
    return Mail(id=UUID(int=7), written_at=NOW, **fields)


def test_a_mail_has_exactly_the_header_that_was_meant() -> None:
    found = read(message(one(), OURS))
    assert found.fields == [
        ("From", "HealthConnect <no-reply@healthconnect.example>"),
        ("To", "anna@example.org"),
        ("Subject", "Set a new password"),
        ("Date", "Mon, 01 Mar 2027 09:00:00 +0000"),
        ("Message-ID", "<00000000-0000-0000-0000-000000000007@healthconnect.example>"),
        ("Auto-Submitted", "auto-generated"),
        ("MIME-Version", "1.0"),
        ("Content-Type", 'text/plain; charset="utf-8"'),
        ("Content-Transfer-Encoding", "7bit"),
    ]
    assert found.text == "Hello\n"


@pytest.mark.parametrize(
    "text",
    ["Grüße! " * 40, "a \t", "=3D=\n.\n..", "x" * 999, "\x0c\x0b\x85\u2028", "🙂" * 300, " ", "", "a\rb"],
)
def test_a_text_arrives_as_it_was_rendered(text: str) -> None:
    assert read(message(one(text=text + "\n"), OURS)).text == text.replace("\r", "\n") + "\n"


@pytest.mark.parametrize("subject", ["Über " * 60, "名" * 100, "🙂" * 50, "x" * 300, "a" * 68])
def test_a_subject_that_is_long_or_foreign_is_folded_into_encoded_words(subject: str) -> None:
    assert read(message(one(subject=subject), OURS))["Subject"] == subject


def test_no_subject_and_no_sender_breaks_out_of_its_header() -> None:
    """There is no free text in them; if there ever is, the mail is given up."""
    for text in texts(500, seed=1):
        try:
            found = read(message(one(subject=text), OURS))
        except Unsendable:
            assert re.search(r"=\?|[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", text)
            continue
        assert tuple(name for name, _ in found.fields) == HEADERS
        assert found["Subject"].strip() == text.strip()


@pytest.mark.parametrize(
    ("written", "header"),
    [
        ("a@b.example", "a@b.example"),
        ("<a@b.example>", "a@b.example"),
        ("Dr. Rossi, Roma <a@b.example>", '"Dr. Rossi, Roma" <a@b.example>'),
        ('"Dr. Rossi" <a@b.example>', '"Dr. Rossi" <a@b.example>'),
        ("Größe <a@b.example>", "Größe <a@b.example>"),
    ],
)
def test_a_sender_is_named_as_the_settings_say(written: str, header: str) -> None:
    assert Settings(mail_from=written).mail_from == written
    assert read(message(one(), Sender.read(written)))["From"] == header


@pytest.mark.parametrize("written", ["Anna", "a@b@c", "A <a@b>\r\nBcc: x@y", 'A "B" <a@b.example>', "ä@b"])
def test_a_sender_that_is_no_address_stops_the_start(written: str) -> None:
    with pytest.raises(ValidationError, match="mail_from"):
        Settings(mail_from=written)
    with pytest.raises(ValueError, match="must be an address"):
        Sender.read(written)


def addresses() -> list[str]:
    """500 of them: hostile text before the @, after it, and around a good one."""
    made = []
    for number, text in enumerate(texts(500, seed=2)):
        shapes = (
            f"{text}@b.example",
            f"a@{text}.example",
            f"{text} <a@b.example>",
            f"a@b.example{text}",
            text,
        )
        made.append(shapes[number % len(shapes)])
    return made


def test_a_hostile_address_is_refused_or_is_the_one_that_gets_the_mail() -> None:
    taken = 0
    for given in addresses():
        try:
            checked = _EMAIL.validate_python(given)
        except ValidationError:
            continue
        found = read(message(one(to=checked), OURS))
        assert tuple(name for name, _ in found.fields) == HEADERS
        assert found["To"] == checked
        assert checked == given or checked.isascii()
        taken += 1
    assert taken < 100


def test_what_is_no_address_gets_no_mail_even_where_it_was_stored() -> None:
    for given in addresses():
        try:
            found = read(message(one(to=given), OURS))
        except Unsendable:
            continue
        assert (found["To"], re.fullmatch(r"[!-~]+@[a-zA-Z0-9.-]+", given) is not None) == (given, True)


@dataclass
class Envelopes:
    """A server that keeps whom each mail came from and went to, and its bytes."""

    port: int
    got: list[tuple[str | None, list[str], bytes]] = field(default_factory=list)

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.got.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


@pytest.fixture
def server() -> Iterator[Envelopes]:
    kept = Envelopes(free_port())
    controller = Controller(kept, hostname="127.0.0.1", port=kept.port)
    controller.start()
    yield kept
    controller.stop()


def over_smtp(house: House, settings: Settings, server: Envelopes) -> House:
    ours = settings.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{server.port}"})
    return house.with_tools(settings=ours, send_mail=mailer(ours))


def test_the_server_is_told_the_address_that_was_checked(
    house: House, settings: Settings, server: Envelopes
) -> None:
    odd = [
        "o'neill+x@b.example",
        "a&b=c?@b.example",
        "{}|~!#$%^*_`/@b.example",
        "a@münchen.de",
        ".".join("ab") * 20,
    ]
    checked = [_EMAIL.validate_python(each) for each in odd[:4]] + [f"{odd[4][:64]}@b.example"]
    with house.unit() as work:
        for number, email in enumerate(checked):
            store.enqueue(work, UUID(int=number), "erased", email, now=NOW)
    mail_delivery.send_mails(
        over_smtp(house, settings, server).unit, tools=over_smtp(house, settings, server).tools, now=NOW
    )
    assert sorted(to for _, to, _ in server.got) == sorted([email] for email in checked)
    assert {sender for sender, _, _ in server.got} == {OURS.address}
    assert sorted(read(content)["To"] for _, _, content in server.got) == sorted(checked)


def test_a_letter_to_a_stored_address_that_is_none_is_given_up_and_keeps_no_other_waiting(
    house: House, settings: Settings, server: Envelopes
) -> None:
    with house.unit() as work:
        for number, email in enumerate(
            ["=?utf-8?q?eve=40evil.example?=@b.example", "a@b.example\r\nBcc: x", "c@d.example"]
        ):
            store.enqueue(work, UUID(int=number), "erased", email, now=NOW)
    ours = over_smtp(house, settings, server)
    mail_delivery.send_mails(ours.unit, tools=ours.tools, now=NOW)
    assert [to for _, to, _ in server.got] == [["c@d.example"]]
    assert house.count(tables.mails) == 0


def test_the_file_and_the_server_get_the_same_bytes(
    house: House, settings: Settings, server: Envelopes
) -> None:
    written = one(text="Grüße,\n.\nHealthConnect\n")
    mailer(settings)(written)
    over_smtp(house, settings, server).tools.send_mail(written)
    [path] = (settings.home / "mail").glob("*.eml")
    assert server.got[0][2] == path.read_bytes() == message(written, OURS)


def test_a_hostile_name_of_a_clinic_is_quoted_and_nothing_more(
    house: House, olga: AccountView, at: ClinicView
) -> None:
    """Old rows hold any name: each of 500 is put there, and the invitation is read."""
    house.invite(at, olga, "eve@example.org", "staff")
    meant = house.sent()[0]
    with house.unit() as work:
        pending = PendingMail(
            id=uuid4(),
            kind="invitation",
            email="eve@example.org",
            object_id=work.conn.execute(sa.select(tables.links.c.id)).scalar_one(),
            attempts=0,
            due_at=NOW,
            give_up_at=NOW + timedelta(days=1),
        )
        for name in texts(500, seed=3):
            stored = re.sub(r"[\x00\ud800]", "", name) or "x"
            work.conn.execute(sa.update(tables.clinics).values(name=stored))
            written = mail_delivery._render(work, pending, tools=house.tools, now=NOW)
            assert written is not None
            found = read(message(written, OURS))
            assert tuple(each for each, _ in found.fields) == HEADERS
            assert found["To"] == "eve@example.org"
            assert found["Subject"] == meant["Subject"] == "You are invited to work with a clinic"
            before, name_line, after = found.text.split('"')
            assert name_line == quote(stored)
            assert before.endswith("calls itself:\n\n    ")
            assert re.findall(r"https?://\S+", after) == re.findall(r"https?://\S+", meant.get_content())
            assert EVIL not in found.text


def test_nothing_is_filled_in_to_a_subject() -> None:
    subjects = [path.read_text().partition("\n\n")[0] for path in FOLDER.glob("*.txt")]
    assert [each for each in subjects if "{" in each or "\n" in each] == []
    assert len(subjects) == 22


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Studio Rossi & Figli (Roma)", "Studio Rossi & Figli (Roma)"),
        ("Dr. Rossi", "Dr. Rossi"),
        ("عيادة محمد", "عيادة محمد"),
        ("http://evil.example/x", "http evil example x"),
        ("www.evil.example", "www evil example"),
        ("evil。example", "evil example"),
        ("eve@evil.example", "eve evil example"),
        ("Call +39 06 1234567", "Call +..."),
        ('x"\r\n\r\nPay here', "x Pay here"),
        ("x" * 200, "x" * 77 + "..."),
        ("\u202ecod.exe", "cod exe"),
    ],
)
def test_a_quoted_name_is_no_link(name: str, shown: str) -> None:
    assert quote(name) == shown
    for text in [name, *texts(500, seed=4)]:
        assert not re.search(r"[/:@\\\"\r\n]|\w\.\w|\d{5}", quote(text))
