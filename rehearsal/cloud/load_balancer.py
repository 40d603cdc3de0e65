"""A load balancer as in Cloud Run: it routes by share and by tag, and logs requests.

The shares and tags are in the files of the fake gcloud. REST is forwarded request by request, and
logged; gRPC is forwarded as bytes. Paths that end in z are not forwarded.
"""

import http.client
import json
import random
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

from service.errors import BoxOfficeError

TAGS = ("", "candidate", "previous")


class Routes:
    """Chooses the container that answers for a service or one of its tags."""

    def __init__(self, cloud: Path, containers: dict[str, dict[str, str]]) -> None:
        self.cloud, self.containers = cloud, containers

    def choose(self, service: str, tag: str) -> tuple[str, str]:
        """The revision that gets the next request, and the address of its container."""
        state = json.loads((self.cloud / "state.json").read_text())[service]
        shares = state["percent"]
        revision = state["tags"].get(tag) or random.choices(*zip(*shares.items(), strict=True))[0]
        return revision, self.containers[service][state["revisions"][revision]]

    def log(self, revision: str, status: int, seconds: float) -> None:
        """Log a request as Cloud Run does."""
        request = {"status": status, "latency": f"{seconds:.6f}s"}
        now = datetime.now(UTC).isoformat()
        line = json.dumps({"revision": revision, "timestamp": now, "httpRequest": request})
        with (self.cloud / "requests.jsonl").open("a") as file:
            file.write(line + "\n")


def rest_handler(routes: Routes, service: str, tag: str) -> type[BaseHTTPRequestHandler]:
    """A handler of requests to one address of a service."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.forward(None)

        def do_POST(self) -> None:
            self.forward(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def forward(self, body: bytes | None) -> None:
            if self.path.partition("?")[0].endswith("z"):
                return self.answer(404, "text/html", b"Not Found")
            revision, address = routes.choose(service, tag)
            began = time.monotonic()
            try:
                upstream = http.client.HTTPConnection(address, timeout=30)
                upstream.request(self.command, self.path, body, dict(self.headers))
                got = upstream.getresponse()
                status, kind, text = got.status, got.headers.get_content_type(), got.read()
                upstream.close()
            except OSError:
                status, kind, text = 503, "text/plain", b"no container"
            routes.log(revision, status, time.monotonic() - began)
            self.answer(status, kind, text)

        def answer(self, status: int, kind: str, text: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Log nothing here: `Routes.log` does."""

    return Handler


def grpc_handler(routes: Routes, service: str, tag: str) -> type[BaseRequestHandler]:
    """A handler of connections to one address of a service."""

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            _, address = routes.choose(service, tag)
            host, _, port = address.partition(":")
            try:
                upstream = socket.create_connection((host, int(port)), timeout=30)
            except OSError:
                return
            upstream.settimeout(None)
            back = Thread(target=pour, args=(upstream, self.request), daemon=True)
            back.start()
            pour(self.request, upstream)
            back.join()
            upstream.close()

    return Handler


def pour(source: socket.socket, target: socket.socket) -> None:
    """Forward bytes until there are no more."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        source.close()


@contextmanager
def load_balancer(cloud: Path, containers: dict[str, dict[str, str]], rpc: str) -> Iterator[Routes]:
    """Balance the load of the containers of these services; `rpc` is the one with gRPC."""
    if rpc not in containers:
        raise BoxOfficeError(f"{rpc} has no containers.")
    routes, addresses = Routes(cloud, containers), {}
    with ExitStack() as stack:
        for service in containers:
            for tag in TAGS:
                server: ThreadingTCPServer | ThreadingHTTPServer
                if service == rpc:
                    handler = grpc_handler(routes, service, tag)
                    server = ThreadingTCPServer(("127.0.0.1", 0), handler)
                else:
                    server = ThreadingHTTPServer(
                        ("127.0.0.1", 0), rest_handler(routes, service, tag)
                    )
                server.daemon_threads = True
                stack.callback(server.server_close)
                Thread(target=server.serve_forever, daemon=True).start()
                stack.callback(server.shutdown)
                name = f"{service}/{tag}" if tag else service
                addresses[name] = f"http://127.0.0.1:{server.server_address[1]}"
        (cloud / "addresses.json").write_text(json.dumps(addresses))
        yield routes
