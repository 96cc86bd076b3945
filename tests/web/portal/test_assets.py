"""What the browser is sent besides pages: ours short, others' unchanged, nothing from elsewhere."""

from __future__ import annotations

import hashlib
import re

from renkei_web.portal.render import SHEETS, STATIC, TEMPLATES

LINES_MAX = 400


def test_what_is_vendored_is_what_its_list_says() -> None:
    listed = dict(
        re.findall(
            r"^\| `([\w.-]+)` .*`([0-9a-f]{64})` \|$", text("vendor/VENDORED.md"), re.MULTILINE
        )
    )
    there = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (STATIC / "vendor").iterdir()
        if path.suffix in {".js", ".css"}
    }
    assert there == listed
    for name in listed:
        licence = re.search(rf"`{re.escape(name)}` .*\(`([\w.-]+)`\)", text("vendor/VENDORED.md"))
        assert licence is not None
        assert (STATIC / "vendor" / licence[1]).is_file()


def test_every_sheet_is_sent_and_every_file_is_short() -> None:
    own = {path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.css")}
    assert own == set(SHEETS)
    files = [*STATIC.glob("*.css"), *STATIC.glob("*.js"), *TEMPLATES.rglob("*.html")]
    long = {path.name for path in files if len(path.read_text().splitlines()) > LINES_MAX}
    assert long == set()


def test_nothing_is_fetched_from_elsewhere() -> None:
    sheets = "\n".join(text(name) for name in SHEETS)
    assert "@import" not in sheets
    assert "url(" not in sheets
    for path in STATIC.glob("*.js"):
        script = text(path.name)
        assert "eval" not in script
        assert "innerHTML" not in script
        assert "http" not in script


def text(name: str) -> str:
    """A file of the portal's static ones."""
    return (STATIC / name).read_text(encoding="utf-8")
