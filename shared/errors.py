"""The failures that mean the same thing in every process; for refusals see `shared.contracts.refusals`."""


class Unavailable(Exception):
    """Nobody answered in time; the command may or may not have been carried out, so repeat it as it was."""


class Broken(Exception):
    """The other side failed in a way nobody foresaw."""
