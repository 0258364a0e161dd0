"""The time to wait on a machine that does other things as well."""

import os


def patience(seconds: float) -> float:
    """The seconds that something may take here which takes at most `seconds` on an idle machine.

    As many times more as there are processes that wait for each processor.
    """
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
