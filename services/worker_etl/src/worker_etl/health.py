"""The worker's small web server: /metrics and /healthz."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import almenara
from almenara.exceptions import SettingsError


class HealthServer:
    """Serves in the background; `port` is the real one, also when 0 was asked for."""

    def __init__(self, host: str, port: int, obstacle: Callable[[], str]) -> None:
        """Bind at once; raises SettingsError when the address cannot be had.

        `obstacle` says why the worker takes no runs, empty when it does.
        """
        try:
            self._server = ThreadingHTTPServer((host, port), _handler(obstacle))
        except OSError as error:
            raise SettingsError(
                f"ALMENARA_PORT_WORKER: cannot listen on {host}:{port}: {error.strerror}"
            ) from error
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]

    def start(self) -> None:
        """Begin to answer."""
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()

    def stop(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._server.server_close()


def _handler(obstacle: Callable[[], str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                body, content_type = almenara.metrics.exposition(self.headers.get("Accept", ""))
                self._answer(200, body, content_type)
            elif path == "/healthz":
                reason = obstacle()
                self._answer(
                    503 if reason else 200, f"takes no runs: {reason}\n".encode() if reason else b"ok\n"
                )
            else:
                self._answer(404, b"there are /metrics and /healthz\n")

        def _answer(self, status: int, body: bytes, content_type: str = "text/plain; charset=utf-8") -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Probes and scrapes are no news."""

    return Handler
