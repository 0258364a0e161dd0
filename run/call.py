"""Sends one command over RabbitMQ and prints the answer, for what operators do and no route leads to:

python -m run.call accounts.grant_support '{"email": "sofia@example.org"}'
"""

import argparse
import asyncio
import sys

from run.discovery import import_contracts
from shared import log
from shared.bus.client import AmqpBus
from shared.contracts.base import COMMANDS, Command, Message
from shared.contracts.refusals import Refused
from shared.errors import Broken, Unavailable
from shared.settings import Settings

_PATIENCE = 10.0  # seconds


async def _sent(settings: Settings, command: Command[Message]) -> Message:
    async with AmqpBus(settings.amqp_uri, answer_within=settings.answer_within) as bus:
        async with asyncio.timeout(_PATIENCE):
            while bus.connection == 0:
                await asyncio.sleep(0.05)
        return await bus.call(command)


def main() -> None:
    import_contracts()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("address", choices=sorted(COMMANDS), metavar="address")
    parser.add_argument("body", help="a JSON object")
    arguments = parser.parse_args()
    log.setup("WARNING")  # on standard error: the answer stands alone on standard output
    try:
        command = COMMANDS[arguments.address].model_validate_json(arguments.body)
        answer = asyncio.run(_sent(Settings.from_environment(), command))
    except ValueError as error:
        sys.exit(str(error))
    except Refused as refusal:
        sys.exit(f"{refusal.code}: {refusal.detail}")
    except (Unavailable, Broken, TimeoutError) as error:
        sys.exit(f"no answer: {error}")
    print(answer.model_dump_json(indent=2))


if __name__ == "__main__":
    main()
