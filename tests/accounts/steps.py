"""Steps of people with accounts, on a real database."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
import sqlalchemy as sa

from services.accounts.domain.person import Person
from services.accounts.domain.session import begin, has_fresh_proof
from services.accounts.handlers import (
    clinics,
    deletion,
    invitations,
    mail_delivery,
    password_changes,
    registration,
    request_events,
    sessions,
)
from services.accounts.store import people as store_people
from services.accounts.store import registrations, tables
from services.accounts.store import sessions as rows
from services.accounts.tools import Tools
from shared.contracts.accounts.clinics import (
    AcceptInvitation,
    ClinicView,
    CreateClinic,
    Invite,
    MembershipView,
)
from shared.contracts.accounts.deletion import AccountDeletion, AskMyDeletion, ConfirmDeletion
from shared.contracts.accounts.people import (
    AccountView,
    ConfirmAccount,
    ConfirmAccountByLink,
    OpenAccount,
    RegisterAccount,
    RegistrationView,
)
from shared.contracts.accounts.recovery import AskReset, ResetPassword
from shared.contracts.accounts.sessions import Device, RefreshSession, SignIn, TokenView
from shared.contracts.refusals import Refused
from shared.contracts.requests.moves import RequestConfirmed, RequestSubmitted
from shared.db import Unit

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
SOON = NOW + timedelta(minutes=1)
PASSWORD = "seven lamps over the harbour"
PHONE = UUID(int=77)
"""The device that people sign in with."""
ANNA = Person(
    id=UUID(int=1),
    version=1,
    email="anna@example.org",
    name="Anna Conti",
    roles=("patient",),
    password_hash="",
    stands_alone=True,
    registered_at=NOW,
)
"""A patient, for rules on values alone."""


@dataclass(frozen=True)
class House:
    """Accounts with all its tools; mails become files in `home`."""

    unit: Unit
    tools: Tools
    home: Path

    def with_tools(self, **changes: Any) -> "House":
        return replace(self, tools=replace(self.tools, **changes))

    def register(self, name: str = "Anna Conti", role: str = "patient", **changes: Any) -> AccountView:
        """A proved account. Its address is `anna.conti@example.org`, and so on."""
        fields = {
            "account_id": uuid4(),
            "email": address(name),
            "password": PASSWORD,
            "name": name,
            "role": role,
        }
        command = OpenAccount(**fields | changes)
        return registration.open_account(self.unit, command, tools=self.tools, now=NOW)

    def begin(
        self, name: str = "Anna Conti", role: str = "patient", *, now: datetime = NOW, **changes: Any
    ) -> RegistrationView:
        """As people register: the mail is yet to come."""
        fields = {
            "registration_id": uuid4(),
            "email": address(name),
            "password": PASSWORD,
            "name": name,
            "role": role,
            "origin": "192.0.2.1",
        }
        command = RegisterAccount(**fields | changes)
        return registration.begin(self.unit, command, proof_id=uuid4(), tools=self.tools, now=now)

    def confirm(self, registration_id: UUID, code: str, *, now: datetime = NOW) -> AccountView:
        command = ConfirmAccount(registration_id=registration_id, code=code)
        return registration.confirm(self.unit, command, account_id=uuid4(), tools=self.tools, now=now)

    def confirm_by_link(self, token: str, password: str, *, now: datetime = NOW) -> AccountView:
        command = ConfirmAccountByLink(token=token, password=password)
        return registration.confirm_by_link(self.unit, command, account_id=uuid4(), tools=self.tools, now=now)

    def code_of(self, registration_id: UUID) -> str:
        """Return the code that is mailed for this registration."""
        with self.unit() as work:
            begun = registrations.find(work, registration_id)
        assert begun is not None
        return self.tools.vault.mail_code(begun.proof_id, begun.email)

    def sign_in(self, name: str = "Anna Conti", *, now: datetime = NOW, **changes: Any) -> TokenView:
        fields = {
            "email": address(name),
            "password": PASSWORD,
            "device": {"device_id": PHONE, "name": "A phone"},
            "origin": "192.0.2.1",
        }
        command = SignIn(**fields | changes)
        return sessions.sign_in(self.unit, command, session_id=uuid4(), tools=self.tools, now=now)

    def refresh(self, token: str, *, device_id: UUID | None = PHONE, now: datetime = NOW) -> TokenView:
        command = RefreshSession(refresh_token=token, device_id=device_id)
        return sessions.refresh(self.unit, command, tools=self.tools, now=now)

    def at_hand(self, person_id: UUID, *, now: datetime = NOW) -> UUID:
        """Return a session of theirs, the same each time, on which they have just proved who they are."""
        session_id = uuid5(person_id, "at hand")
        with self.unit() as work:
            known = rows.find(work, session_id, to_change=True)
            person = store_people.find(work, person_id)
            if known is None and person is not None:
                device = Device(device_id=session_id, name="At hand")
                rows.add(work, begin(session_id, person, role=person.roles[0], device=device, now=now))
            elif known is not None and not has_fresh_proof(known, person_id, now=now):
                rows.save(work, replace(known, ended_at=None, proved_at=now))
        return session_id

    def mails(self, *, now: datetime = NOW) -> list[EmailMessage]:
        """Send the mails that are due, and return them, oldest first."""
        mail_delivery.answer_mail_requests(self.unit, new_uuid=uuid4, tools=self.tools, now=now)
        before = set(self.home.glob("mail/*"))
        mail_delivery.send_mails(self.unit, tools=self.tools, now=now)
        return self.sent(but=before)

    def sent(self, but: Collection[Path] = ()) -> list[EmailMessage]:
        """All mails that were ever posted, oldest first, without those in the files `but`."""
        fresh = sorted(set(self.home.glob("mail/*")) - set(but), key=lambda path: path.stat().st_mtime_ns)
        return [BytesParser(policy=policy.default).parsebytes(path.read_bytes()) for path in fresh]

    def mailed_token(self, kind: str, *, now: datetime = NOW) -> str:
        """Of the one link in the mails that are posted now."""
        [mail] = [each for each in self.mails(now=now) if "token=" in each.get_content()]
        return token_in(mail, kind)

    def reset_token(self, name: str = "Anna Conti", *, now: datetime = NOW) -> str:
        password_changes.ask_reset(
            self.unit, AskReset(email=address(name), origin="192.0.2.1"), tools=self.tools
        )
        return self.mailed_token("reset", now=now)

    def reset(
        self,
        token: str,
        password: str,
        *,
        code: str | None = None,
        device_id: UUID | None = None,
        now: datetime = NOW,
    ) -> None:
        command = ResetPassword(token=token, password=password, code=code, device_id=device_id)
        password_changes.reset(self.unit, command, tools=self.tools, now=now)

    def close(self, person_id: UUID, *, now: datetime = NOW) -> tuple[AccountDeletion, str]:
        """Ask, confirm, and the token of the link that keeps the account."""
        ask = AskMyDeletion(person_id=person_id)
        deletion.ask_mine(self.unit, ask, link_id=uuid4(), tools=self.tools, now=now)
        sent = [mail for mail in self.mails(now=now) if "/account/deletion?" in mail.get_content()]
        confirm = ConfirmDeletion(token=token_in(sent[-1], "deletion"))
        view = deletion.confirm(self.unit, confirm, tools=self.tools, now=now)
        return view, self.mailed_token("keep", now=now)

    def erase(self, person_id: UUID, *, now: datetime = NOW) -> datetime:
        """Close, and wait until nothing is left; when that was."""
        view, _ = self.close(person_id, now=now)
        assert deletion.erase_due(self.unit, new_uuid=uuid4, now=view.erases_at) == 1
        self.mails(now=view.erases_at)
        return view.erases_at

    def clinic(self, owner: AccountView, name: str = "The Clinic", **changes: Any) -> ClinicView:
        fields = {"clinic_id": uuid4(), "by": owner.account_id, "name": name}
        return clinics.create(self.unit, CreateClinic.model_validate(fields | changes), now=NOW)

    def invite(
        self,
        at: ClinicView,
        owner: AccountView,
        email: str,
        role: str,
        *,
        now: datetime = NOW,
        **changes: Any,
    ) -> str:
        """The mailed token."""
        session_id = self.at_hand(owner.account_id, now=now)
        fields = {
            "invitation_id": uuid4(),
            "clinic_id": at.clinic_id,
            "by": owner.account_id,
            "session_id": session_id,
        }
        command = Invite(**{**fields, "email": email, "role": role, **changes})
        invitations.invite(self.unit, command, tools=self.tools, now=now)
        return self.mailed_token("invitation", now=now)

    def accept(self, token: str, by: UUID, role: str, *, now: datetime = SOON) -> MembershipView:
        command = AcceptInvitation(token=token, by=by, role=role)
        return invitations.accept(self.unit, command, tools=self.tools, now=now)

    def join(self, at: ClinicView, owner: AccountView, member: AccountView, role: str) -> MembershipView:
        """Invite, and accept."""
        token = self.invite(at, owner, member.email, role)
        signed_in_as = "professional" if role == "professional" else "clinic"
        return self.accept(token, member.account_id, signed_in_as)

    def visit(
        self,
        patient: AccountView,
        professional: AccountView,
        kind: Any = RequestSubmitted,
        *,
        confirmed: bool = False,
        **changes: Any,
    ) -> None:
        """Requests tells of a visit, or of a step in its life."""
        request_events.note_visit(self.unit, visit(kind, patient, professional, **changes), now=NOW)
        if confirmed:
            moved = visit(RequestConfirmed, patient, professional, **(changes | {"version": 2}))
            request_events.note_visit(self.unit, moved, now=NOW)

    def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        with self.unit() as work:
            found = work.conn.execute(sa.select(table).order_by(*table.primary_key))
            return [dict(row._mapping) for row in found]

    def count(self, table: sa.Table) -> int:
        return len(self.rows(table))

    def events(self, topic: str = "") -> list[dict[str, Any]]:
        """Bodies of what was announced so far, of one topic or of all, oldest first."""
        with self.unit() as work:
            table = work.tables["outbox"]
            query = sa.select(table.c.body).order_by(table.c.position)
            return list(work.conn.scalars(query.where(table.c.topic == topic) if topic else query))

    def audit(self, subject_id: UUID) -> list[tuple[UUID, str, str]]:
        """Return actor, role and action of each entry, oldest first."""
        rows = [row for row in self.rows(tables.access_log) if row["subject_id"] == subject_id]
        return [(row["actor_id"], row["actor_role"], row["action"]) for row in rows]

    def everything(self) -> str:
        """All that the database holds, as text."""
        with self.unit() as work:
            query = "select t::text from {} t"
            found = [work.conn.scalars(sa.text(query.format(name))).all() for name in work.tables]
        return "\n".join(row for rows in found for row in rows)


def address(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@example.org"


def token_in(mail: EmailMessage, kind: str) -> str:
    found = re.search(rf"/{kind}\?token=([\w.-]+)\s", mail.get_content())
    assert found, mail.get_content()
    return found[1]


def code_in(mail: EmailMessage) -> str:
    found = re.search(r"^\s+(\d{8})\s*$", mail.get_content(), re.MULTILINE)
    assert found, mail.get_content()
    return found[1]


def visit(kind: Any, patient: AccountView, professional: AccountView, **changes: Any) -> Any:
    """An event of requests about the one visit that these two have."""
    starts_at = NOW + timedelta(days=7)
    fields = {
        "occurred_at": NOW,
        "version": 1,
        "request_id": UUID(int=patient.account_id.int ^ professional.account_id.int),
        "patient_id": patient.account_id,
        "professional_id": professional.account_id,
        "service_id": UUID(int=10),
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=30),
        "expires_at": starts_at,
        "by": "patient",
    }
    return kind(**fields | changes)


def refused(command: Callable[[], Any]) -> Refused:
    with pytest.raises(Refused) as refusal:
        command()
    return refusal.value


def outcome(command: Callable[[], Any]) -> str | None:
    """The code of the refusal, or None where it was done."""
    try:
        command()
    except Refused as refusal:
        return refusal.code
    return None
