"""The suite as real processes, in the two ways it runs, for tests that talk to it over HTTP."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from deploy.embedded.postgres import free_port
from shared.discovery import service_names

READY_WITHIN = 40.0


class Suite(ABC):
    """Processes by name, and the address of the gateway; a context manager."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="healthconnect-suite-")
        self.home = Path(self._folder.name)
        self.home.chmod(0o711)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, module: str, *arguments: str, **environment: str) -> None:
        """Run `python -m module`; what it says goes to `<home>/<name>.log`."""
        with (self.home / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                env=os.environ | {"HC_HOME": str(self.home), "HC_PORT": str(self.port)} | environment,
                stdout=log,
                stderr=log,
            )

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        process = self.processes.pop(name)
        process.send_signal(number)
        process.wait(20)

    def log(self, name: str) -> str:
        return (self.home / f"{name}.log").read_text()

    @abstractmethod
    def boot(self, name: str) -> None:
        """Start the process `name`, or start it again."""

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/health/ready", timeout=5).status_code == 200:
                    return
            if time.monotonic() > deadline:
                logs = "\n".join(f"{name}: {self.log(name)[-2000:]}" for name in self.processes)
                raise TimeoutError(f"the suite is not ready\n{logs}")
            time.sleep(0.1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._folder.cleanup()


class Embedded(Suite):
    """Everything in one process: `make run`."""

    def __enter__(self) -> "Embedded":
        self.boot()
        self.wait_until_ready()
        return self

    def boot(self, name: str = "embedded") -> None:
        self.start(name, "deploy.embedded")


class Amqp(Suite):
    """A process for each service and one for the gateway, over RabbitMQ."""

    def __init__(self, uri: str, new_database: Callable[[str], str]) -> None:
        super().__init__()
        self._uri = uri
        self.databases = {name: new_database(name) for name in service_names()}

    def __enter__(self) -> "Amqp":
        for name in self.databases:
            self.boot(name)
        self.boot("gateway")
        self.wait_until_ready()
        return self

    def boot(self, name: str, **environment: str) -> None:
        """Start one process as compose would."""
        settings: dict[str, Any] = {"HC_AMQP_URI": self._uri} | environment
        if name == "gateway":
            self.start("gateway", "gateway.app", **settings)
        else:
            self.start(name, "shared.serve", name, HC_DATABASE_URL=self.databases[name], **settings)
