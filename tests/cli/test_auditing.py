"""`renkei audit`: verified with anchors and keys that were kept elsewhere, in both languages."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from renkei.signing import SigningKeys, new_key
from renkei_cli.main import app

KEY = new_key()


@pytest.fixture(autouse=True)
def deployment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty deployment, migrated; its shipped lists are its first facts."""
    for name in ("RENKEI_DATABASE_URL", "RENKEI_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setenv("RENKEI_SECRET_KEY", "試験用の鍵")
    monkeypatch.setenv("RENKEI_SIGNING_KEY", KEY)
    monkeypatch.setenv("RENKEI_DATA_DIR", str(tmp_path))
    assert renkei("db", "upgrade").exit_code == 0
    return tmp_path


def renkei(*arguments: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, list(arguments))


async def sealed(folder: Path) -> None:
    """Let the worker seal once."""
    from renkei.app import App
    from renkei.audit import anchors
    from renkei.audit.sealing import seal
    from renkei.settings import Settings

    async with App.opened(Settings(data_dir=folder)) as one:
        while await seal(one):
            pass
        await anchors.export(one)


def test_an_audit_is_verified_and_what_was_changed_is_named(deployment: Path) -> None:
    before = renkei("audit", "verify")
    assert before.exit_code == 0
    assert "No anchors" in before.stderr
    asyncio.run(sealed(deployment))
    printed = renkei("audit", "anchors")
    anchors = [json.loads(line) for line in printed.stdout.splitlines()]
    assert [one["seal"] for one in anchors] == [1]
    assert renkei("audit", "anchors", "--since", "2").stdout == ""
    kept, keys = deployment / "kept.jsonl", deployment / "keys.json"
    kept.write_text(printed.stdout, encoding="utf-8")
    keys.write_text(json.dumps(SigningKeys.of(KEY).published()), encoding="utf-8")
    fine = renkei("audit", "verify", "--anchors", str(kept), "--keys", str(keys))
    assert fine.exit_code == 0, fine.stderr
    assert "1 anchors checked" in fine.stderr
    with closing(sqlite3.connect(deployment / "renkei.db")) as connection:
        connection.execute("DROP TRIGGER fact_no_update")
        (fact,) = connection.execute("SELECT min(id) FROM fact").fetchone()
        connection.execute("UPDATE fact SET kind = 'other' WHERE id = ?", (fact,))
        connection.commit()
    bad = renkei("audit", "verify", "--anchors", str(kept), "--keys", str(keys))
    assert bad.exit_code == 1
    assert f"The fact {fact} (seal 1, position 1) was edited after it was sealed." in bad.stderr
    assert f"事実 {fact}（封印1、位置1）：封印のあとで書き換えられた。" in bad.stderr


def test_other_keys_and_files_that_are_no_anchors_are_refused(deployment: Path) -> None:
    asyncio.run(sealed(deployment))
    others = deployment / "others.json"
    others.write_text(json.dumps(SigningKeys.of(new_key()).published()), encoding="utf-8")
    bad = renkei("audit", "verify", "--keys", str(others))
    assert bad.exit_code == 1
    assert "signature that does not fit" in bad.stderr
    noise = deployment / "noise.jsonl"
    noise.write_text("[]\n", encoding="utf-8")
    assert renkei("audit", "verify", "--anchors", str(noise)).exit_code == 1
    gone = renkei("audit", "verify", "--anchors", str(deployment / "gone.jsonl"))
    assert gone.exit_code == 1
    assert "Traceback" not in gone.output
