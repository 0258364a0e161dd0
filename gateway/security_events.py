"""Logs and counts the refusals that attacks run into.

Lines hold ids and codes only: no names, no addresses, no text that a caller wrote. Each event writes at most
`LINES_PER_SECOND` lines, so that an attack cannot flood the log.
"""

import hashlib
import secrets
import threading
import time
from collections import Counter
from typing import Any
from uuid import UUID

import structlog
from fastapi import Request
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client import Counter as Counted

from gateway.proxies import network_of

LINES_PER_SECOND = 10
"""The most lines of one event per second; the next line says how many were left out."""
EVENTS = {
    "wrong_credentials": "sign_in_failed",
    "session_ended": "session_refused",
    "wrong_password": "password_wrong",
    "wrong_code": "code_wrong",
    "bad_passkey": "passkey_refused",
    "wrong_role": "wrong_role",
    "not_yours": "not_yours",
    "not_allowed": "not_allowed",
    "dead_link": "dead_link_tried",
    "registration_over": "dead_link_tried",
    "change_over": "dead_link_tried",
    "bad_cursor": "cursor_forged",
    "too_many_attempts": "limit_met",
    "too_many_open": "limit_met",
    "too_many_today": "limit_met",
    "too_many": "limit_met",
    "too_many_invitations": "limit_met",
    "given_up_just_now": "limit_met",
    "body_too_large": "too_large",
    "headers_too_large": "too_large",
    "too_slow": "too_slow",
    "not_http": "not_http",
}
"""Code of a refusal → name of the event."""
TOKEN_REFUSED, TOKEN_EXPIRED = "token_refused", "token_expired"
"""The events for `not_signed_in`: the token is forged or its session ended; the token has expired."""
_ONLY_COUNTED = {TOKEN_EXPIRED}  # apps refresh when they get it
_KEY = secrets.token_bytes(32)
_log = structlog.get_logger()


class Events:
    """The counters of one process, and of the lines that each event wrote in this second."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._counted = Counted(
            "healthconnect_security_events", "Refusals that attacks run into.", ["event"], registry=registry
        )
        for event in (*EVENTS.values(), TOKEN_REFUSED, TOKEN_EXPIRED):
            self._counted.labels(event)  # shown as 0 from the start
        self._lock = threading.Lock()
        self._second = 0
        self._lines: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()

    def add(self, event: str, **facts: Any) -> None:
        self._counted.labels(event).inc()
        with self._lock:
            if (second := int(time.monotonic())) != self._second:
                self._second = second
                self._lines.clear()
            self._lines[event] += 1
            if event in _ONLY_COUNTED:
                return
            if self._lines[event] > LINES_PER_SECOND:
                self._left_out[event] += 1
                return
            left_out = self._left_out.pop(event, 0)
        _log.warning(event, **facts, **({"left_out": left_out} if left_out else {}))


EVENTS_HERE = Events()
"""The counters of this process."""


def token_refused(request: Request, event: str) -> None:
    """Remember which event `note` logs if this call is refused as `not_signed_in`."""
    request.state.refused_token = event


def note(code: str, request: Request | None = None) -> None:
    """Log and count the refusal `code`, if it is one that attacks run into."""
    event = EVENTS.get(code)
    if code == "not_signed_in" and request is not None:
        event = getattr(request.state, "refused_token", None)
    if event:
        EVENTS_HERE.add(event, code=code, **(_facts(request) if request else {}))


def _facts(request: Request) -> dict[str, str]:
    route = request.scope.get("route")
    facts = {"operation": f"{request.method} {getattr(route, 'path', '?')}", "origin": _blind(request)}
    facts |= {name: str(value) for name, value in request.path_params.items() if _is_id(value)}
    caller = getattr(request.state, "caller", None)
    return facts | ({"caller_id": str(caller.id), "role": caller.role} if caller else {})


def _blind(request: Request) -> str:
    """Return a keyed hash of the caller's network; the key lives as long as this process."""
    host = request.client.host if request.client else ""
    return hashlib.blake2b(network_of(host).encode(), key=_KEY, digest_size=8).hexdigest()


def _is_id(value: Any) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True
