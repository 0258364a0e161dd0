"""The bus, as routes ask for it."""

from typing import Annotated

from fastapi import Depends, Request

from shared.bus import client


def _bus(request: Request) -> client.Bus:
    bus: client.Bus = request.app.state.bus
    return bus


Bus = Annotated[client.Bus, Depends(_bus)]
