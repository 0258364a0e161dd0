"""Runs the toy services on one of the buses until it is ended: `toy_process amqp|local`.

The databases are named by `TELLER_URL`, `HEARER_URL` and `BUS_URL`, the broker by `HC_AMQP_URI`.
"""

import sys

if sys.argv[1] == "amqp":
    import eventlet

    eventlet.monkey_patch()

import os
import signal
import threading

import sqlalchemy as sa

from shared import log
from shared.db import Unit, new_engine
from shared.settings import Settings
from tests.bus.toys import Hearer, Teller

URLS = {Teller: "TELLER_URL", Hearer: "HEARER_URL"}


def local() -> None:
    from shared.bus.local import LocalBus

    services = [
        kind(Unit(new_engine(os.environ[url], pool_size=4), kind.metadata), Settings())
        for kind, url in URLS.items()
    ]
    running = LocalBus(services, sa.create_engine(os.environ["BUS_URL"]), workers=4, answer_within=4)
    running.start()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    ended.wait()
    running.stop()


def amqp() -> None:
    from shared.bus import amqp, topology

    everyone = topology.subscriptions(URLS)
    containers = [
        amqp.container(kind, everyone, Settings(database_url=os.environ[url])) for kind, url in URLS.items()
    ]
    for each in containers:
        each.start()
    ended = eventlet.event.Event()
    signal.signal(signal.SIGTERM, lambda *_: eventlet.spawn_n(ended.send))
    ended.wait()
    for each in containers:
        amqp.drain(each)


if __name__ == "__main__":
    log.setup()
    {"local": local, "amqp": amqp}[sys.argv[1]]()
