"""Notify as a microservice: its tables and its handlers."""

from services.notify import handlers, store
from shared.bus.microservice import Microservice


class Notify(Microservice, handlers=handlers):
    name = "notify"
    metadata = store.metadata
