"""Keys that stay in files, which no database sees."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path


def read_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return the content of `path`, which `make` provides if it is missing. Safe with several processes.

    It writes a temporary file and links it: the second process reads the whole key of the first.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with _written(path, make()) as mine, contextlib.suppress(FileExistsError):
            os.link(mine, path)
    return path.read_bytes()


def replace_file(path: Path, content: bytes) -> None:
    """Replace the file in one step: a reader finds the old content or the new one, whole."""
    with _written(path, content) as mine:
        temporary = path.with_name(f"{path.name}.new")
        temporary.unlink(missing_ok=True)
        os.link(mine, temporary)
        os.replace(temporary, path)


@contextlib.contextmanager
def _written(path: Path, content: bytes) -> Iterator[str]:
    """Yield a temporary file next to `path`, on disk and for its owner only; it is removed afterwards."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".") as mine:  # mode 0600
        mine.write(content)
        mine.flush()
        os.fsync(mine.fileno())
        yield mine.name
