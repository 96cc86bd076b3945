"""`renkei export`: what it prints and writes, and what it refuses by the option's name."""

from __future__ import annotations

import csv
import io
import json
import shutil
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from renkei.exports.delivery import FORMATS
from renkei.signing import new_key
from renkei_cli.main import app
from renkei_schema.kinds import kinds

ORGANIZATIONS = (
    "kind,name_ja,corporate_number\n"
    "OTHER,連携運営事務局（見本）,4999912000001\n"
    'FIRM,"=cmd|,鳴瀬精機（架空）",\n'
)
WHY = "監査第１２号の調査"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with two organisations and three people, made once: passwords cost time."""
    folder = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        _environment(patch, folder / "data")
        (folder / "o.csv").write_text(ORGANIZATIONS, encoding="utf-8")
        done("db", "upgrade")
        done("import", "organizations", str(folder / "o.csv"))
        for name, role in (("one", "administrator"), ("two", "administrator"), ("me", "firm")):
            where = ("--organization", "4999912000001", "--role", role, "--name", "見本 太郎")
            email = ("--email", f"{name}@test.example")
            done("user", "create", *email, *where, given="とても長いパスワードです\n")
    return folder / "data"


def _environment(patch: pytest.MonkeyPatch, data: Path) -> None:
    for name in ("RENKEI_DATABASE_URL", "RENKEI_REDIS_URL"):
        patch.delenv(name, raising=False)
    patch.setenv("RENKEI_DATA_DIR", str(data))
    # Wide enough that no message is folded.
    patch.setenv("COLUMNS", "400")
    patch.setenv("RENKEI_SECRET_KEY", "試験用の鍵")
    patch.setenv("RENKEI_SIGNING_KEY", new_key())


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, house: Path) -> None:
    """Each test in a folder of its own, with a copy of the data."""
    shutil.copytree(house, tmp_path / "data")
    _environment(monkeypatch, tmp_path / "data")
    monkeypatch.chdir(tmp_path)


def renkei(*arguments: str, given: str | None = None) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, list(arguments), input=given)


def done(*arguments: str, given: str | None = None) -> Result:
    """A command that works."""
    result = renkei(*arguments, given=given)
    assert result.exit_code == 0, result.output
    return result


def refused(*arguments: str) -> str:
    """What a command that fails says, in both languages; and it prints nothing on stdout."""
    result = renkei("export", *arguments)
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    assert any("ぁ" <= letter <= "ん" for letter in result.stderr), result.stderr
    return result.stderr


def as_me(**changes: str) -> list[str]:
    """The options of reading as somebody."""
    options = {
        "as": "me@test.example",
        "by": "one@test.example",
        "confirmed-by": "two@test.example",
        "reason": WHY,
    } | {name.replace("_", "-"): value for name, value in changes.items()}
    return [word for name, value in options.items() if value for word in (f"--{name}", value)]


def test_without_as_it_is_what_anonymous_readers_see() -> None:
    shown = done("export", "organizations")
    assert shown.stdout_bytes.startswith("\ufeffid,kind,name_ja".encode())
    records = list(csv.DictReader(io.StringIO(shown.stdout.removeprefix("\ufeff"), newline="")))
    assert {one["name_ja"] for one in records} == {
        "連携運営事務局（見本）",
        "'=cmd|,鳴瀬精機（架空）",
    }
    assert "TLP:CLEAR 機密性1" in shown.stderr
    assert "2 organizations exported" in shown.stderr
    # People are for members.
    assert done("export", "people").stdout.count("\n") == 1


@pytest.mark.parametrize("form", FORMATS)
def test_each_kind_is_written_in_each_format_for_its_owner_alone(form: str) -> None:
    start = {"csv": b"\xef\xbb\xbfid,", "jsonl": b'{"kind":"marking"', "xlsx": b"PK"}[form]
    for kind in kinds():
        output = Path(f"{kind}.{form}")
        done("export", kind, "--format", form, "--output", str(output), *as_me())
        assert stat.S_IMODE(output.stat().st_mode) == 0o600
        assert output.read_bytes().startswith(start)
    assert {one.name for one in Path.cwd().iterdir()} == {
        "data",
        *(f"{kind}.{form}" for kind in kinds()),
    }


def test_as_a_person_it_says_how_strictly_the_file_is_marked() -> None:
    shown = done("export", "people", "--format", "jsonl", *as_me())
    marking, *people = [json.loads(line) for line in shown.stdout.splitlines()]
    assert (marking["tlp"], marking["records"], len(people)) == ("TLP:AMBER+STRICT", 3, 3)
    assert "me@test.example" in {one["email"] for one in people}
    assert "TLP:AMBER+STRICT" in shown.stderr


def test_each_refusal_names_its_option_in_both_languages() -> None:
    assert "areas, organizations" in refused("planets")
    assert "--format" in refused("areas", "--format", "pdf")
    assert "--output" in refused("areas", "--format", "xlsx")
    assert "--by --confirmed-by --reason" in refused("areas", "--as", "me@test.example")
    assert "--as" in refused("areas", *as_me(**{"as": ""}))
    assert "--reason" in refused("areas", *as_me(reason=""))
    assert "--reason" in refused("areas", *as_me(reason="　"))
    assert "--confirmed-by" in refused("areas", *as_me(confirmed_by="one@test.example"))
    assert "--confirmed-by" in refused("areas", *as_me(confirmed_by="me@test.example"))
    assert "--by" in refused("areas", *as_me(**{"as": "one@test.example"}))
    assert "--as" in refused("areas", *as_me(**{"as": "nobody@test.example"}))


def test_whom_to_read_as_is_not_looked_for_before_the_two_are_known() -> None:
    for address in ("me@test.example", "nobody@test.example"):
        told = refused("areas", *as_me(**{"as": address, "by": "nobody@test.example"}))
        assert "--as" not in told
        told = refused("areas", *as_me(**{"as": address, "confirmed-by": "one@test.example"}))
        assert "--as" not in told


def test_a_disabled_account_is_nobodys() -> None:
    done("user", "disable", "--email", "two@test.example")
    assert "--confirmed-by" in refused("areas", *as_me())


def test_what_cannot_be_written_leaves_nothing() -> None:
    assert "nowhere" in refused("areas", "--output", "nowhere/areas.csv")
    Path("there").mkdir()
    refused("areas", "--output", "there")
    assert list(Path("there").iterdir()) == []
