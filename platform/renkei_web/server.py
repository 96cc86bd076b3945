"""How the application is served: uvicorn with the limits that hold before a request is seen."""

from __future__ import annotations

from fastapi import FastAPI
from uvicorn import Config

from renkei.settings import Settings


def server_config(web: FastAPI, settings: Settings, *, host: str, port: int) -> Config:
    """uvicorn's settings for one web process.

    Messages on sockets are as small as bodies, and not compressed (a compressed one could unfold
    to any size). Addresses come from the connection, never from a header that a client can write.
    """
    return Config(
        web,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws_max_size=settings.body_limit_bytes,
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        timeout_graceful_shutdown=5,
    )
