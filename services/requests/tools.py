"""The tools of the handlers of requests beside the database."""

from dataclasses import dataclass

from services.requests.domain.limits import Bounds
from services.requests.domain.request import Timing
from services.requests.encryption.envelope import MasterKey

AS_USUAL = Timing()
BOUNDED = Bounds()


@dataclass(frozen=True)
class Tools:
    master: MasterKey
    """Wraps the keys of patients' words."""
    timing: Timing = AS_USUAL
    bounds: Bounds = BOUNDED
