"""`make run`: the whole suite in one process. SIGTERM or Ctrl-C ends it; the data stay in `HC_HOME`."""

import asyncio
import signal
import socket
import sys

import uvicorn

from deploy.embedded import practice
from deploy.embedded.suite import AlreadyRunning, Suite
from shared import log
from shared.settings import Settings


class _Server(uvicorn.Server):
    """Says so when it is ready."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            _say_how_to_begin(f"http://{self.config.host}:{port}")


def main() -> None:
    settings = Settings.from_environment()
    log.setup(settings.log_level)
    # uvicorn raises the signal again when it is done: by then there is nothing left to interrupt
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    try:
        with Suite(settings) as suite:
            loaded = settings.home / "demo-practice-is-loaded"
            if not loaded.exists():
                asyncio.run(practice.load(suite.bus))
                loaded.touch()
            config = uvicorn.Config(
                suite.app,
                host=settings.host,
                port=settings.port,
                loop="uvloop",
                access_log=False,
                log_config=None,
                timeout_graceful_shutdown=1,
            )
            _Server(config).run()
    except AlreadyRunning as error:
        sys.exit(f"A suite is already running in {error}: end it, or set HC_HOME.")
    except _Left:
        pass


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
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    main()
