"""Writing an export out: into a file that is there whole or not at all, or onto a stream."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory, mkstemp
from typing import BinaryIO

from renkei.exports.formats import write_csv, write_jsonl
from renkei.exports.kinds import Kind
from renkei.exports.rows import keys_of
from renkei.exports.service import About
from renkei.exports.spool import Spool
from renkei.exports.workbook import write_xlsx

CSV, XLSX, JSONL = "csv", "xlsx", "jsonl"
FORMATS = (CSV, XLSX, JSONL)


def write_to(file: BinaryIO, form: str, kind: Kind, spool: Spool, about: About) -> None:
    """Write the spooled rows in one of `FORMATS`."""
    keys = keys_of(kind)
    if form == CSV:
        write_csv(file, keys, spool, about)
    elif form == JSONL:
        write_jsonl(file, keys, spool, about)
    else:
        # Its parts wait in a folder that nobody else can open (mode 0700).
        with TemporaryDirectory(prefix="renkei-export-") as folder:
            write_xlsx(file, keys, spool, about, Path(folder))


def write_file(path: Path, form: str, kind: Kind, spool: Spool, about: About) -> None:
    """Write a file for its owner's eyes alone (mode 0600), in one step.

    It is written beside `path` and renamed when it is whole and on the disk: until then what was
    there before stays, and whatever fails leaves nothing.
    """
    descriptor, name = mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    aside = Path(name)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            write_to(file, form, kind, spool, about)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
