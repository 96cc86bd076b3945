"""`python -m renkei_cli` is `renkei`: what the supervisor starts its processes with."""

from renkei_cli.main import app

app()
