"""The counters of this process for Prometheus, on a port of their own that is not for the public."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gateway.security_events import EVENTS_HERE

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_NAME = "healthconnect_security_events_total"


def serve(host: str, port: int) -> ThreadingHTTPServer:
    """Answer `GET /metrics` in a thread until the process ends, or until it is shut down."""
    server = ThreadingHTTPServer((host, port), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server


def text() -> str:
    """The counters in the text format of Prometheus."""
    lines = [f"# HELP {_NAME} Refusals that attacks run into.", f"# TYPE {_NAME} counter"]
    lines += [f'{_NAME}{{event="{event}"}} {count}' for event, count in sorted(EVENTS_HERE.counts.items())]
    return "\n".join((*lines, ""))


class _Handler(BaseHTTPRequestHandler):
    timeout = 5

    def do_GET(self) -> None:
        if self.path != "/metrics":
            self.send_error(404)
            return
        body = text().encode()
        self.send_response(200)
        self.send_header("Content-Type", MEDIA_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing is written for each call."""
