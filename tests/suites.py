"""The suite as real processes, in the two ways it runs, for tests that talk to it over HTTP."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Protocol, Self
from uuid import uuid4

import argon2
import httpx
import sqlalchemy as sa

from deploy.embedded.postgres import free_port
from run.discovery import service_names
from services.accounts.domain import directory_entry, person
from services.accounts.handlers import profiles
from services.accounts.store import directory, people, tables
from shared.contracts.accounts.people import GrantSupport, OpenAccount
from shared.contracts.accounts.values import OwnRole
from shared.db import Unit
from tests import brokers, databases
from tests.patience import patience

READY_WITHIN = 90.0
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""For people of tests: their passwords need not withstand anybody."""


class Place(Protocol):
    """The address at which an account can be opened without a mail."""

    def open_account(self, email: str, password: str, name: str, role: OwnRole) -> str:
        """Make a proved account; its id."""


_PLACES: dict[str, Place] = {}


def at(http: httpx.Client) -> Place:
    """The suite that `http` talks to."""
    return _PLACES[str(http.base_url).rstrip("/")]


def note(url: str, place: Place) -> None:
    """From now on `at` finds the place behind this address."""
    _PLACES[url] = place


class Suite(ABC):
    """Processes by name, and the address of the gateway; a context manager.

    `environment` is what is set otherwise than in the suites of other tests.
    """

    def __init__(self, **environment: str) -> None:
        self._environment = environment
        self.home = databases.folder("healthconnect-suite-")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        note(self.url, self)
        self._engine: sa.Engine | None = None
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, module: str, *arguments: str, **environment: str) -> None:
        """Run `python -m module`; what it says goes to `<home>/<name>.log`."""
        with (self.home / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                env=os.environ | self._settings() | environment,
                stdout=log,
                stderr=log,
            )

    def _settings(self) -> dict[str, str]:
        """Limits that a busy test does not meet: all of it comes from one address."""
        limited = ("SIGN_IN", "FORM", "REGISTRATION", "GUEST")
        rates = {f"HC_{each}_RATE": "100000/minute" for each in limited}
        limits = dict.fromkeys(("HC_REQUEST_LIMITS", "HC_FRESH_REQUEST_LIMITS"), "9999,9999,9999")
        limits |= dict.fromkeys(("HC_INVITATIONS_OPEN", "HC_INVITATIONS_A_DAY"), "9999")
        own = {"HC_HOME": str(self.home), "HC_PORT": str(self.port), "HC_PUBLIC_URL": self.url}
        return rates | limits | own | self._environment

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        process = self.processes.pop(name)
        process.send_signal(number)
        process.wait(patience(20))

    def log(self, name: str) -> str:
        return (self.home / f"{name}.log").read_text()

    @abstractmethod
    def __enter__(self) -> Self:
        """It is ready then."""

    @abstractmethod
    def boot(self, name: str) -> None:
        """Start the process `name`, or start it again."""

    @abstractmethod
    def database_urls(self) -> dict[str, str]:
        """Every database that something is kept in, by the name of whose it is."""

    def sql(self, database: str, statement: str, **values: Any) -> int:
        """Do what no operation does; how many rows it was done to."""
        engine = sa.create_engine(self.database_urls()[database])
        with engine.begin() as conn:
            rows: int = conn.execute(sa.text(statement), values).rowcount
        engine.dispose()
        return rows

    def open_account(
        self,
        email: str,
        password: str,
        name: str,
        role: OwnRole,
        *,
        hashed: Callable[[str], str] = CHEAP.hash,
    ) -> str:
        """Make a proved account as accounts would, without the mail and the wait; its id."""
        command = OpenAccount(account_id=uuid4(), email=email, password=password, name=name, role=role)
        new = person.open_account(command, password_hash=hashed(password), now=datetime.now(UTC))
        with self._accounts()() as work:
            assert people.add(work, new)
            if role == "professional":
                directory.put(work, directory_entry.initial(new))
        return str(new.id)

    def grant_support(self, email: str) -> None:
        """Make one of the operator's people, as a command of theirs would; no route leads to it."""
        profiles.grant_support(self._accounts(), GrantSupport(email=email), now=datetime.now(UTC))

    def _accounts(self) -> Unit:
        if self._engine is None:
            self._engine = sa.create_engine(self.database_urls()["accounts"], pool_size=4)
        return Unit(self._engine, tables.metadata)

    def wait_until_ready(self, url: str | None = None) -> None:
        """Of the gateway at `url`, or of the first."""
        deadline = time.monotonic() + patience(READY_WITHIN)
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{url or self.url}/health/ready", timeout=5).status_code == 200:
                    return
            died = [name for name, process in self.processes.items() if process.poll() is not None]
            if died or time.monotonic() > deadline:
                logs = "\n".join(f"{name}: {self.log(name)[-2000:]}" for name in self.processes)
                raise TimeoutError(f"the suite is not ready\n{logs}")
            time.sleep(0.1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._engine is not None:
            self._engine.dispose()
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


class Embedded(Suite):
    """Everything in one process: `make run`."""

    def __enter__(self) -> Self:
        self.boot()
        self.wait_until_ready()
        return self

    def boot(self, name: str = "embedded") -> None:
        self.start(name, "deploy.embedded")

    def database_urls(self) -> dict[str, str]:
        server = sa.make_url((self.home / "bus.url").read_text())
        names = ("bus", *service_names())
        return {name: server.set(database=name).render_as_string(hide_password=False) for name in names}


class Amqp(Suite):
    """A process for each service and one for the gateway, over RabbitMQ."""

    def __init__(self, uri: str, new_database: Callable[[str], str], **environment: str) -> None:
        super().__init__(**environment)
        self.uri = uri
        self.databases = {name: new_database(name) for name in service_names()}

    def __enter__(self) -> Self:
        for name in self.databases:
            self.boot(name)
        self.boot("gateway")
        self.wait_until_ready()
        return self

    def boot(self, name: str, **environment: str) -> None:
        """Start one process as compose would."""
        settings: dict[str, Any] = {"HC_AMQP_URI": self.uri} | environment
        if name.startswith("gateway"):
            self.start(name, "gateway.app", **settings)
        else:
            self.start(name, "run.serve", name, HC_DATABASE_URL=self.databases[name], **settings)

    def database_urls(self) -> dict[str, str]:
        return self.databases

    @contextlib.contextmanager
    def another_gateway(self) -> Iterator[str]:
        """One more gateway beside the first; its address."""
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        name = f"gateway on {port}"
        self.boot(name, HC_PORT=str(port))
        note(url, self)
        try:
            self.wait_until_ready(url)
            yield url
        finally:
            self.kill(name, signal.SIGTERM)


_SHARED: dict[str, Amqp] = {}


def shared_on(uri: str, new_database: Callable[[str], str]) -> Amqp:
    """The suite on this broker that tests share which only talk to it; it is started if none runs."""
    if uri not in _SHARED:
        brokers.forget_queues(uri)
        _SHARED[uri] = Amqp(uri, new_database).__enter__()
    return _SHARED[uri]


def end_shared(uri: str) -> None:
    if suite := _SHARED.pop(uri, None):
        suite.__exit__(None, None, None)


def alone_on(uri: str) -> None:
    """From now on nobody else uses this broker, and its queues are empty."""
    end_shared(uri)
    brokers.forget_queues(uri)
