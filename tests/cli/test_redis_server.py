"""A Redis is found in a fixed order, and listens where nobody else can reach it."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest
import redis

from renkei_cli import redis_server
from support.redis import private_redis


def program_in(folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return program


def test_redis_server_comes_before_valkey_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    valkey = program_in(tmp_path, "valkey-server")
    assert redis_server.find_redis_server() == valkey
    server = program_in(tmp_path, "redis-server")
    assert redis_server.find_redis_server() == server


def test_the_wheel_is_used_where_path_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert redis_server.find_redis_server() == redis_server.bundled_redis_server()


def test_the_directory_is_private_and_short_wherever_temporary_files_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far_away = tmp_path / ("とても長い道" * 6)
    far_away.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(far_away))
    directory = redis_server.private_directory()
    try:
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert len(str(directory / redis_server.SOCKET_NAME).encode()) <= 103
        assert list(far_away.iterdir()) == []
    finally:
        directory.rmdir()


def every_redis() -> list[Path]:
    """Each Redis that this machine could start: the system's and the wheel's."""
    system = [shutil.which(name) for name in ("redis-server", "valkey-server")]
    found = [Path(name) for name in system if name]
    bundled = redis_server.bundled_redis_server()
    return found + ([bundled] if bundled else [])


@pytest.mark.parametrize("program", every_redis(), ids=str)
def test_each_redis_listens_on_its_socket_only_and_stores_nothing(program: Path) -> None:
    with private_redis(program) as url, redis.Redis.from_url(url) as client:
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("appendonly") == {"appendonly": "no"}
        socket_file = Path(url.removeprefix("unix://"))
        assert stat.S_IMODE(socket_file.stat().st_mode) == 0o700
