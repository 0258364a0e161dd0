"""`make run`: the whole suite in one process. SIGTERM or Ctrl-C ends it; the data stay in `HC_HOME`."""

import asyncio
import signal
import socket
import sys

import uvicorn

from deploy.embedded import practice
from deploy.embedded.suite import AlreadyRunning, Suite
from gateway import server
from shared import log
from shared.settings import Settings


class _Server(uvicorn.Server):
    """Says so when it is ready."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            _say_how_to_begin(f"http://{host}:{port}")


def main() -> None:
    settings = Settings.from_environment()
    log.setup(settings.log_level)
    # uvicorn raises the signal again when it is done: by then there is nothing left to interrupt
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    suite = Suite(settings)
    try:
        _make_home(settings)
        with _listening(settings) as listening, suite:
            loaded = settings.home / "demo-practice-is-loaded"
            if not loaded.exists():
                asyncio.run(practice.load(suite.bus))
                loaded.touch()
            config = server.config(suite.app, settings, stop_within=1)
            _Server(config).run(sockets=[listening])
    except AlreadyRunning as error:
        sys.exit(f"A suite is already running in {error}: end it, or set HC_HOME.")
    except _Left:
        pass
    if suite.database_ended:
        sys.exit("PostgreSQL ended under the suite. Start it again; what was committed is there.")


def _make_home(settings: Settings) -> None:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(f"HC_HOME: {settings.home} cannot be a folder ({error.strerror}).")


def _listening(settings: Settings) -> socket.socket:
    """Taken first: whether the port is free is known before anything is started."""
    try:
        return socket.create_server((settings.host, settings.port))
    except OSError as error:
        sys.exit(f"{settings.host}:{settings.port}: {error.strerror}. Set HC_PORT or HC_HOST.")


class _Left(BaseException):
    pass


def _leave(_signal: int, _frame: object) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # leaving takes a second: let it be done
    raise _Left


def _say_how_to_begin(address: str) -> None:
    lines = [f"ready {address}", "", f"  docs     {address}/docs"]
    for person in practice.PEOPLE:
        lines.append(f"  {person.role:<13} {person.email:<24} password: {practice.PASSWORD}")
    lines.append('  (support has two roles, so it signs in with "role": "support")')
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    main()
