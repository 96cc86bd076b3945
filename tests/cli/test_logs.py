"""What processes log: one line an event, ours and the libraries' alike."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from renkei_cli import logs


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_each_event_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(as_json=True)
    structlog.get_logger("renkei.test").info("call.published", title="髙度な\n研究")
    logging.getLogger("uvicorn.error").warning("stopping %s", "worker")
    logging.getLogger("alembic").info("too much")
    try:
        raise ValueError("壊れた値")
    except ValueError:
        structlog.get_logger("renkei.test").exception("worker.round_failed")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(one["event"], one["level"], one["logger"]) for one in lines] == [
        ("call.published", "info", "renkei.test"),
        ("stopping worker", "warning", "uvicorn.error"),
        ("worker.round_failed", "error", "renkei.test"),
    ]
    assert lines[0]["title"] == "髙度な\n研究"
    assert lines[2]["exception"][0]["exc_type"] == "ValueError"
