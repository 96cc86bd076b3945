"""How a rival in Python is served: by uvicorn as the product is, on the port in the environment."""

from __future__ import annotations

import os

import uvicorn
from fastapi import FastAPI


def serve(web: FastAPI) -> None:
    """Serve until told to stop."""
    port = int(os.environ["PORT"])
    uvicorn.run(web, host="127.0.0.1", port=port, access_log=False, log_level="warning")
