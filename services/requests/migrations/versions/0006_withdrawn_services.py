"""Tell once more which services are offered no longer: the directory did not listen to that."""

from datetime import UTC, datetime
from uuid import uuid5

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"

OFFERED = "requests.service_offered.v1"


def upgrade() -> None:
    withdrawn = op.get_bind().execute(
        sa.text(
            "select id, version, professional_id, kind, mode from services"
            " where not (settings->>'offered')::boolean"
        )
    )
    now = datetime.now(UTC).isoformat()
    rows = [
        {
            "topic": OFFERED,
            "body": {
                "event_id": str(uuid5(service.id, f"{OFFERED}/{service.version}")),
                "occurred_at": now,
                "version": service.version,
                "service_id": str(service.id),
                "professional_id": str(service.professional_id),
                "kind": service.kind,
                "mode": service.mode,
                "offered": False,
            },
        }
        for service in withdrawn
    ]
    op.bulk_insert(sa.table("outbox", sa.column("topic", sa.Text), sa.column("body", JSONB)), rows)
