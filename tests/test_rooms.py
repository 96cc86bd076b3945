"""The house keeps its shape: source roots are no packages, files stay short, and say why."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.paths import ROOT

SOURCE_ROOTS = ["platform", "schema", "workers"]
PACKAGES = [
    "platform/renkei",
    "platform/renkei_web",
    "platform/renkei_cli",
    "schema/renkei_schema",
    "workers/renkei_workers",
]
LONGEST = 400
# Split, so that this file doesn't name them either.
REGISTRY_HOSTS = re.compile(
    r"|".join(
        re.escape(left + "." + right)
        for left, right in [
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry.npmjs", "org"),
            ("registry.yarnpkg", "com"),
            ("deb.debian", "org"),
            ("proxy.golang", "org"),
            ("crates", "io"),
        ]
    )
)


def is_vendored(file: Path) -> bool:
    return "vendor" in file.parts or ".min." in file.name


def our_files(*endings: str) -> list[Path]:
    """The repository's own files with one of the endings; not what others wrote."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    files = [Path(name) for name in listed.split("\0") if name]
    return [
        file
        for file in files
        if (ROOT / file).is_file() and file.name.endswith(endings) and not is_vendored(file)
    ]


def test_import_platform_finds_the_standard_library_from_the_repository() -> None:
    """With a platform/__init__.py it would find us, and uvicorn would die: `python -c` and
    `python -m` put the working directory first, which a plain test run hides.
    """
    found = subprocess.run(
        [sys.executable, "-c", "import platform, uvicorn; print(platform.python_version())"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == ".".join(map(str, sys.version_info[:3]))


@pytest.mark.parametrize("root", SOURCE_ROOTS)
def test_a_source_root_is_no_package(root: str) -> None:
    assert sorted(str(path.relative_to(ROOT)) for path in (ROOT / root).glob("*.py")) == []


def test_every_folder_of_modules_is_a_package_with_a_word_about_itself() -> None:
    folders = {file.parent for file in our_files(".py") if file.parts[0] in SOURCE_ROOTS}
    without = [
        str(folder)
        for folder in sorted(folders)
        if not (ROOT / folder / "__init__.py").is_file()
        or not (ROOT / folder / "__init__.py").read_text(encoding="utf-8").startswith('"""')
    ]
    # Alembic runs its steps by file name.
    assert [folder for folder in without if not folder.endswith("migrations/versions")] == []


def test_every_package_is_in_the_wheel() -> None:
    packages = {
        str(file.parent)
        for file in our_files("__init__.py")
        if file.parts[0] in SOURCE_ROOTS and len(file.parts) == 3
    }
    assert sorted(packages) == sorted(PACKAGES)
    listed = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert [package for package in PACKAGES if f'"{package}"' not in listed] == []


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {
        str(file): len((ROOT / file).read_text(encoding="utf-8").splitlines())
        for file in our_files(".py", ".html", ".css", ".js", ".jinja")
        if "versions" not in file.parts  # a migration is written once, by Alembic, and stays
    }
    assert {file: lines for file, lines in lengths.items() if lines > LONGEST} == {}


# Each form with its reason: `noqa: CODE - reason`, `type: ignore[code]  # reason`.
SUPPRESSIONS = {
    re.compile(r"#\s*noqa\b(?!: [A-Z]+\d+(?:, [A-Z]+\d+)* - \S)"): "# noqa: CODE - reason",
    re.compile(r"#\s*type:\s*ignore\b(?!\[[\w, -]+\]\s+# \S)"): "# type: ignore[code]  # reason",
    re.compile(r"#\s*(?:pyright|ruff|mypy|isort|pragma)\s*:(?!.* - \S)"): "# tool: … - reason",
}


def test_every_suppression_carries_a_reason() -> None:
    bare = [
        f"{file}:{number}: write {form}"
        for file in our_files(".py")
        if file != Path("tests/test_rooms.py")  # it spells the forms out
        for number, line in enumerate((ROOT / file).read_text(encoding="utf-8").splitlines(), 1)
        for pattern, form in SUPPRESSIONS.items()
        if pattern.search(line)
    ]
    assert bare == []


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        ("x = 1  # noqa", True),
        ("x = 1  # noqa: N802", True),
        ("x = 1  # noqa: N802 - aiosmtpd's name", False),
        ("x = 1  # noqa: N802, A002 - 標準ライブラリの名前", False),
        ("x = 1  # type: ignore", True),
        ("x = 1  # type: ignore[arg-type]", True),
        ("x = 1  # type: ignore[arg-type, misc]  # the stub is wrong", False),
    ],
)
def test_what_counts_as_a_reason(line: str, bare: bool) -> None:
    assert any(pattern.search(line) for pattern in SUPPRESSIONS) is bare


def test_no_file_names_a_package_registry() -> None:
    naming = []
    for file in our_files(""):
        content = (ROOT / file).read_bytes()
        if b"\0" in content[:8192]:
            continue
        found = REGISTRY_HOSTS.search(content.decode("utf-8", errors="replace"))
        naming += [f"{file}: {found[0]}"] if found else []
    assert naming == []
