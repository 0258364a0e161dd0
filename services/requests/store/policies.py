"""Policies of practices, and booking settings of professionals: settings with a version."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.requests.domain.booking import BookingSettings
from services.requests.domain.policy import Policy
from services.requests.store.tables import booking_settings, policies
from shared.contracts.requests.hours import BookingOptions
from shared.contracts.requests.policies import PolicySettings
from shared.db import Work


def policy_of(work: Work, practice_id: UUID) -> Policy:
    """Return the stored settings, or the defaults."""
    row = work.conn.execute(sa.select(policies).where(policies.c.practice_id == practice_id)).one_or_none()
    if row is None:
        return Policy(practice_id=practice_id)
    return Policy(**dict(row._mapping) | {"settings": PolicySettings.model_validate(row.settings)})


def put_policy(work: Work, policy: Policy) -> bool:
    """Store the settings; False, and nothing is changed, if this version or a later one is stored."""
    settings = policy.settings.model_dump(mode="json")
    return _put(work, policies, policy.practice_id, version=policy.version, settings=settings)


def booking_settings_of(work: Work, professional_id: UUID, practice_id: UUID) -> BookingSettings:
    """Return the stored settings, or the defaults."""
    query = sa.select(booking_settings).where(_key(professional_id, practice_id))
    row = work.conn.execute(query).one_or_none()
    if row is None:
        return BookingSettings(professional_id=professional_id, practice_id=practice_id)
    return _booking_settings(row)


def booking_settings_of_all(
    work: Work, professional_ids: Collection[UUID]
) -> dict[tuple[UUID, UUID], BookingSettings]:
    """Return the booking settings that were set, by professional and practice."""
    query = sa.select(booking_settings).where(booking_settings.c.professional_id.in_(professional_ids))
    rows = work.conn.execute(query)
    return {(row.professional_id, row.practice_id): _booking_settings(row) for row in rows}


def lock_booking_settings(work: Work, professional_id: UUID, practice_id: UUID) -> None:
    """Lock the booking settings, so that transactions that count a day's appointments run one after the
    other."""
    query = sa.select(booking_settings.c.version).where(_key(professional_id, practice_id))
    work.conn.execute(query.with_for_update())


def put_booking_settings(work: Work, booking: BookingSettings) -> bool:
    """Store the settings; False, and nothing is changed, if this version or a later one is stored."""
    settings = booking.settings.model_dump(mode="json")
    key = (booking.professional_id, booking.practice_id)
    return _put(work, booking_settings, *key, version=booking.version, settings=settings)


def _key(professional_id: UUID, practice_id: UUID) -> sa.ColumnElement[bool]:
    return sa.and_(
        booking_settings.c.professional_id == professional_id, booking_settings.c.practice_id == practice_id
    )


def _booking_settings(row: sa.Row[Any]) -> BookingSettings:
    return BookingSettings(**dict(row._mapping) | {"settings": BookingOptions.model_validate(row.settings)})


def _put(work: Work, table: sa.Table, *ids: UUID, version: int, settings: dict[str, Any]) -> bool:
    key = list(table.primary_key.columns)
    names = [each.name for each in key]
    row = dict(zip(names, ids, strict=True)) | {"version": version, "settings": settings}
    query = insert(table).values(row)
    query = query.on_conflict_do_update(index_elements=key, set_=row, where=table.c.version == version - 1)
    return work.conn.execute(query).rowcount == 1
