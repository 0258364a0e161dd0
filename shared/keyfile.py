"""Keys that stay in files, which no database sees."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path


def read_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    """What is in `path`; what `make` makes if there is no such file. Safe with several processes at once.

    Written beside, then linked: whoever comes second finds the key of whoever came first, whole.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with _written(path, make()) as mine, contextlib.suppress(FileExistsError):
            os.link(mine, path)
    return path.read_bytes()


def replace_file(path: Path, content: bytes) -> None:
    """Whoever reads finds what was there before or what is there now, whole."""
    with _written(path, content) as mine:
        beside = path.with_name(f"{path.name}.new")
        beside.unlink(missing_ok=True)
        os.link(mine, beside)
        os.replace(beside, path)


@contextlib.contextmanager
def _written(path: Path, content: bytes) -> Iterator[str]:
    """A file beside `path`, on disk, for its owner only; gone afterwards."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".") as mine:  # mode 0600
        mine.write(content)
        mine.flush()
        os.fsync(mine.fileno())
        yield mine.name
