"""Stands in for `renkei worker`: writes down who it is, says that it is ready, and waits.

With `--with-grandchild` it starts a program of its own, as a worker that converts a file would.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from renkei_cli.readiness import notify_ready

told = {
    "pid": os.getpid(),
    "redis": os.environ.get("RENKEI_REDIS_URL"),
    "sweep": os.environ.get("RENKEI_SWEEP_SECONDS"),
}
if "--with-grandchild" in sys.argv:
    told["grandchild"] = subprocess.Popen(["sleep", "600"]).pid
with Path(sys.argv[1]).open("a") as log:
    log.write(json.dumps(told) + "\n")
notify_ready()
time.sleep(600)
