"""Finds or brings a RabbitMQ for the tests.

In this order: `HC_TEST_AMQP_URI`, where one process runs the tests (`-n 0`): several would read each other's
queues; a container if a Docker daemon answers; a private `rabbitmq-server` process; on Debian as root, that
process after `apt-get install`.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import docker.errors
from kombu import Connection

from deploy.embedded.postgres import free_port
from run.discovery import service_names
from shared.bus import topology
from tests.patience import patience

START_WITHIN = 90.0
IMAGE = os.environ.get("RABBITMQ_IMAGE", "rabbitmq:4")


class NoBroker(Exception):
    """None can be had on this machine."""


class GivenBroker:
    """A broker that somebody else runs: it can be used, not stopped."""

    def __init__(self, uri: str) -> None:
        self.uri = uri

    def close(self) -> None:
        pass


class ContainerBroker:
    """RabbitMQ in a container, on a port that stays the same when it is stopped and started."""

    def __init__(self) -> None:
        from testcontainers.core.container import DockerContainer

        port = free_port()
        self._container = DockerContainer(IMAGE).with_bind_ports(5672, port)
        try:
            self._container.start()
        except docker.errors.APIError as error:
            raise NoBroker(f"Docker has no {IMAGE}: {error.explanation}") from error
        self.uri = f"amqp://guest:guest@127.0.0.1:{port}//"
        wait_until_it_answers(self.uri)

    def stop(self) -> None:
        self._container.get_wrapped_container().stop(timeout=3)

    def start(self) -> None:
        self._container.get_wrapped_container().start()

    def close(self) -> None:
        self._container.stop()


class ProcessBroker:
    """A private `rabbitmq-server`: its own node name, ports and folders, on loopback."""

    def __init__(self) -> None:
        self._server = _server_program()
        self._home = Path(tempfile.mkdtemp(prefix="healthconnect-rabbitmq-"))
        port, distribution = free_port(), free_port()
        self.uri = f"amqp://guest:guest@127.0.0.1:{port}//"
        (self._home / "rabbitmq.conf").write_text(
            f"listeners.tcp.default = 127.0.0.1:{port}\nlog.console.level = error\n"
            "loopback_users.guest = true\n"
        )
        (self._home / "enabled_plugins").write_text("[].\n")
        self._environment = os.environ | {
            "HOME": str(self._home),
            "RABBITMQ_NODENAME": f"hc{port}@localhost",
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_MNESIA_BASE": str(self._home / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self._home / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(self._home / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._home / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(self._home / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(free_port()),
        }
        # Erlang would start its port mapper as a daemon that outlives it; it finds ours instead
        self._mapper = subprocess.Popen(["epmd"], env=self._environment)
        self.start()

    def start(self) -> None:
        with (self._home / "output").open("ab") as output:
            self._process = subprocess.Popen(
                [self._server], env=self._environment, stdout=output, stderr=output, start_new_session=True
            )
        try:
            wait_until_it_answers(self.uri)
        except NoBroker:
            raise NoBroker((self._home / "output").read_text()[-2000:]) from None

    def stop(self) -> None:
        """Ends the whole group: the shell and the Erlang machine."""
        for number, seconds in ((signal.SIGTERM, 15), (signal.SIGKILL, 5)):
            with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
                os.killpg(self._process.pid, number)
                self._process.wait(seconds)

    def close(self) -> None:
        self.stop()
        self._mapper.kill()
        self._mapper.wait()
        shutil.rmtree(self._home, ignore_errors=True)


Broker = GivenBroker | ContainerBroker | ProcessBroker


def bring() -> Broker:
    """Raises NoBroker, with the reason, where none can be had."""
    uri = os.environ.get("HC_TEST_AMQP_URI")
    if uri and "PYTEST_XDIST_WORKER" not in os.environ:
        wait_until_it_answers(uri, within=5)
        return GivenBroker(uri)
    return bring_own()


def bring_own() -> ContainerBroker | ProcessBroker:
    """A broker of our own, which may be stopped."""
    if docker_answers():
        with contextlib.suppress(NoBroker):
            return ContainerBroker()
    return ProcessBroker()


def docker_answers() -> bool:
    if not shutil.which("docker"):
        return False
    return subprocess.run(["docker", "info"], capture_output=True, timeout=20).returncode == 0


def wait_until_it_answers(uri: str, within: float = START_WITHIN) -> None:
    deadline = time.monotonic() + patience(within)
    while True:
        try:
            with Connection(uri, connect_timeout=2) as connection:
                connection.connect()
                return
        except Exception:
            if time.monotonic() > deadline:
                raise NoBroker(f"no RabbitMQ answers at {uri.rpartition('@')[2]}") from None
            time.sleep(0.2)


def forget_queues(uri: str) -> None:
    """One test at a time uses the broker, and begins with empty queues."""
    with Connection(uri) as connection:
        channel = connection.channel()
        for name in service_names():
            for make in (
                topology.events_queue,
                topology.retry_queue,
                topology.dead_queue,
                topology.rpc_queue,
            ):
                make(name)(channel).delete()


def can_have_a_process() -> bool:
    return bool(_installed()) or _can_install()


def _server_program() -> str:
    if not _installed() and _can_install():
        _install()
    if program := _installed():
        return program
    raise NoBroker("no HC_TEST_AMQP_URI, no Docker, and no rabbitmq-server that could be installed")


def _installed() -> str | None:
    # not Debian's wrapper in /usr/sbin: it insists on the system's own user and folders
    debian = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    return str(debian) if debian.exists() else shutil.which("rabbitmq-server")


def _can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install() -> None:
    """Installs Debian's package, without letting it start a server of the system."""
    policy = Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-qqy", "--no-install-recommends", "rabbitmq-server"]):
            subprocess.run(["apt-get", *command], env=environment, capture_output=True, check=False)
    finally:
        if ours:
            policy.unlink()
