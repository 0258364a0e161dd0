"""A process imports what it needs: starting is most of a short run, and every test of a suite pays for it."""

import subprocess
import sys

import pytest

from run import discovery
from shared.bus import topology

SERVES = "from run import discovery, serve; discovery.service_class({!r})"
FOREIGN_TO_A_SERVICE = {"aio_pika", "alembic", "fastapi", "gateway", "icalendar", "starlette", "uvicorn"}
FOREIGN_TO_THE_GATEWAY = {"alembic", "eventlet", "kombu", "nameko", "run", "services", "sqlalchemy"}


def imported_by(code: str) -> set[str]:
    command = [sys.executable, "-W", "ignore", "-c", f"{code}; import sys; print(*sys.modules)"]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


@pytest.mark.parametrize("name", discovery.service_names())
def test_a_process_of_a_service_imports_nothing_of_other_services(name: str) -> None:
    modules = imported_by(SERVES.format(name))
    assert not FOREIGN_TO_A_SERVICE & modules
    assert {each.split(".")[1] for each in modules if each.startswith("services.")} == {name}


def test_the_gateway_imports_no_database_and_no_service() -> None:
    assert not FOREIGN_TO_THE_GATEWAY & imported_by("import gateway.app")


@pytest.mark.parametrize("name", discovery.service_names())
def test_the_subscriptions_on_file_are_those_of_the_services(name: str) -> None:
    expected = topology.subscriptions([discovery.service_class(name)])
    assert discovery.subscriptions()[name] == expected[name]


def test_a_process_refuses_to_start_if_its_listeners_are_not_those_on_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(discovery, "subscriptions", lambda: {"notify": ["accounts.account_erased.v1"]})
    with pytest.raises(SystemExit, match=r"subscriptions\.json is stale"):
        discovery.served("notify")
