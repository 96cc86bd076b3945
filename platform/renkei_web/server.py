"""How the application is served: uvicorn with the limits that hold before a request is seen."""

from __future__ import annotations

import gc
from socket import socket

from fastapi import FastAPI
from uvicorn import Config, Server

from renkei.settings import Settings

# One answer of some thousand rows makes tens of thousands of objects, and none of them in a circle.
OBJECTS_BETWEEN_COLLECTIONS = 20_000


class WebServer(Server):
    """One web process. What its start has made is out of the collector's sight from then on.

    It stays as long as the process, and each full collection would look through all of it (schema,
    plans, SQL) while every request waits: half a second beside a heavy document, and a quarter of
    its CPU.
    """

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start serving."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)


def server_config(web: FastAPI, settings: Settings, *, host: str, port: int) -> Config:
    """uvicorn's settings for one web process.

    Messages on sockets are as small as bodies, and not compressed (a compressed one could unfold
    to any size). Addresses come from the connection; from a header where a named proxy sends it:
    whoever else writes one is not believed.
    """
    return Config(
        web,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        ws_max_size=settings.body_limit_bytes,
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        timeout_graceful_shutdown=5,
    )
