"""Keys that stay in files, which no database sees."""

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def read_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    """What is in `path`; what `make` makes if there is no such file. Safe with several processes at once.

    Written beside, then linked: whoever comes second finds the key of whoever came first, whole.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".") as mine:  # mode 0600
            mine.write(make())
            mine.flush()
            os.fsync(mine.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(mine.name, path)
    return path.read_bytes()
