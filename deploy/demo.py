"""`make demo`: starts the suite in a temporary home and plays the story of one visit over HTTP."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from deploy import story

READY_WITHIN = 60.0


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="healthconnect-demo-") as home:
        Path(home).chmod(0o711)
        environment = os.environ | {"HC_HOME": home, "HC_PORT": "0", "HC_LOG_LEVEL": "WARNING"}
        print("starting the suite: PostgreSQL, three services and the gateway in one process ...", flush=True)
        suite = subprocess.Popen(
            [sys.executable, "-m", "deploy.embedded"], env=environment, stdout=subprocess.PIPE, text=True
        )
        try:
            address = _address(suite)
            print(f"it is ready at {address}\n", flush=True)
            failure = _play(address, Path(home))
        finally:
            suite.send_signal(signal.SIGTERM)
            status = suite.wait(15)
    if failure or status:
        sys.exit(failure or f"the suite ended with status {status}")
    print("\nEvery step was observed.")


def _address(suite: subprocess.Popen[str]) -> str:
    assert suite.stdout
    for line in suite.stdout:
        if line.startswith("ready "):
            return line.split()[1]
    sys.exit("the suite did not start")


def _play(address: str, home: Path) -> str | None:
    """Prints the timeline; what went wrong, if anything."""
    began = time.monotonic()
    with httpx.Client(base_url=address, timeout=10) as http:
        try:
            for who, what, observed in story.tell(http, story.mails_in(home)):
                took = time.monotonic() - began
                print(f"{took:6.2f} s  {who:<10} {what:<45} ✓ {observed}", flush=True)
        except story.NotObserved as error:
            return f"        ✗ {error}"
    return None


if __name__ == "__main__":
    main()
