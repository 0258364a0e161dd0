"""Policies of practices, and booking settings of professionals: settings with a version."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from services.requests.domain.booking import BookingSettings
from services.requests.domain.policy import Policy
from services.requests.store.tables import booking_settings, policies
from shared.contracts.requests.hours import BookingOptions
from shared.contracts.requests.policies import PolicySettings
from shared.db import Work
from shared.rows import Rows

_policies = Rows(policies, Policy, settings=PolicySettings.model_validate)
_booking = Rows(booking_settings, BookingSettings, settings=BookingOptions.model_validate)


def policy_of(work: Work, practice_id: UUID) -> Policy:
    """Return the stored settings, or the defaults."""
    return _policies.find(work, practice_id) or Policy(practice_id=practice_id)


def put_policy(work: Work, policy: Policy) -> bool:
    """Store the settings; False, and nothing is changed, if this version or a later one is stored."""
    return _policies.put_next(work, policy)


def booking_settings_of(work: Work, professional_id: UUID, practice_id: UUID) -> BookingSettings:
    """Return the stored settings, or the defaults."""
    found = _booking.one(work, _key(professional_id, practice_id))
    return found or BookingSettings(professional_id=professional_id, practice_id=practice_id)


def booking_settings_of_all(
    work: Work, professional_ids: Collection[UUID]
) -> dict[tuple[UUID, UUID], BookingSettings]:
    """Return the booking settings that were set, by professional and practice."""
    found = _booking.many(work, booking_settings.c.professional_id.in_(professional_ids))
    return {(each.professional_id, each.practice_id): each for each in found}


def lock_booking_settings(work: Work, professional_id: UUID, practice_id: UUID) -> None:
    """Lock the booking settings, so that transactions that count a day's appointments run one after the
    other."""
    query = sa.select(booking_settings.c.version).where(_key(professional_id, practice_id))
    work.conn.execute(query.with_for_update())


def put_booking_settings(work: Work, booking: BookingSettings) -> bool:
    """Store the settings; False, and nothing is changed, if this version or a later one is stored."""
    return _booking.put_next(work, booking)


def _key(professional_id: UUID, practice_id: UUID) -> sa.ColumnElement[bool]:
    return sa.and_(
        booking_settings.c.professional_id == professional_id, booking_settings.c.practice_id == practice_id
    )
