"""Rows of the directory, and searches in it.

A search is one query. It orders by a rank and the id; the rank is the distance where a point is given,
else how far the name is from the one that was looked for.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from anyascii import anyascii
from sqlalchemy.dialects.postgresql import aggregate_order_by, array, insert

from services.accounts.domain.directory_entry import EARTH_RADIUS_KM, SIMILAR_ENOUGH, Box, DirectoryEntry
from services.accounts.store.tables import clinics, listings, memberships, offered, points
from shared import cursor
from shared.contracts.accounts.directory import FindProfessionals
from shared.contracts.accounts.values import ContactCard, Place, Point
from shared.contracts.requests.services import ServiceOffered
from shared.db import Work
from shared.rows import Rows

_rows = Rows(listings, DirectoryEntry, contact=ContactCard.model_validate, place=Place.model_validate)
find = _rows.find


@dataclass(frozen=True, kw_only=True)
class Found:
    """A search found this listing; `distance_km` is to its nearest place, if a point was given."""

    listing: DirectoryEntry
    rank: float
    distance_km: float | None


def fold_name(name: str) -> str:
    """Return a name without case, accents and scripts, to compare it with what people type."""
    return anyascii(name).casefold()


def put(work: Work, listing: DirectoryEntry) -> None:
    _rows.put(work, listing, folded_name=fold_name(listing.name))
    update_points(work, [listing.professional_id])


def save_offered(work: Work, event: ServiceOffered) -> None:
    """Keep what it tells, unless a newer version is known."""
    row = {
        "service_id": event.service_id,
        "professional_id": event.professional_id,
        "kind": event.kind,
        "mode": event.mode,
        "version": event.version,
        "offered": event.offered,
    }
    query = insert(offered).values(row)
    newer = offered.c.version < event.version
    work.conn.execute(query.on_conflict_do_update(index_elements=["service_id"], set_=row, where=newer))


def update_offered(work: Work, professional_id: UUID) -> None:
    """Bring what the listing says of services in line with what is offered."""

    def all_of(column: sa.Column[Any]) -> sa.ScalarSelect[Any]:
        values = sa.func.array_agg(aggregate_order_by(column.distinct(), column))
        query = sa.select(sa.func.coalesce(values, sa.cast(array([]), listings.c.services.type)))
        hers = sa.and_(offered.c.professional_id == professional_id, offered.c.offered)
        return query.where(hers).scalar_subquery()

    work.conn.execute(
        sa.update(listings)
        .where(listings.c.professional_id == professional_id)
        .values(services=all_of(offered.c.kind), modes=all_of(offered.c.mode))
    )


def forget_offered(work: Work, professional_id: UUID) -> None:
    work.conn.execute(sa.delete(offered).where(offered.c.professional_id == professional_id))


def update_points(work: Work, professional_ids: list[UUID]) -> None:
    """Bring the points of professionals in line with their own places and those of their clinics."""
    hers = listings.c.professional_id.in_(professional_ids)
    lock = sa.select(listings.c.professional_id).where(hers).order_by(listings.c.professional_id)
    work.conn.execute(lock.with_for_update())  # a clinic may move while one of them publishes their page
    work.conn.execute(sa.delete(points).where(points.c.professional_id.in_(professional_ids)))
    own = sa.select(
        listings.c.professional_id, listings.c.professional_id.label("at_id"), *_point(listings)
    ).where(hers, listings.c.place.is_not(None))
    in_clinics = (
        sa.select(listings.c.professional_id, clinics.c.id, *_point(clinics))
        .join(memberships, memberships.c.person_id == listings.c.professional_id)
        .join(clinics, clinics.c.id == memberships.c.clinic_id)
        .where(hers, clinics.c.place.is_not(None))
        .where(memberships.c.active, memberships.c.role == "professional")
    )
    columns = ["professional_id", "at_id", "latitude", "longitude"]
    work.conn.execute(sa.insert(points).from_select(columns, own.union_all(in_clinics)))


def search(work: Work, command: FindProfessionals, *, box: Box | None) -> list[Found]:
    """Return the best `limit + 1`; `box` holds all that is near enough to `command.near`."""
    if command.name is not None:
        # at most this transaction's: what `<%` takes for close enough
        nearness = sa.func.set_config("pg_trgm.word_similarity_threshold", str(SIMILAR_ENOUGH), True)
        work.conn.execute(sa.select(nearness))
    return [
        Found(
            listing=_rows.read(row), rank=row.rank, distance_km=row.rank if command.near is not None else None
        )
        for row in work.conn.execute(query_of(command, box=box))
    ]


def query_of(command: FindProfessionals, *, box: Box | None) -> sa.Select[Any]:
    """Return the one query of a search."""
    query = sa.select(listings).where(listings.c.listed)
    rank: sa.ColumnElement[Any] = sa.literal(0.0, sa.Double)
    if command.name is not None:
        wanted = fold_name(command.name)
        query = query.where(sa.literal(wanted).op("<%")(listings.c.folded_name))
        rank = 1 - sa.func.word_similarity(wanted, listings.c.folded_name)
    if command.near is not None and box is not None:
        near = _distances(command.near, box).subquery()
        query = query.join(near, near.c.professional_id == listings.c.professional_id)
        query = query.where(near.c.distance <= command.within_km)
        rank = near.c.distance
    for wanted_value, column in (
        (command.specialty, listings.c.specialties),
        (command.service, listings.c.services),
        (command.mode, listings.c.modes),
        (command.language, listings.c.languages),
    ):
        if wanted_value is not None:
            query = query.where(column.contains([wanted_value]))
    if command.service is not None and command.mode is not None:
        together = (offered.c.kind == command.service, offered.c.mode == command.mode)
        hers = offered.c.professional_id == listings.c.professional_id
        query = query.where(sa.exists().where(hers, offered.c.offered, *together))
    if command.accepting_new_patients is not None:
        query = query.where(listings.c.accepting_new_patients == command.accepting_new_patients)
    rank = sa.cast(sa.func.round(sa.cast(rank, sa.Numeric), 6), sa.Double)
    by_name = command.name is None and command.near is None
    key = (listings.c.name, listings.c.professional_id)
    if not by_name:
        key = (rank, *key)  # type: ignore[assignment]
    if command.cursor is not None:
        kinds = (str, UUID) if by_name else (float, str, UUID)
        query = query.where(sa.tuple_(*key) > sa.tuple_(*cursor.decode(command.cursor, *kinds)))
    return query.add_columns(rank.label("rank")).order_by(*key).limit(command.limit + 1)


def cursor_key(command: FindProfessionals, last: Found) -> tuple[Any, ...]:
    key = (last.listing.name, last.listing.professional_id)
    return key if command.name is None and command.near is None else (last.rank, *key)


def _distances(near: Point, box: Box) -> sa.Select[Any]:
    """Select the kilometres to the nearest point of each professional in the box (haversine formula)."""
    latitude, longitude = sa.func.radians(points.c.latitude), sa.func.radians(points.c.longitude)
    here, there = sa.func.radians(near.latitude), sa.func.radians(near.longitude)
    half = sa.func.power(sa.func.sin((latitude - here) / 2), 2) + sa.func.cos(here) * sa.func.cos(
        latitude
    ) * sa.func.power(sa.func.sin((longitude - there) / 2), 2)
    distance = 2 * EARTH_RADIUS_KM * sa.func.asin(sa.func.sqrt(sa.func.least(1.0, half)))
    return (
        sa.select(points.c.professional_id, sa.func.min(distance).label("distance"))
        .where(points.c.latitude.between(box.south, box.north))
        .where(points.c.longitude.between(box.west, box.east))
        .group_by(points.c.professional_id)
    )


def _point(table: sa.Table) -> tuple[sa.ColumnElement[Any], ...]:
    return tuple(sa.cast(table.c.place[name].astext, sa.Double) for name in ("latitude", "longitude"))
