"""Gives the words of patients a fresh master key: `python -m services.requests.rotate`, while all runs.

Keys of patients are wrapped anew; the words themselves are not touched. It can be ended at any time and
started again.
"""

from collections.abc import Callable

from services.requests.encryption.envelope import MasterKey
from services.requests.encryption.masters import master_key
from services.requests.store import keys, metadata
from shared.db import Unit, new_engine
from shared.settings import Settings

_ROTATION = 0x524F5441  # "ROTA": one at a time, or one would forget the key of the other


def rotate(unit: Unit, master: MasterKey, *, say: Callable[[str], None]) -> int:
    """Wrap all patients' keys with a new master key, and return their number; old master keys are removed."""
    with unit.apart() as raw, raw.cursor() as alone:
        alone.execute("select pg_try_advisory_lock(%s)", (_ROTATION,))
        if not alone.fetchone()[0]:
            raise SystemExit("A rotation is under way.")
        return _rotated(unit, master, say=say)


def _rotated(unit: Unit, master: MasterKey, *, say: Callable[[str], None]) -> int:
    """Rewrap in batches; only the last batch makes transactions wait that create a key."""
    master.add()
    done, last = 0, False
    while True:
        with unit() as work:
            work.take_time()
            if last:
                keys.close(work)
            some = keys.rewrap(work, master)
            if last and not some:
                master.forget_old()
                return done
        done, last = done + some, not some
        if some:
            say(f"{done} keys wrapped anew")


def main() -> None:
    settings = Settings.from_environment()
    unit = Unit(new_engine(settings.database_url, pool_size=1), metadata)
    rotate(unit, master_key(settings), say=print)
    print("The old master keys are forgotten.")


if __name__ == "__main__":
    main()
