"""The suite as containers, where Docker answers: the story, scaled services, and a service that dies."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from deploy import story
from deploy.embedded.postgres import free_port
from tests import brokers, suites
from tests.faults import people

ROOT = Path(__file__).resolve().parents[2]
RATES = dict.fromkeys(("HC_SIGN_IN_RATE", "HC_REGISTRATION_RATE"), "1000/minute")
RATES |= {"HC_FRESH_REQUEST_LIMITS": "9999,9999,9999"}
PASSWORDS = ("POSTGRES", "RABBITMQ", "ACCOUNTS_DB", "REQUESTS_DB", "NOTIFY_DB")


class Composed:
    """The project under a name of its own, on a free port."""

    def __init__(self) -> None:
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        secrets = {f"{name}_PASSWORD": uuid4().hex for name in PASSWORDS}
        self.environment = os.environ | secrets | RATES | {"HC_PORT": str(port)}
        self._name = f"healthconnect-test-{uuid4().hex[:8]}"
        suites.note(self.url, self)

    def run(self, *words: str, check: bool = True) -> str:
        command = ["docker", "compose", "--project-name", self._name, *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=420
        )
        assert done.returncode == 0 or not check, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def open_account(self, email: str, password: str, name: str, role: str) -> str:
        """As an operator would, who vouches for the address; its id."""
        body = {"email": email, "password": password, "name": name, "role": role}
        command = json.dumps(body | {"account_id": str(uuid4())})
        call = ["python", "-m", "run.call", "accounts.open_account", command]
        account_id: str = json.loads(self.run("exec", "-T", "accounts", *call))["account_id"]
        return account_id

    def mailed(self, address: str) -> str:
        """The mails to this address, which are files where no server is set."""
        script = 'for m in /tmp/mail/*.eml; do grep -q "^To: $0" "$m" && cat "$m"; done'
        return self.run("exec", "-T", "accounts", "sh", "-c", script, address, check=False)

    def processes(self, service: str) -> set[int]:
        """The process of each container of `service`, as this machine numbers it."""
        ids = self.run("ps", "--quiet", service).split()
        inspect = ["docker", "inspect", "--format", "{{.State.Pid}}", *ids]
        return {int(pid) for pid in subprocess.check_output(inspect, text=True).split()} - {0}


def _all_new(now: set[int], before: set[int]) -> bool:
    return len(now) == len(before) and not now & before


@pytest.fixture(scope="module")
def composed() -> Iterator[Composed]:
    if not brokers.docker_answers():
        if os.environ.get("HC_REQUIRE_DOCKER") == "1":
            pytest.fail("no Docker daemon answers")
        pytest.skip("NO DOCKER, NOT TESTED COMPOSED")
    assert shutil.which("docker")
    suite = Composed()
    try:
        suite.run("up", "--detach", "--build", "--wait", "--scale", "requests=3")
        yield suite
    finally:
        suite.run("down", "--volumes", "--timeout", "5", check=False)


def test_the_story_can_be_told_by_the_composed_suite(composed: Composed) -> None:
    with httpx.Client(base_url=composed.url, timeout=10) as http:
        assert len(list(story.tell(http, composed.mailed))) == 25


def test_three_processes_of_requests_share_the_work(composed: Composed) -> None:
    """Under load each of them holds several connections to the database: it carries commands out."""
    with people.client(composed.url) as http, ThreadPoolExecutor(12) as pool:
        practice = people.Practice(http)
        path = f"/v1/professionals/{practice.professional.id}/slots"
        query = {"service_id": practice.service["service_id"], "from": people.SOON, "days": 35}

        def look(_: int) -> httpx.Response:
            return people.insist(lambda: http.get(path, params=query), within=120)

        assert {answer.status_code for answer in pool.map(look, range(120))} == {200}
    busy = composed.run(
        *["exec", "-T", "postgres", "psql", "-U", "postgres", "-tAc"],
        "select client_addr from pg_stat_activity where datname = 'requests' group by 1 having count(*) > 3",
    )
    assert len(busy.split()) == 3


def test_a_service_that_is_killed_comes_back_and_loses_nothing(composed: Composed) -> None:
    with people.client(composed.url) as http:
        practice, patient = people.Practice(http), people.signed_in(http, "patient")
        slots = practice.slots(people.SOON)
        made = [patient.post("/v1/requests", practice.body(slot), expect=201) for slot in slots[:5]]
        for service in ("notify", "requests"):
            before = composed.processes(service)
            for pid in before:
                os.kill(pid, signal.SIGKILL)
            people.eventually(lambda s=service, b=before: _all_new(composed.processes(s), b), within=60)
        people.insist(lambda: http.get("/v1/inbox", headers=patient.headers), within=60)
        wanted = sorted((request["request_id"], "request_submitted") for request in made)
        people.eventually(lambda: sorted(people.told(patient)) == wanted, within=60)


def test_each_service_reaches_its_own_database_only(composed: Composed) -> None:
    password = composed.environment["NOTIFY_DB_PASSWORD"]
    reach = "psql -tAc 'select 1' postgresql://notify:{}@127.0.0.1/{}"
    own = composed.run("exec", "-T", "postgres", "sh", "-c", reach.format(password, "notify"))
    assert own.strip() == "1"
    other = composed.run(
        "exec", "-T", "postgres", "sh", "-c", reach.format(password, "accounts") + " 2>&1", check=False
    )
    assert "permission denied" in other


def test_nothing_listens_beyond_this_machine_and_nothing_runs_as_root(composed: Composed) -> None:
    published = composed.run("ps", "--format", "{{.Ports}}")
    assert "127.0.0.1:" in published
    assert "0.0.0.0:" not in published.replace("127.0.0.1:", "")
    for service in ("gateway", "accounts", "requests", "notify"):
        assert composed.run("exec", "-T", service, "id", "-u").strip() == "10001"
