"""Finds the services by their place: each package in `services/` has a `service.py` with one class."""

import importlib
import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.bus import Microservice


def service_names() -> list[str]:
    """The names of all services, sorted."""
    package = importlib.import_module("services")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def service_classes() -> "dict[str, type[Microservice]]":
    """The class of each service by its name."""
    from shared.bus import Microservice

    classes = {}
    for name in service_names():
        module = importlib.import_module(f"services.{name}.service")
        [found] = [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Microservice) and value is not Microservice
        ]
        classes[name] = found
    return classes
