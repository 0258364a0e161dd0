"""The server ends what is too large or too slow, and goes on with everybody else."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from prometheus_client import CollectorRegistry

from deploy.embedded.postgres import free_port
from gateway import server
from gateway.app import create_app
from gateway.proxies import ALL_BELIEVED, NOT_BELIEVED, BelievedProxies, network_of
from gateway.security_events import EVENTS_HERE, LINES_PER_SECOND, Events
from shared.settings import Settings
from tests.gateway.scripted import ScriptedBus

SHORT = 0.5  # seconds
HEAD = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /v1/password-resets HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
POST += b"Content-Length: 30\r\n\r\n"
COUNTER = "healthconnect_security_events_total"


class Running:
    """The gateway over a bus without services, in a thread of this process."""

    def __init__(self, **settings: Any) -> None:
        self.app = create_app(ScriptedBus())  # type: ignore[arg-type]
        config = server.config(self.app, Settings(port=0, **settings), stop_within=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> "Running":
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()

    @contextlib.contextmanager
    def connection(self) -> Iterator[socket.socket]:
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as sock:
            yield sock

    def answered(self, *sent: bytes) -> bytes:
        """All that comes until the server ends the connection."""
        with self.connection() as sock:
            with contextlib.suppress(ConnectionError):
                for each in sent:
                    sock.sendall(each)
            return rest(sock)


def rest(sock: socket.socket) -> bytes:
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while more := sock.recv(65536):
            got += more
    return got


def answer(got: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = got.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, body


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with Running(headers_within=SHORT, body_within=SHORT) as found:
        yield found


def lines(count: int, size: int = 1) -> bytes:
    return b"".join(b"X-%d: %b\r\n" % (number, b"x" * size) for number in range(count))


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + lines(100) + b"\r\n",
        HEAD + lines(33, 1000) + b"\r\n",
        HEAD + b"X: " + b"x" * 33_000 + b"\r\n\r\n",
        HEAD + b"X: " + b"x" * 100_000,  # never ends
        b"GET /" + b"x" * 33_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /" + b"x" * 100_000,
        b"\r\n" * 20_000,
    ],
)
def test_headers_that_are_too_large_or_too_many_are_refused(running: Running, sent: bytes) -> None:
    status, headers, body = answer(running.answered(sent))
    assert (status, headers["content-type"]) == (431, "application/problem+json")
    assert (headers["connection"], headers["x-content-type-options"]) == ("close", "nosniff")
    assert b'"code":"headers_too_large"' in body


def test_as_many_headers_as_allowed_are_read(running: Running) -> None:
    status, _, _ = answer(running.answered(HEAD + lines(98, 250) + b"Connection: close\r\n\r\n"))
    assert status == 200


def test_headers_that_come_in_pieces_are_counted_together(running: Running) -> None:
    pieces = [HEAD, *(b"X-%d: " % number + b"x" * 1000 + b"\r\n" for number in range(40))]
    assert answer(running.answered(*pieces))[0] == 431


def test_trailers_are_counted_with_the_headers(running: Running) -> None:
    chunked = POST.replace(b"Content-Length: 30", b"Transfer-Encoding: chunked") + b"1\r\n{\r\n0\r\n"
    got = running.answered(chunked + b"X: " + b"x" * 100_000)
    assert b"headers_too_large" in got


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"CONNECT a:1 HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_request_gets_a_problem(running: Running, sent: bytes) -> None:
    status, headers, body = answer(running.answered(sent))
    assert (status, headers["x-content-type-options"]) == (400, "nosniff")
    assert b'"code":"not_http"' in body


@pytest.mark.parametrize("sent", [b"G", HEAD, HEAD + b"X-Slow: ", POST, POST + b"{"])
def test_a_request_that_never_ends_is_ended(running: Running, sent: bytes) -> None:
    status, headers, body = answer(running.answered(sent))
    assert (status, headers["connection"]) == (408, "close")
    assert b'"code":"too_slow"' in body


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
def test_a_connection_that_asks_nothing_is_ended_without_a_word(running: Running, sent: bytes) -> None:
    assert running.answered(sent) == b""


def test_a_second_request_on_a_connection_has_its_own_time(running: Running) -> None:
    with running.connection() as sock:
        for _ in range(3):
            sock.sendall(HEAD + b"\r\n")
            assert sock.recv(65536).startswith(b"HTTP/1.1 200")
            time.sleep(SHORT * 0.6)
        sock.sendall(HEAD)
        assert answer(rest(sock))[0] == 408


def test_callers_who_dribble_do_not_stop_the_others() -> None:
    """A hundred connections send a byte now and then, some of the headers and some of the body."""
    with Running(headers_within=3, body_within=3) as running, contextlib.ExitStack() as stack:
        socks = [stack.enter_context(running.connection()) for _ in range(100)]
        for number, sock in enumerate(socks):
            sock.sendall(POST + b"{" if number % 2 else HEAD + b"X: ")
        stop = threading.Event()

        def dribble() -> None:
            while not stop.wait(0.2):
                for sock in socks:
                    with contextlib.suppress(OSError):
                        sock.send(b" ")

        thread = threading.Thread(target=dribble)
        thread.start()
        try:
            for _ in range(20):
                assert httpx.get(f"{running.url}/health/live", timeout=20).status_code == 200
            ends = [answer(rest(sock))[0] for sock in socks]
        finally:
            stop.set()
            thread.join()
        assert set(ends) == {408}


def test_who_does_not_take_the_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_TAKEN_WITHIN", SHORT)
    with Running() as running, running.connection() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        ask = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
        with contextlib.suppress(ConnectionError):
            sock.sendall(ask * 200)
        assert sock.recv(1) == b"H"
        eventually(lambda: not running._server.server_state.connections)


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


SAFE = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/health/live"),
        ("GET", "/health/ready"),
        ("GET", "/v1/nothing"),
        ("DELETE", "/health/live"),
        ("GET", "/v1/professionals"),  # this bus cannot: 500
        ("POST", "/v1/password-resets"),
        ("GET", "/docs"),
        ("GET", "/static-offline-docs/swagger-ui.css"),
        ("GET", "/openapi.json"),
        ("GET", "/pages/help"),
        ("GET", "/account/reset"),
    ],
)
def test_every_answer_carries_the_headers_that_protect(running: Running, method: str, path: str) -> None:
    found = httpx.request(method, f"{running.url}{path}", content=b"x" if method == "POST" else None)
    assert SAFE.items() <= found.headers.items()
    assert "frame-ancestors 'none'" in found.headers["Content-Security-Policy"]
    assert "unsafe" not in found.headers["Content-Security-Policy"]
    assert "Server" not in found.headers
    assert "Strict-Transport-Security" not in found.headers
    assert found.headers.get_list("X-Content-Type-Options") == ["nosniff"]


def test_behind_https_a_browser_is_told_to_stay_there() -> None:
    async def headers() -> httpx.Headers:
        transport = httpx.ASGITransport(create_app(ScriptedBus(), https=True))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="https://x") as http:
            return (await http.get("/health/live")).headers

    assert asyncio.run(headers())["Strict-Transport-Security"] == "max-age=31536000"


def test_the_scripts_of_the_docs_page_are_the_ones_its_policy_names(running: Running) -> None:
    import base64
    import hashlib
    import re

    page = httpx.get(f"{running.url}/docs")
    policy = page.headers["Content-Security-Policy"]
    inline = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    assert len(inline) == 1
    for script in inline:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in policy
    assert not re.findall(r"\son\w+=", page.text)


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("64:ff9b::203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("fe80::1%" + "x" * 1000, "fe80::/64"),
        ("testclient", "unknown"),
        ("", "unknown"),
        ("203.0.113.7, 10.0.0.1", "unknown"),
        ("1" * 1000, "unknown"),
        ("203.0.113.7\0", "unknown"),
    ],
)
def test_the_network_of_a_caller(host: str, network: str) -> None:
    assert network_of(host) == network


def asked(believed: str, peer: str, **headers: str) -> tuple[str, list[str]]:
    """The address that the application sees, and the warnings after that."""
    seen: list[str] = []
    warnings: list[str] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["client"][0])

    scope = {
        "type": "http",
        "client": (peer, 1),
        "scheme": "http",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    through = BelievedProxies(app, believed=believed, warnings=warnings)
    asyncio.run(through(dict(scope), None, None))  # type: ignore[arg-type]
    asyncio.run(through(dict(scope), None, None))  # type: ignore[arg-type]
    return seen[-1], warnings


@pytest.mark.parametrize("peer", ["172.18.0.1", "::1", "fd00::1", "::ffff:10.0.0.1", "192.168.1.1"])
@pytest.mark.parametrize("header", ["x_forwarded_for", "forwarded", "x_real_ip"])
def test_a_private_proxy_that_is_not_believed_is_warned_of_once(peer: str, header: str) -> None:
    seen, warnings = asked("127.0.0.1", peer, **{header: "203.0.113.7"})
    assert network_of(seen) == network_of(peer)
    assert warnings == [NOT_BELIEVED]


def test_a_believed_proxy_tells_the_address() -> None:
    for peer in ("172.18.0.1", "::ffff:172.18.0.1"):
        assert asked("172.18.0.0/16", peer, x_forwarded_for="203.0.113.7") == ("203.0.113.7", [])
    inside = asked("172.18.0.0/16", "172.18.0.1", x_forwarded_for="10.1.1.1")
    assert inside == ("10.1.1.1", [])


def test_a_stranger_who_forwards_is_neither_believed_nor_warned_of() -> None:
    assert asked("127.0.0.1", "8.8.8.8", x_forwarded_for="203.0.113.7") == ("8.8.8.8", [])
    assert asked("127.0.0.1", "172.18.0.1") == ("172.18.0.1", [])


def test_to_believe_every_proxy_is_warned_of() -> None:
    assert asked("*", "8.8.8.8", x_forwarded_for="203.0.113.7") == ("203.0.113.7", [ALL_BELIEVED])


def test_a_flood_of_events_is_counted_and_not_written() -> None:
    from structlog.testing import capture_logs

    registry = CollectorRegistry()
    events = Events(registry)
    with capture_logs() as written:
        for _ in range(1000):
            events.add("limit_met", code="too_many_attempts")
    assert registry.get_sample_value(COUNTER, {"event": "limit_met"}) == 1000
    assert LINES_PER_SECOND <= len(written) <= LINES_PER_SECOND * 5
    events._second -= 1  # the next second
    with capture_logs() as written:
        events.add("limit_met", code="too_many_attempts")
    assert written[0]["left_out"] >= 1000 - LINES_PER_SECOND * 5


def test_the_counters_are_served_for_prometheus() -> None:
    port = free_port()
    server.config(create_app(ScriptedBus()), Settings(metrics_port=port), stop_within=1)  # type: ignore[arg-type]
    url = f"http://127.0.0.1:{port}/metrics"
    before = _counted(httpx.get(url).text)
    EVENTS_HERE.add("dead_link_tried", code="dead_link")
    assert _counted(httpx.get(url).text) == before + 1


def _counted(text: str) -> float:
    [line] = [each for each in text.splitlines() if each.startswith(f'{COUNTER}{{event="dead_link_tried"}}')]
    return float(line.split()[-1])
