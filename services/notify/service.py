"""Notify as a microservice: its tables and its handlers."""

from services.notify import handlers, store
from shared import bus


class Notify(bus.Microservice, handlers=handlers):
    name = "notify"
    metadata = store.metadata
