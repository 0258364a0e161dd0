"""The access log: entries about what was read and changed, and the mails that tell the owner of a change."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid5

from services.accounts.domain import access_log, person
from services.accounts.store import mails, people
from shared.db import Work


def log_change(
    work: Work, subject: person.Person, action: str, *, by: UUID | None, object_id: UUID, now: datetime
) -> None:
    """Log a change of rights by the subject, or by an operator at a shell (None)."""
    role = "self" if by == subject.id else "operator"
    log(work, [(subject.id, object_id)], action, by=by or access_log.OPERATOR, role=role, now=now)


def log_sign_in_change(
    work: Work, owner: person.Person, action: str, *, object_id: UUID, now: datetime
) -> None:
    """Log a change of how the owner signs in, and mail them a notice: a stranger may have made it."""
    log_change(work, owner, action, by=owner.id, object_id=object_id, now=now)
    mail_id = uuid5(object_id, f"{action}/{now.isoformat()}")
    mails.enqueue(work, mail_id, "notice", owner.email, now=now)


def log(
    work: Work,
    touched: Iterable[tuple[UUID | None, UUID]],
    action: str,
    *,
    by: UUID,
    role: str,
    now: datetime,
) -> None:
    """Log an entry for each subject and object."""
    entries = [
        access_log.AccessEntry(
            at=now, actor_id=by, actor_role=role, subject_id=subject_id, action=action, object_id=object_id
        )
        for subject_id, object_id in touched
        if subject_id is not None
    ]
    people.log_access(work, *entries)
