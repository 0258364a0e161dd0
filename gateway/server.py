"""Serves the API over HTTP with uvicorn, in containers and in the embedded suite alike.

`LimitedProtocol` ends connections whose caller sends too much, sends too slowly, or does not take the answer.
Every connection has a timer while bytes of a request are due, and each refusal is a problem with a code.
"""

import asyncio
import os
from typing import Any

import prometheus_client
import uvicorn
from fastapi import FastAPI
from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway import problems, security_events
from gateway.problems import refusals
from gateway.proxies import BelievedProxies
from shared.settings import Settings

LARGEST_HEAD = 32 * 1024  # bytes of the request line and all headers
MOST_HEADERS = 100
_AT_ONCE = 8 * 1024  # bytes that are parsed before they are counted
_LINGERS = 2.0  # seconds in which a caller who still sends can read why the connection ends
_TAKEN_WITHIN = 30.0  # seconds for a caller to fetch an answer that fills our buffers


def config(app: FastAPI, settings: Settings, *, stop_within: int) -> uvicorn.Config:
    """Return the settings of uvicorn; a stopping server gives calls in hand `stop_within` seconds."""
    if settings.metrics_port:
        prometheus_client.start_http_server(settings.metrics_port, settings.metrics_host)
    believed = os.environ.get("FORWARDED_ALLOW_IPS") or "127.0.0.1"
    return uvicorn.Config(
        BelievedProxies(app, believed=believed, warnings=app.state.warnings),
        host=settings.host,
        port=settings.port,
        http=_limited_by(settings),
        loop="uvloop",
        ws="none",
        lifespan="on",
        proxy_headers=False,  # BelievedProxies does it
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=stop_within,
    )


class LimitedProtocol(HttpToolsProtocol):
    """One HTTP/1.1 connection, which ends if the caller sends too much or too slowly.

    uvicorn has no such limits itself.
    """

    head_within: float
    body_within: float

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._too_late: asyncio.TimerHandle | None = None
        self._not_taken: asyncio.TimerHandle | None = None
        self._unread = 0  # bytes since the parser last called back
        self._head = self._lines = 0
        self._begun = False
        self._fault: refusals.Refused | None = None
        self._ended = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await(self.head_within)

    def connection_lost(self, exc: Exception | None) -> None:
        self._await(None)
        self._answer_taken()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._too_late is None:  # between two messages
            self._await(self.head_within)
        for start in range(0, len(data), _AT_ONCE):
            if self._ended:
                return
            piece = data[start : start + _AT_ONCE]
            self._unread += len(piece)
            super().data_received(piece)
            if self._unread > LARGEST_HEAD:
                self._fault = _HEAD_TOO_LARGE
                self.send_400_response("")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = self._lines = 0
        self._begun = True
        self._await(self.head_within)

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._lines += 1
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._unread = 0
        super().on_headers_complete()
        self._await(self.body_within)

    def on_body(self, body: bytes) -> None:
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._unread, self._begun = 0, False
        self._await(None)

    def send_400_response(self, msg: str) -> None:
        """Refuse bytes that are not a request we accept, and end the connection."""
        if self._ended or self.transport.is_closing():
            return
        fault = self._fault or refusals.NotHttp(msg)
        security_events.note(fault.code)
        self._ended = True
        if not self._may_answer():
            self.transport.close()
            return
        self.transport.write(_raw(problems.answer(fault, {"Connection": "close"})))
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        # closing while bytes come in would reset the connection, and the answer would be lost
        self.transport.write_eof()
        self._await(None)
        self._too_late = self.loop.call_later(_LINGERS, self.transport.abort)

    def _may_answer(self) -> bool:
        """Return whether no other answer is due on this connection, or has begun."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            return True
        return cycle.scope is self.scope and not cycle.response_started and not self.pipeline

    def pause_writing(self) -> None:
        super().pause_writing()
        self._not_taken = self.loop.call_later(_TAKEN_WITHIN, self.transport.abort)

    def resume_writing(self) -> None:
        self._answer_taken()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        if self._not_taken is None:
            self._not_taken = self.loop.call_later(_TAKEN_WITHIN, self.transport.abort)

    def _count(self, size: int) -> None:
        self._unread = 0
        self._head += size
        if self._head > LARGEST_HEAD or self._lines > MOST_HEADERS:
            self._fault = _HEAD_TOO_LARGE
            raise ValueError  # ends the parsing: uvicorn then sends a response 400

    def _await(self, seconds: float | None) -> None:
        if self._too_late is not None:
            self._too_late.cancel()
        self._too_late = None if seconds is None else self.loop.call_later(seconds, self._end_slow, seconds)

    def _end_slow(self, seconds: float) -> None:
        if self.flow.read_paused:  # we have paused reading ourselves
            self._await(seconds)
        elif not self._begun:
            self.transport.close()  # nothing was asked
        else:
            self._fault = refusals.TooSlow()
            self.send_400_response("")

    def _answer_taken(self) -> None:
        if self._not_taken is not None:
            self._not_taken.cancel()
            self._not_taken = None


_HEAD_TOO_LARGE = refusals.HeadersTooLarge(
    f"Send at most {MOST_HEADERS} headers, and {LARGEST_HEAD // 1024} kB of them."
)


def _limited_by(settings: Settings) -> type[LimitedProtocol]:
    limits = {"head_within": settings.headers_within, "body_within": settings.body_within}
    return type("Limited", (LimitedProtocol,), limits)


def _raw(response: Response) -> bytes:
    """Return the bytes of a whole response, for a request that never reached the app."""
    lines = [b"HTTP/1.1 %d" % response.status_code, *(b"%b: %b" % each for each in response.raw_headers)]
    return b"\r\n".join((*lines, b"", bytes(response.body)))
