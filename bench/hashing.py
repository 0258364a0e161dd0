"""Does hashing stall the other calls of a process? Pings of accounts, idle and while 20 people sign in.

On both buses: threads of one process, and one process of accounts (eventlet) over RabbitMQ.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

import httpx

from services.accounts import passwords
from shared.bus.client import AmqpBus
from tests import brokers
from tests.conftest import server
from tests.suites import Amqp, Embedded, Suite

SIGN_INS, ROUNDS, IDLE_PINGS = 20, 7, 200
Ping = Callable[[], Awaitable[object]]


def main() -> None:
    print(f"{SIGN_INS} people sign in at once; {ROUNDS} rounds; milliseconds, median (lowest to highest)\n")
    print(f"{'bus':<10} {'ping idle p50':>22} {'idle p99':>22} {'during p50':>22} {'during p99':>22}")
    for name, measure in (("embedded", _embedded), ("rabbitmq", _rabbitmq)):
        rounds = measure()
        cells = [_cell([each[column] for each in rounds]) for column in range(4)]
        print(f"{name:<10} " + " ".join(f"{cell:>22}" for cell in cells), flush=True)


def _embedded() -> list[tuple[float, ...]]:
    """Over HTTP, where `/health/ready` pings each service: from outside there is no other way in."""
    with Embedded() as suite:
        return asyncio.run(_rounds(suite, None))


def _rabbitmq() -> list[tuple[float, ...]]:
    with ExitStack() as stack:
        broker = brokers.bring()
        stack.callback(broker.close)
        brokers.forget_queues(broker.uri)
        suite = stack.enter_context(Amqp(broker.uri, stack.enter_context(server()).new))
        return asyncio.run(_rounds(suite, broker.uri))


async def _rounds(suite: Suite, broker: str | None) -> list[tuple[float, ...]]:
    async with httpx.AsyncClient(base_url=suite.url, timeout=30) as http:
        people = [_registered(suite, number) for number in range(SIGN_INS)]
        if broker is None:
            return [await _round(http, people, lambda: http.get("/health/ready")) for _ in range(ROUNDS)]
        async with AmqpBus(broker, answer_within=10) as bus:
            while bus.connection == 0:
                await asyncio.sleep(0.05)
            return [await _round(http, people, lambda: bus.ping("accounts")) for _ in range(ROUNDS)]


async def _round(http: httpx.AsyncClient, people: list[dict[str, str]], ping: Ping) -> tuple[float, ...]:
    idle = [await _timed(ping) for _ in range(IDLE_PINGS)]
    signing_in = asyncio.gather(*(http.post("/v1/sessions", json=each) for each in people))
    during = []
    while not signing_in.done():
        during.append(await _timed(ping))
    assert {answer.status_code for answer in await signing_in} == {200}
    return (*_p50_p99(idle), *_p50_p99(during))


def _registered(suite: Suite, number: int) -> dict[str, str]:
    who = {"email": f"bench.{number}.{time.time_ns()}@bench.example", "password": "a password for the bench"}
    suite.open_account(who["email"], who["password"], "Bench", "patient", hashed=passwords.hash_password)
    return who


async def _timed(ping: Ping) -> float:
    began = time.perf_counter()
    await ping()
    return (time.perf_counter() - began) * 1000


def _p50_p99(times: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return cuts[49], cuts[98]


def _cell(values: list[float]) -> str:
    return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"


if __name__ == "__main__":
    main()
