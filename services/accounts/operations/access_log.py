"""The access log: entries about changed rights, and the mails that tell their owner."""

from datetime import datetime
from uuid import UUID, uuid5

from services.accounts.domain.person import Person
from services.accounts.store import mails, people
from services.accounts.store.people import AccessEntry
from shared.db import Work


def change_entry(subject: Person, action: str, *, by: UUID, now: datetime, object_id: UUID) -> AccessEntry:
    """Return the entry about a change of rights."""
    role = "self" if by == subject.id else "operator"
    return AccessEntry(
        at=now,
        actor_id=by,
        actor_role=role,
        subject_id=subject.id,
        action=action,
        object_id=object_id,
    )


def log_sign_in_change(work: Work, owner: Person, action: str, *, object_id: UUID, now: datetime) -> None:
    """Log a change of how the owner signs in, and mail them a notice: a stranger may have made it."""
    people.log_access(work, change_entry(owner, action, by=owner.id, now=now, object_id=object_id))
    mail_id = uuid5(object_id, f"{action}/{now.isoformat()}")
    mails.enqueue(work, mail_id, "notice", owner.email, now=now)
