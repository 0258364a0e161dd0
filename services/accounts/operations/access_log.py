"""The access log: entries about changed rights, and the mails that tell their owner."""

from datetime import datetime
from uuid import UUID, uuid5

from services.accounts.domain.person import Person
from services.accounts.store import mail, people
from services.accounts.store.people import Entry
from shared.db import Work


def rights_changed(subject: Person, action: str, *, by: UUID, now: datetime, object_id: UUID) -> Entry:
    """For the audit: what somebody may do is different now."""
    role = "self" if by == subject.id else "operator"
    return Entry(
        at=now,
        actor_id=by,
        actor_role=role,
        subject_id=subject.id,
        action=action,
        object_id=object_id,
    )


def sign_in_changed(work: Work, owner: Person, action: str, *, object_id: UUID, now: datetime) -> None:
    """Written down, and told by mail: it may have been somebody else."""
    people.write_down(work, rights_changed(owner, action, by=owner.id, now=now, object_id=object_id))
    letter_id = uuid5(object_id, f"{action}/{now.isoformat()}")
    mail.post(work, letter_id, "notice", owner.email, now=now)
