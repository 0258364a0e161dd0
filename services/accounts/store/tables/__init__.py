"""The tables of accounts."""

from services.accounts.store.tables.base import metadata as metadata
from services.accounts.store.tables.clinics import *  # noqa: F403
from services.accounts.store.tables.guests import *  # noqa: F403
from services.accounts.store.tables.links import *  # noqa: F403
from services.accounts.store.tables.people import *  # noqa: F403
from services.accounts.store.tables.sessions import *  # noqa: F403
from services.accounts.store.tables.support import *  # noqa: F403
