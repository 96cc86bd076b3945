"""The commands: what they print, what they refuse, and that none of them shows a stack trace."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from renkei.codes import new_number
from renkei.proposals.receipts import make_receipt
from renkei.signing import SigningKeys, new_key
from renkei_cli.house import prepare_demo, settings_for
from renkei_cli.main import app
from renkei_cli.speaking import Commands

SECRETS = {"RENKEI_SECRET_KEY": "試験用の鍵", "RENKEI_SIGNING_KEY": new_key()}
ORGANIZATION = "kind,name_ja,corporate_number\nOTHER,連携運営事務局（見本）,4999912000001\n"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each test in a folder and an environment of its own."""
    monkeypatch.chdir(tmp_path)
    for name in ("RENKEI_DATABASE_URL", "RENKEI_REDIS_URL", "RENKEI_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    # Wide enough that no message is folded.
    monkeypatch.setenv("COLUMNS", "400")
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def renkei(*arguments: str, given: str | None = None) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, list(arguments), input=given)


def done(*arguments: str, given: str | None = None) -> str:
    """What a command that works prints on stdout."""
    result = renkei(*arguments, given=given)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*arguments: str, given: str | None = None) -> str:
    """What a command that fails says: in both languages, without a stack trace."""
    result = renkei(*arguments, given=given)
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    assert any("ぁ" <= letter <= "ん" for letter in result.stderr), result.stderr
    return result.stderr


def test_a_database_is_made_checked_and_taken_down() -> None:
    assert "renkei db upgrade" in refused("db", "check")
    done("db", "upgrade")
    done("db", "check")
    done("db", "upgrade")
    done("db", "downgrade", "base", "--yes")
    assert "renkei db upgrade" in refused("db", "check")


def test_without_tables_a_command_says_what_to_do() -> None:
    assert "renkei db upgrade" in refused("token", "create", "--email", "a@test.example")


def test_a_user_is_created_gets_a_token_alone_on_stdout_and_is_disabled() -> None:
    done("db", "upgrade")
    Path("o.csv").write_text(ORGANIZATION, encoding="utf-8")
    done("import", "organizations", "o.csv")
    email = ("--email", "Admin@Test.Example")
    user = ("user", "create", *email, "--name", "見本 太郎", "--role", "administrator")
    assert "organization" in refused(
        *user, "--organization", "４", given="長いパスワードを入れました\n"
    )
    assert "12" in refused(*user, "--organization", "4999912000001", given="short\n")
    done(*user, "--organization", "４９９９９１２０００００１", given="とても長いパスワードです\n")
    token = done("token", "create", *email, "--scope", "calls:write", "--days", "1")
    assert (token.startswith("rkp_"), token.count("\n")) == (True, 1)
    assert "scopes.0" in refused("token", "create", *email, "--scope", "all")
    done("user", "disable", *email)
    assert "admin@test.example" in refused("token", "create", *email).lower()
    refused("user", "disable", "--email", "nobody@test.example")


def test_an_import_is_dry_or_whole_and_tells_each_refused_line() -> None:
    done("db", "upgrade")
    Path("o.csv").write_text(ORGANIZATION, encoding="utf-8")
    assert (
        "1 rows would be imported" in renkei("import", "organizations", "o.csv", "--dry-run").stderr
    )
    assert "1 rows are imported" in renkei("import", "organizations", "o.csv").stderr
    assert "1 were there already" in renkei("import", "organizations", "o.csv").stderr
    Path("o.csv").write_text(ORGANIZATION + "OTHER,番号違い,7000012050003\n", encoding="utf-8")
    assert "line 3.corporate_number" in refused("import", "organizations", "o.csv")
    assert "--as" in refused("import", "calls", "o.csv")
    assert "areas, organizations" in refused("import", "planets", "o.csv")
    assert "nothing.csv" in refused("import", "people", "nothing.csv")
    assert "NAME=VALUE" in refused(
        "import", "briefs", "o.csv", "--as", "a@test.example", "--set", "tlp"
    )


def receipt_files() -> None:
    """A receipt, its content and the published keys, as a researcher keeps them."""
    keys = SigningKeys.of(SECRETS["RENKEI_SIGNING_KEY"])
    content: Any = {"title": "群れで支えあう小型無人機"}
    receipt = make_receipt(
        number=new_number("R"),
        submitted_at=datetime(2027, 1, 29, 2, 59, 59, tzinfo=UTC),
        subject={"call": "K123"},
        content=content,
        key=keys.current,
    )
    Path("receipt.json").write_text(json.dumps(receipt, ensure_ascii=False), encoding="utf-8")
    Path("content.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    Path("keys.json").write_text(json.dumps(keys.published()), encoding="utf-8")


def test_a_receipt_is_checked_offline_with_the_published_keys_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    receipt_files()
    monkeypatch.delenv("RENKEI_SIGNING_KEY")
    checked = renkei("receipt", "verify", "receipt.json", "--keys", "keys.json")
    assert (checked.exit_code, "正しい受領証" in checked.stderr) == (0, True)
    whole = ("receipt", "verify", "receipt.json", "--keys", "keys.json", "--content")
    assert "内容も一致" in renkei(*whole, "content.json").stderr
    Path("content.json").write_text('{"title": "別の題"}', encoding="utf-8")
    assert "sha256" in refused(*whole, "content.json")
    assert "--keys" in refused("receipt", "verify", "receipt.json")


def test_a_changed_or_broken_receipt_is_not_genuine() -> None:
    receipt_files()
    changed = json.loads(Path("receipt.json").read_text(encoding="utf-8"))
    changed["submittedAt"] = "2027-01-29T12:00:01.000+09:00"
    Path("changed.json").write_text(json.dumps(changed), encoding="utf-8")
    assert "signature" in refused("receipt", "verify", "changed.json")
    Path("broken.json").write_text("{", encoding="utf-8")
    assert "JSON" in refused("receipt", "verify", "broken.json")
    Path("keys.json").write_text("[]", encoding="utf-8")
    assert "keys" in refused("receipt", "verify", "receipt.json", "--keys", "keys.json")


def test_settings_are_shown_without_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENKEI_SMTP_URL", "smtp://renkei:himitsu@mail.example:587")
    shown = done("settings")
    assert "RENKEI_SMTP_URL=smtp://********@mail.example:587" in shown.splitlines()
    assert "RENKEI_SECRET_KEY=********" in shown.splitlines()
    assert not any(secret in shown for secret in ("himitsu", *SECRETS.values()))
    monkeypatch.setenv("RENKEI_SESSION_HOURS", "-1")
    assert "RENKEI_SESSION_HOURS" in refused("settings")


def test_doctor_names_what_is_wrong_and_is_content_when_nothing_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sick = renkei("doctor")
    assert (sick.exit_code, "FAIL データの置き場所" in sick.stdout) == (1, True)
    done("db", "upgrade")
    sick = renkei("doctor")
    assert (sick.exit_code, "FAIL 検索の索引" in sick.stdout) == (1, True)
    done("search", "reindex")
    assert "FAIL" not in done("doctor")
    monkeypatch.delenv("RENKEI_SECRET_KEY")
    assert "FAIL 秘密の値" in renkei("doctor").stdout


def test_the_schema_is_written_and_compared() -> None:
    Path("schema").mkdir()
    assert "schema export" in refused("schema", "export", "--check")
    done("schema", "export")
    done("schema", "export", "--check")
    assert "type Query" in Path("schema/schema.graphql").read_text(encoding="utf-8")


def test_search_is_measured_on_judged_queries() -> None:
    Path("judged").mkdir()
    assert "corpus.jsonl" in refused("search", "evaluate", "judged")
    Path("judged/corpus.jsonl").write_text(
        '{"id": "d", "title": "量子", "text": "量子計測"}\n', "utf-8"
    )
    Path("judged/queries.jsonl").write_text(
        '{"id": "q", "category": "keyword", "text": "量子"}\n', "utf-8"
    )
    found = json.loads(done("search", "evaluate", "judged", "--json", "--run", "run.txt"))
    assert set(found) == {"groups", "categories", "query_cpu_ms"}
    assert Path("run.txt").read_text(encoding="utf-8") == "q d 1\n"


def test_serving_needs_secrets_and_a_demo_stays_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "0.0.0.0" in refused("serve", "--demo", "--host", "0.0.0.0", "--data", "demo")
    assert not (tmp_path / "demo").exists()
    Path("full").mkdir()
    Path("full/thesis.txt").write_text("大切なもの", encoding="utf-8")
    assert "full" in refused("serve", "--demo", "--data", "full")
    assert sorted(path.name for path in Path("full").iterdir()) == ["thesis.txt"]
    monkeypatch.delenv("RENKEI_SECRET_KEY")
    for command in ("serve", "web", "worker"):
        assert "RENKEI_SECRET_KEY" in refused(command)


def test_a_demo_directory_gives_its_secrets_to_every_command(tmp_path: Path) -> None:
    demo = prepare_demo(tmp_path / "demo")
    assert stat.S_IMODE((tmp_path / "demo" / "demo.json").stat().st_mode) == 0o600
    assert prepare_demo(tmp_path / "demo") == demo
    settings = settings_for(tmp_path / "demo")
    assert (settings.demo, settings.secret_key.get_secret_value()) == (True, demo.secret_key)
    assert "RENKEI_DEMO=True" in done("settings", "--data", "demo").splitlines()
    (tmp_path / "demo" / "demo.json").write_text("{}", encoding="utf-8")
    assert "demo.json" in refused("settings", "--data", "demo")


def test_a_bug_is_one_line_and_its_trace_is_there_on_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    buggy = typer.Typer(cls=Commands)

    @buggy.callback()
    def root() -> None:
        """始まり。 / The root."""

    @buggy.command()
    def divide() -> None:
        print(1 // 0)

    told = CliRunner().invoke(buggy, ["divide"])
    assert (told.exit_code, told.stderr.count("\n")) == (1, 1)
    assert "内部エラーです（ZeroDivisionError）" in told.stderr
    monkeypatch.setenv("RENKEI_TRACEBACK", "1")
    assert isinstance(CliRunner().invoke(buggy, ["divide"]).exception, ZeroDivisionError)


def test_help_answers_as_a_program_of_its_own() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "renkei_cli", "--help"], capture_output=True, text=True, check=True
    ).stdout
    commands = ["serve", "web", "worker", "import", "doctor", "settings", "db", "search"]
    assert [name for name in commands if f"  {name} " not in shown] == []
