"""The public HTTP API: `python -m gateway.app` serves it over RabbitMQ."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import uvicorn
from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline

from gateway import docs, problems, reference, server
from gateway.auth import EndedSessions, Keyring
from gateway.fields import only_known_parameters
from gateway.limits import BodyLimits, SafeAnswers
from gateway.problems import description, page
from gateway.routes import (
    accounts,
    clinics,
    deciding,
    deletion,
    directory,
    factor_removals,
    feeds,
    guests,
    health,
    hours,
    inbox,
    pages,
    patients,
    places,
    policies,
    requests,
    security,
    services,
    sessions,
    tickets,
    video,
    visit,
    web,
)
from shared import log
from shared.bus.client import AmqpBus, Bus
from shared.settings import Settings

ABOUT = """
Patients ask for visits; professionals review the requests and confirm, decline or complete them.

- Times are RFC 3339 with an offset; `time_zone` is the IANA zone of the place.
- A POST that creates takes an `Idempotency-Key`: repeating it is harmless.
- Every refusal is a problem (RFC 9457) with a stable `code`.

**Not for emergencies.** If you need urgent or emergency care, contact local emergency services or go to
the nearest emergency department.
"""


AREAS = (
    health,
    accounts,
    sessions,
    security,
    factor_removals,
    patients,
    directory,
    clinics,
    places,
    hours,
    services,
    policies,
    requests,
    deciding,
    feeds,
    video,
    guests,
    inbox,
    deletion,
    tickets,
    pages,
    web,
    visit,
)


def create_app(bus: Bus, *, https: bool = False) -> FastAPI:
    """The API over any bus, which must be up while it serves; `https` is how people reach it."""
    app: FastAPI = FastAPIOffline(
        title="HealthConnect",
        version="0.4.0",
        contact={"name": "HealthConnect support"},
        license_info={"name": "Proprietary", "identifier": "LicenseRef-Proprietary"},
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        dependencies=[Depends(only_known_parameters)],
    )
    app.state.bus, app.state.keyring, app.state.ended_sessions = bus, Keyring(bus), EndedSessions(bus)
    app.state.warnings = []
    app.add_middleware(BodyLimits)
    app.add_middleware(SafeAnswers, https=https)
    problems.install(app)
    _describe_once(app)
    app.include_router(docs.router)
    app.include_router(page.router)
    for routes in AREAS:
        app.include_router(routes.router)
    return app


def _describe_once(app: FastAPI) -> None:
    """Have the description of `app` made by the first thread that asks, while others wait for it.

    FastAPI fails where two threads make it at once.
    """
    generate, lock = app.openapi, threading.Lock()

    @cache
    def described() -> dict[str, Any]:
        return reference.complete(description.describe(generate()))

    def openapi() -> dict[str, Any]:
        with lock:
            return described()

    app.openapi = openapi  # type: ignore[method-assign]


def main() -> None:
    settings = Settings.from_environment()
    log.setup(settings.log_level, service="gateway")
    bus = AmqpBus(settings.amqp_uri, answer_within=settings.answer_within)
    app = create_app(bus, https=settings.public_url.startswith("https:"))

    @asynccontextmanager
    async def connected(_: FastAPI) -> AsyncIterator[None]:
        async with bus:
            yield

    app.router.lifespan_context = connected
    uvicorn.Server(server.config(app, settings, stop_within=5)).run()


if __name__ == "__main__":
    main()
