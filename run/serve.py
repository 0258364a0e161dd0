"""The process of one service on RabbitMQ: `python -m run.serve requests`.

SIGTERM and SIGINT let it finish what it has begun. If anything else ends it, its supervisor
(`restart:` in compose, `run.supervise` without) starts it again.
"""

# ruff: noqa: E402
import os
import warnings

warnings.filterwarnings("ignore", message="\nEventlet is deprecated")
# names are looked up only to connect, where blocking does no harm; importing its own resolver costs 0.3 s
os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")

import eventlet

eventlet.monkey_patch()  # before anything else is imported

import argparse
import signal
import sys

import structlog

from run import discovery
from shared import log
from shared.bus import amqp
from shared.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("service", choices=discovery.service_names())
    name = parser.parse_args().service
    settings = Settings.from_environment()
    log.setup(settings.log_level, service=name)
    service, everyone = discovery.served(name)

    asked_to_stop, serving = eventlet.event.Event(), False

    def stop(_signal: int, _frame: object) -> None:
        if not serving:
            os._exit(0)  # still waiting for the broker, with nothing in hand
        if not asked_to_stop.ready():
            eventlet.spawn_n(asked_to_stop.send)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)

    running = amqp.container(service, everyone, settings)
    running.start()
    serving = True
    structlog.get_logger().info("serving")
    died = eventlet.spawn(running.wait)
    died.link(lambda _: asked_to_stop.ready() or asked_to_stop.send())
    asked_to_stop.wait()
    if died.dead:
        died.wait()  # raises what it died of
        sys.exit(1)
    amqp.drain(running)
    structlog.get_logger().info("stopped")


if __name__ == "__main__":
    main()
