"""Stands in for `renkei web`: answers /readyz, and / with its process id and its Redis."""

from __future__ import annotations

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        told = {"pid": os.getpid(), "redis": os.environ.get("RENKEI_REDIS_URL")}
        body = b"ok" if self.path == "/readyz" else json.dumps(told).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        pass


HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
